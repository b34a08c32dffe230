"""The agents at work: they take up what waits, and go on step by step, with the platform's time.

An agent begins a task a moment after it was given one, and takes several steps to finish it; with each, its progress
and the hours that it reports grow. A task that nobody was named for goes to whoever is free. An agent that is offline
or broken stands still until it is enabled. Its `configuration` says what goes wrong on purpose: with `failAt` it gives
a task up at that progress (`failure` is why), with `breakAt` it breaks there itself, once for each task.

Agents work at any hour, whatever their working hours say: no test should depend on the time of day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tandem.sandbox import Place, Scene

from ._agents_states import keep, works
from ._lifecycle import Task
from ._tasks_changes import change
from ._tasks_listing import URGENCY, waiting_order

if TYPE_CHECKING:
    from ._platform import CoordinaitorPlatform

_LOOK = "look for work"
_STEP = "go on with a task"
_PLANNED = "work.planned"
_NEARLY = 1e-3  # of a step: progress is a rounded number


@dataclass(frozen=True, slots=True)
class WorkSettings:
    """`pace` is how many seconds of the platform's time a step takes (None: agents do nothing by themselves)."""

    pace: float | None = 0.5
    steps: int = 5

    def __post_init__(self) -> None:
        if self.steps < 1 or (self.pace is not None and not 0 <= self.pace < float("inf")):
            raise ValueError("An agent works in one step or more, and `pace` is a number of seconds, or None.")


class Workforce:
    """All agents of a platform."""

    def __init__(self, platform: CoordinaitorPlatform, settings: WorkSettings | None = None) -> None:
        self.settings = settings or WorkSettings()
        self._platform = platform
        platform.agenda.on(_LOOK, self._look)
        platform.agenda.on(_STEP, self._step)

    def wake(self, place: Place, at: float | None = None) -> None:
        """Something may wait for an agent, or an agent for something: see to it after a moment, once for all."""
        if self.settings.pace is None:
            return
        due = (place.clock.now() if at is None else at) + self.settings.pace
        planned = place.store.fact(_PLANNED)
        if planned is None or planned > due:
            place.store.set_fact(_PLANNED, due)
            place.platform.agenda.add(place, _LOOK, due=due, data={"due": due})

    def carry_on(self, place: Place, task: Task, at: float) -> None:
        """Plan the next step of a task."""
        if self.settings.pace is not None and task["agentId"] is not None:
            due = at + self.settings.pace
            data = {"task": task["id"], "step": task["step"], "due": due}
            place.platform.agenda.add(place, _STEP, due=due, data=data)

    def resume(self, place: Place, agent_id: str) -> None:
        """Go on with all that an agent has begun. What was planned for it before is void."""
        now = place.clock.now()
        for task in place.store.list(
            "task", namespace=place.namespace, where={"agentId": agent_id, "status": "active"}
        ):
            task["step"] += 1
            place.store.put("task", task["id"], task, namespace=place.namespace)
            self.carry_on(place, task, now)
        self.wake(place)

    async def _look(self, scene: Scene, data: dict[str, Any]) -> None:
        async with self._platform.transaction():
            # By itself: should the rest fail, the next look is still planned.
            scene.store.set_fact(_PLANNED, None)
        async with self._platform.transaction():
            where = {"status": "available"}
            agents = scene.store.list("agent", namespace=scene.namespace, where=where)
            free = {agent["id"]: agent["maxConcurrentTasks"] - agent["currentTasks"] for agent in agents}
            for task in self._waiting(scene, free):
                agent_id = task["agentId"] or max(free, key=lambda one: free[one])
                if free.get(agent_id, 0) > 0:
                    free[agent_id] -= 1
                    self._begin(scene, task, agent_id, data["due"])

    def _waiting(self, scene: Scene, free: Mapping[str, int]) -> list[Task]:
        """What the free agents may begin, the most urgent first: of a long queue, only its head is read."""
        found: list[Task] = []
        for owner in ([None, *free]) if free else ():
            for priority in URGENCY:
                where = {"status": "pending", "held": False, "agentId": owner, "priority": priority}
                query = scene.store.query("task", namespace=scene.namespace, where=where)
                found += query.slice(0, sum(free.values()))
        return waiting_order(found)

    def _begin(self, scene: Scene, task: Task, agent_id: str, at: float) -> None:
        if task["agentId"] is None:
            task = change(scene, task, {"agentId": agent_id}, agent_id, at)
        change(scene, task, {"status": "active"}, agent_id, at)

    async def _step(self, scene: Scene, data: dict[str, Any]) -> None:
        async with self._platform.transaction():
            task = scene.store.get("task", data["task"], namespace=scene.namespace)
            if task is None or task["status"] != "active" or task["step"] != data["step"]:
                return
            agent = scene.store.get("agent", task["agentId"], namespace=scene.namespace)
            if agent is not None and works(agent):
                self._do(scene, task, agent, data["due"])

    def _do(self, scene: Scene, task: Task, agent: dict[str, Any], at: float) -> None:
        progress = self._next(task["progress"])
        if not task["stuck"] and progress >= _limit(agent, "breakAt"):
            scene.store.update("task", task["id"], {"stuck": True}, namespace=scene.namespace)
            keep(scene, agent, {"status": "error"})
            return
        if progress >= _limit(agent, "failAt"):
            why = str(agent["configuration"].get("failure", "The agent gave up"))
            change(scene, task, {"status": "failed", "error": why}, agent["id"], at)
            return
        hours = task["actualHours"] + (progress - task["progress"]) * (task["estimatedHours"] or 1.0)
        changes = {"actualHours": round(hours, 4), "step": task["step"] + 1}
        done = {"status": "completed"} if progress >= 1 else {"progress": progress}
        after = change(scene, task, {**changes, **done}, agent["id"], at)
        if after["status"] == "active":
            keep(scene, agent, {"lastActiveAt": scene.clock.iso(at)})
            self.carry_on(scene, after, at)

    def _next(self, progress: float) -> float:
        """The progress after the step that follows, wherever the one before it ended."""
        steps = self.settings.steps
        return min(1.0, round((int(progress * steps + _NEARLY) + 1) / steps, 6))


def _limit(agent: Mapping[str, Any], name: str) -> float:
    """The progress at which something goes wrong; more than the whole when nothing does."""
    given = agent.get("configuration", {}).get(name)
    return float(given) if isinstance(given, int | float) and not isinstance(given, bool) else 2.0
