"""The engine: it walks instances through their states, and runs the logic that they come to.

Every step is one transaction: what the last logic gave, the states behind it, and what has to be done next are written
together, and only then is it done. So a process that is killed at any moment finds in its store what was under way, and
goes on there: no state is entered twice, and logic that had not ended is run again. No transaction is open while
logic runs.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, cast

from interactor.sandbox.answers._models import Model
from tandem.sandbox import Place, Platform, SandboxError, Scene, Store

from . import scripts
from ._flights import Flight, Flights
from ._hosts import CallableHosts
from ._http import HttpCalls
from ._instructions import written_by
from ._outcome import Done, LogicError
from ._substitution import Sources
from ._telling import Telling, tell
from ._threads import MAIN, is_over, thread_of
from ._walk import Walk, Work

EXPIRE = "workflow.expire"
_DAY = 24 * 3600.0
_LIFETIMES = {"running": 30 * _DAY, "halted": 90 * _DAY}
_log = logging.getLogger("interactor.sandbox")


@dataclass(frozen=True, slots=True)
class WorkflowSettings:
    """What the user decides about workflows: seconds for a script, hosts that HTTP logic may call, and secrets."""

    script_timeout: float = scripts.SECONDS
    allow_hosts: Iterable[str] = ()
    secrets: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    def __post_init__(self) -> None:
        if not 0 < self.script_timeout < math.inf:
            raise ValueError(f"script_timeout is a number of seconds above 0, not {self.script_timeout!r}.")
        parts: list[object] = [part for pair in self.secrets.items() for part in pair]
        if not all(isinstance(part, str) for part in parts):
            raise ValueError("secrets maps names to texts.")


class Step(NamedTuple):
    """What is to be done after a transaction: logic to run, and threads to walk."""

    instance: Mapping[str, Any] | None = None
    work: Work | None = None
    woken: tuple[str, ...] = ()


class Running(Protocol):
    """A platform that runs workflows."""

    engine: Engine


def engine_of(place: Place) -> Engine:
    """The engine of the platform that something happens on."""
    return cast("Running", place.platform).engine


class Engine:
    """Runs all instances of one platform, in the platform's own thread."""

    def __init__(
        self, platform: Platform, settings: WorkflowSettings | None = None, model: Model | None = None
    ) -> None:
        self.settings = settings or WorkflowSettings()
        self.flights = Flights()
        self.scripts = scripts.Scripts(self.settings.script_timeout)
        self._platform = platform
        self._calls = HttpCalls(CallableHosts(self.settings.allow_hosts))
        self.model = model
        self._tasks: set[asyncio.Task[None]] = set()
        self._runs: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._keeper: asyncio.Task[None] | None = None
        platform.agenda.on(EXPIRE, self._expire)

    def take_up(self) -> None:
        """Go on with whatever was under way: after a start with a file, and after a restored snapshot."""
        for instance in self._platform.store.list("instance", namespace=None, where={"status": "running"}):
            scene = Scene(self._platform, instance["namespace"])
            for thread in instance["threads"]:
                if thread["status"] == "running":
                    self._platform.spawn(self._run(scene, instance["id"], thread["id"], None))

    @property
    def store(self) -> Store:
        """Where everything stands."""
        return self._platform.store

    def run_of(self, instance_id: str, thread: str) -> asyncio.Task[None] | None:
        """The run of a thread that is under way, if one is."""
        return self._runs.get((instance_id, thread))

    def launch(self, scene: Scene, instance_id: str, thread: str, step: Step) -> asyncio.Task[None]:
        """Do what a step has left to be done, and all that follows, until the thread waits or has ended."""
        return self._held(self._run(scene, instance_id, thread, step))

    def fly(self, scene: Scene, instance_id: str, thread: str, step: Step, flight: Flight) -> asyncio.Task[None]:
        """The same for a step that a resume has made, until others at the same time have come too."""
        run = self.launch(scene, instance_id, thread, step)
        return self._held(self.flights.fly(instance_id, thread, flight, run))

    def _held(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # -- one thread after the other

    async def _run(self, scene: Scene, instance_id: str, thread: str, step: Step | None) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # nothing but tasks run coroutines in a loop
        self._runs[instance_id, thread] = task
        try:
            await self._drive(scene, instance_id, thread, step)
        except Exception as error:  # whatever breaks here ends the instance, rather than leave it running for ever
            _log.exception("The instance %s broke", instance_id)
            await self._give_up(scene, instance_id, thread, f"The engine failed: {type(error).__name__}")
        finally:
            if self._runs.get((instance_id, thread)) is task:
                del self._runs[instance_id, thread]

    async def _give_up(self, scene: Scene, instance_id: str, thread: str, message: str) -> None:
        async with self._platform.transaction():
            walk = walk_of(scene, instance_id, thread)
            if walk is not None and not is_over(walk.instance):
                walk.broke(message)
                keep(scene, walk)

    async def _drive(self, scene: Scene, instance_id: str, thread: str, step: Step | None) -> None:
        step = step or await self._step(scene, instance_id, thread)
        while True:
            await asyncio.gather(*(self._drive(scene, instance_id, woken, None) for woken in step.woken))
            if step.work is None or step.instance is None:
                return
            outcome = await self._outcome(step.instance, step.work)
            step = await self._step(scene, instance_id, thread, step.work, outcome)

    async def _step(
        self,
        scene: Scene,
        instance_id: str,
        thread: str,
        work: Work | None = None,
        outcome: Done | LogicError | None = None,
    ) -> Step:
        async with self._platform.transaction():
            walk = walk_of(scene, instance_id, thread)
            if walk is None or walk.thread["status"] != "running":
                return Step()  # cancelled meanwhile, or gone with a reset
            if work is not None:
                if walk.thread["visit"] != work.visit:
                    return Step()
                if isinstance(outcome, Done):
                    walk.done(work, outcome)
                elif outcome is not None:
                    walk.failed(work, outcome)
            return keep(scene, walk)

    # -- logic

    async def _outcome(self, instance: Mapping[str, Any], work: Work) -> Done | LogicError:
        self._stay_open()
        if work.part == "instructions":
            text = await written_by(self.model, work.logic) if self.model else None
            return Done({} if text is None else {"instruction": text}, [], 0.0)
        sources: Sources = {
            "workflow_data": work.data,
            "input": (thread_of(instance, work.thread) or {"input": {}})["input"],
            "context": _context(instance, work),
            "secrets": self.settings.secrets,
        }
        try:
            if work.logic["type"] == "script":
                done = await self.scripts.run(scripts.Script(code=work.logic["code"], **sources))
            else:
                done = await self._calls.send(work.logic, sources, _call_headers(instance, work))
                if work.part == "on_enter":
                    done = done._replace(data={})
            return done._replace(logs=[self._hidden(line) for line in done.logs])
        except LogicError as error:
            logs = [self._hidden(line) for line in error.logs]
            return LogicError(error.code, self._hidden(error.message), logs, error.duration_ms, error.details)
        except SandboxError as error:
            return LogicError(f"{work.logic['type']}_error", str(error))

    def _hidden(self, text: str) -> str:
        """A text for the history, without the secrets that a script may have written into it."""
        for secret in self.settings.secrets.values():
            text = text.replace(secret, "***") if secret else text
        return text

    def _stay_open(self) -> None:
        # A task, because what it closes belongs to the loop: it is cancelled when the platform's thread ends.
        if self._keeper is None:
            self._keeper = asyncio.get_running_loop().create_task(self._close_at_the_end())

    async def _close_at_the_end(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.scripts.close()
            await self._calls.aclose()

    # -- age

    async def _expire(self, scene: Scene, data: dict[str, Any]) -> None:
        """Cancel an instance that has been running or halted for too long. Source: guide, Instance Limits."""
        async with self._platform.transaction():
            walk = walk_of(scene, data["instance_id"], MAIN)
            if walk is None or is_over(walk.instance):
                return
            due = walk.instance["changed_at"] + _LIFETIMES[walk.instance["status"]]
            if scene.clock.now() < due:
                schedule_end(scene, walk.instance, due)
                scene.store.put("instance", walk.instance["id"], walk.instance, namespace=scene.namespace)
                return
            walk.cancel()
            keep(scene, walk)


def walk_of(scene: Scene, instance_id: str, thread_id: str) -> Walk | None:
    """A thread as it stands in the store, ready to walk on; None when it is gone."""
    instance = scene.store.get("instance", instance_id, namespace=scene.namespace)
    thread = thread_of(instance, thread_id) if instance else None
    version = scene.store.get("version", instance["version_id"], namespace=None) if instance else None
    if instance is None or thread is None or version is None:
        return None
    return Walk(
        version["definition"], instance, thread, Telling(scene.clock.iso()), writer=engine_of(scene).model is not None
    )


def keep(scene: Scene, walk: Walk) -> Step:
    """Walk on as far as it goes without logic, write down everything, and say what is to be done next."""
    work = walk.on()
    instance = walk.instance
    instance |= {
        "updated_at": walk.telling.now,
        "changed_at": scene.clock.now(),
        "revision": instance["revision"] + 1,
    }
    if walk.thread["last_resume"]:
        walk.thread["last_resume"]["made"] = instance["revision"]
    if is_over(instance) and instance["ends"]:
        scene.platform.agenda.drop(instance["ends"])
        instance["ends"] = None
    tell(scene, instance, walk.telling)
    scene.store.put("instance", instance["id"], instance, namespace=scene.namespace)
    return Step(instance, work, tuple(walk.woken))


def schedule_end(scene: Scene, instance: dict[str, Any], due: float | None = None) -> None:
    """Put down when the instance is looked at for its age."""
    due = scene.clock.now() + _LIFETIMES["running"] if due is None else due
    instance["ends"] = scene.platform.agenda.add(scene, EXPIRE, due=due, data={"instance_id": instance["id"]})


def _context(instance: Mapping[str, Any], work: Work) -> dict[str, Any]:
    return {
        "namespace": instance["namespace"],
        "instance_id": instance["id"],
        "workflow_name": instance["workflow_name"],
        "state_name": work.state,
    }


def _call_headers(instance: Mapping[str, Any], work: Work) -> dict[str, str]:
    # The same key when a killed process calls again, so that the receiver can tell that it is the same call.
    key = f"{instance['id']}.{work.thread}.{work.visit}.{work.part}"
    traceparent = instance.get("traceparent")
    return {"Idempotency-Key": key, **({"traceparent": traceparent} if traceparent else {})}
