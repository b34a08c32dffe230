"""How one thread of an instance gets from state to state. It decides everything; logic is run by others.

A walk changes the instance that it is given, collects what there is to tell, and stops wherever logic has to be run
(`Work`), input is needed, or the thread has ended. How far it came stands in the thread, so that another process can
go on with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from interactor.workflows._conditions import same
from interactor.workflows._routing import taken, target_of
from tandem._json import dumps

from ._halting import SHOWN, saying, waiting_in
from ._instructions import prompt_for
from ._outcome import Done, LogicError
from ._substitution import Sources
from ._telling import Telling
from ._threads import MAIN, Thread, TooManyThreadsError, are_under_way, mirror_main, start_beside, thread_of

LARGEST_DATA = 256 * 1024
_MOST_STATES = 1000
_NOWHERE = object()


class NoWayOutError(Exception):
    """No transition of the halted state fits."""


class TooMuchDataError(Exception):
    """The workflow data would grow beyond its limit."""


class Work(NamedTuple):
    """Logic that a thread has come to. `visit` tells this stay in a state from any other, `data` is what it sees."""

    thread: str
    visit: int
    part: str
    state: str
    logic: dict[str, Any]
    data: dict[str, Any]


class Walk:
    """One thread on its way. `woken` are the threads that have to walk as well, because of what this one did.

    With a `writer`, what a model is to write comes as `Work` too.
    """

    def __init__(
        self,
        definition: Mapping[str, Any],
        instance: dict[str, Any],
        thread: Thread,
        telling: Telling,
        *,
        writer: bool = False,
    ) -> None:
        self._states: Mapping[str, Any] = definition["states"]
        self.instance = instance
        self.thread = thread
        self.telling = telling
        self.woken: list[str] = []
        self._writer = writer

    # -- what may happen to a thread

    def start(self) -> None:
        """The instance begins, with what its main thread was given. Raises `TooMuchDataError`."""
        first = self.thread["current_state"]
        # A script says by itself what it takes over; anything else could not reach the input.
        if self._states[first].get("logic", {}).get("type") != "script":
            self._merge(self.thread["input"])
        self._note("lifecycle", "created", initial_state=first)
        for event in ("created", "started"):
            self.telling.announce(self.instance, MAIN, event, context=self.instance["workflow_data"])

    def resume(self, given: Mapping[str, Any], by: str, event: str | None = None) -> None:
        """Input has come, or an event. Raises `NoWayOutError` or `TooMuchDataError`, having changed nothing."""
        data = {**self.instance["workflow_data"], **given}
        index = taken(self._state, data, given=given, event=event)
        if index is None:
            raise NoWayOutError
        self._merge(given)
        self._forget_halt()
        self.thread |= {"input": dict(given), "walked": 0, "status": "running"}
        self._stay.update(input_received=dict(given), resumed_at=self.telling.now, resumed_by=by)
        self._note("halt", "resumed", state=self._name, input_received=dict(given))
        self._announce("resumed", input=dict(given))
        self._go(self._state["transitions"][index], "resume" if event is None else "event")

    def done(self, work: Work, outcome: Done) -> None:
        """The logic has ended well."""
        if work.part == "instructions":
            self._halt(outcome.data.get("instruction"))
            return
        self._note_step(work, outcome.logs, outcome.duration_ms)
        # Beside other threads, what this one has only passed on must not undo what they have changed meanwhile.
        new = {name: value for name, value in outcome.data.items() if not same(value, work.data.get(name, _NOWHERE))}
        try:
            self._merge(new)
        except TooMuchDataError:
            message = f"The workflow data would grow beyond {LARGEST_DATA // 1024} kB"
            self._fail(f"{work.logic['type']}_error", message, {})
            return
        self._pass(work)

    def failed(self, work: Work, error: LogicError) -> None:
        """The logic has failed. At the end of a thread it is only noted: the end is reached all the same."""
        self._note_step(work, error.logs, error.duration_ms)
        if self._state["type"] == "terminal":
            self._note_error(error.code, error.message)
            self._pass(work)
            return
        self._fail(error.code, error.message, error.details)

    def broke(self, message: str) -> None:
        """The engine itself has failed."""
        self._fail("internal_error", message, {})

    # -- walking

    def on(self) -> Work | None:
        """Walk until there is logic to be run, or nothing to do for now."""
        work: Work | None = None
        while work is None and self.thread["status"] == "running":
            match self.thread["stage"]:
                case "new":
                    self._enter(self._name)
                case "on_enter" | "logic" as part:
                    work = self._come_to(part)
                case "threads":
                    self._fork()
                case "waiting" if are_under_way(self.instance, self.thread):
                    break
                case _:
                    self._leave()
        mirror_main(self.instance)
        return work

    @property
    def _name(self) -> str:
        name: str = self.thread["current_state"]
        return name

    @property
    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = self._states[self._name]
        return state

    @property
    def _stay(self) -> dict[str, Any]:
        """The entry of the instance's history for where the thread is now."""
        mine = self._mark.get("thread")
        return next(stay for stay in reversed(self.instance["history"]) if stay.get("thread") == mine)

    @property
    def _mark(self) -> dict[str, str]:
        return {} if self.thread["id"] == MAIN else {"thread": self.thread["id"]}

    def _enter(self, name: str) -> None:
        self.thread |= {"current_state": name, "stage": "on_enter", "visit": self.thread["visit"] + 1}
        self.thread["walked"] += 1
        self.instance["history"].append({"state": name, "entered_at": self.telling.now, **self._mark})
        if self.thread["id"] == MAIN:
            self.instance["current_state"] = name
        data = self.instance["workflow_data"]
        self.telling.signal(self.thread["id"], "workflow.state_changed", state=name, context=data)

    def _come_to(self, part: str) -> Work | None:
        """Logic, if the state has any here; else what comes behind it."""
        logic = self._state.get(part)
        kind = self._state["type"]
        if logic is not None and (part == "on_enter" or kind == "action"):
            return Work(
                self.thread["id"], self.thread["visit"], part, self._name, logic, self.instance["workflow_data"]
            )
        if part == "on_enter":
            self.thread["stage"] = "logic"
        elif kind == "terminal":
            self._complete()
        elif kind == "halting":
            prompt = prompt_for(self._state, self._sources) if self._writer else None
            if prompt is not None:
                data = self.instance["workflow_data"]
                return Work(self.thread["id"], self.thread["visit"], "instructions", self._name, prompt, data)
            self._halt(None)
        else:
            self.thread["stage"] = "threads"
        return None

    def _pass(self, work: Work) -> None:
        self.thread["stage"] = "logic" if work.part == "on_enter" else "threads"

    def _fork(self) -> None:
        beside: dict[str, str] = self._state.get("threads") or {}
        try:
            started = [start_beside(self.instance, name, state, self.thread) for name, state in beside.items()]
        except TooManyThreadsError:
            self._fail("internal_error", "An instance has at most 10 threads", {})
            return
        self.woken += [thread["id"] for thread in started]
        self.thread["stage"] = "waiting" if started else "leaving"

    def _leave(self) -> None:
        index = taken(self._state, self.instance["workflow_data"], given={})
        if index is None:
            self._fail("invalid_transition", f"No transition of {self._name} fits the data", {})
        elif self.thread["walked"] >= _MOST_STATES:
            self._fail("internal_error", f"{_MOST_STATES} states were passed without a halt", {})
        else:
            self._go(self._state["transitions"][index], "automatic")

    def _go(self, way: Mapping[str, Any], trigger: str) -> None:
        left, entered = self._name, str(target_of(way))
        self._stay.update(exited_at=self.telling.now, transition=entered)
        more = {"changes": {"updated": self.thread["changed"]}} if self.thread["changed"] else {}
        self.thread["changed"] = {}
        self._enter(entered)
        self._note("transition", "state_change", from_state=left, to_state=entered, trigger=trigger, **more)
        self._announce("state_changed", previous_state=left)

    # -- halting and ending

    @property
    def _sources(self) -> Sources:
        return {"workflow_data": self.instance["workflow_data"], "input": self.thread["input"]}

    def _halt(self, written: str | None) -> None:
        shown = waiting_in(self._name, self._state, self._sources, written)
        self.thread |= {"status": "halted", **shown}
        self._note("halt", "halted", state=self._name)
        asked: dict[str, Any] = {
            name: shown[name] for name in ("halting_presentation", "halted_options") if name in shown
        }
        self._announce("halted", **asked)
        if "halting_presentation" in asked:
            asked["presentation"] = asked.pop("halting_presentation")
        self.telling.signal(self.thread["id"], "workflow.halted", **asked)
        self.telling.sayings.append(saying(self._name, shown))

    def _forget_halt(self) -> None:
        for name in SHOWN:
            self.thread.pop(name, None)

    def _complete(self) -> None:
        self.thread["status"] = "completed"
        if self.thread["id"] == MAIN:
            mirror_main(self.instance)
            self._note("lifecycle", "completed")
            self._announce("completed")
            return
        parent = thread_of(self.instance, self.thread["parent"])
        if parent is not None and not are_under_way(self.instance, parent):
            self.woken.append(parent["id"])

    def cancel(self) -> None:
        """End the instance where it stands."""
        self.instance["cancelled_at"] = self.telling.now
        self._end_all("cancelled")
        self._note("lifecycle", "cancelled")
        self.telling.announce(self.instance, MAIN, "cancelled", cancelled_at=self.telling.now)

    def _fail(self, code: str, message: str, details: Mapping[str, Any]) -> None:
        where = {"instance_id": self.instance["id"], "state": self._name}
        self.instance |= {"error": message, "failure": {"code": code, "details": {**where, **details}}}
        self._note_error(code, message)
        self._end_all("failed")
        self._note("lifecycle", "failed")
        self._announce("failed", error=message, code=code)

    def _end_all(self, status: str) -> None:
        """One thread's end is the end of all others that are under way."""
        for thread in self.instance["threads"]:
            if thread["status"] in ("running", "halted"):
                ended = status if status == "cancelled" or thread["id"] in (MAIN, self.thread["id"]) else "cancelled"
                thread["status"] = ended
                for name in SHOWN:
                    thread.pop(name, None)
        mirror_main(self.instance)

    # -- telling

    def _merge(self, given: Mapping[str, Any]) -> None:
        before = self.instance["workflow_data"]
        data = {**before, **given}
        if len(dumps(data)) > LARGEST_DATA:
            raise TooMuchDataError
        changed = self.thread["changed"]
        for name, value in given.items():
            if name not in before or not same(before[name], value):
                changed[name] = {"from": changed.get(name, {"from": before.get(name)})["from"], "to": value}
        self.instance["workflow_data"] = data

    def _note_step(self, work: Work, logs: Any, duration_ms: float) -> None:
        told = {"logs": list(logs), "duration_ms": duration_ms}
        stay = self._stay
        stay |= {"logs": stay.get("logs", []) + told["logs"], "duration_ms": stay.get("duration_ms", 0) + duration_ms}
        self._note("step", work.logic["type"], state=work.state, **told)

    def _note_error(self, code: str, message: str) -> None:
        self._note("error", code, state=self._name, code=code, message=message)
        self.telling.signal(self.thread["id"], "error", error=message, code=code)

    def _note(self, kind: str, subtype: str, /, **facts: Any) -> None:
        self.telling.note(self.instance, self.thread["id"], kind, subtype, **facts)

    def _announce(self, event: str, /, **facts: Any) -> None:
        mine = {} if self.thread["id"] == MAIN else {"current_state": self._name}
        self.telling.announce(self.instance, self.thread["id"], event, **mine, **facts)
