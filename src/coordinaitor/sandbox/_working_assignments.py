"""Assignments: which agent was given which task, from when to when, and what came of it. Figures are made of them."""

from __future__ import annotations

from typing import Any

from tandem.sandbox import Place

from ._lifecycle import OVER, Task, quality

KIND = "assignment"
_TALLY = "tally"  # what the brief figures of an agent are made of, so that no long list has to be read for them


def begin(place: Place, task: Task, at: float) -> str:
    """A task is given to its agent. Returns the assignment's id."""
    assignment: dict[str, Any] = {
        "id": place.ids.new("run"),
        "taskId": task["id"],
        "agentId": task["agentId"],
        "assignedAt": at,
        "startedAt": None,
        "endedAt": None,
        "outcome": None,
        "quality": None,
    }
    place.store.put(KIND, assignment["id"], assignment, namespace=place.namespace)
    return str(assignment["id"])


def follow(place: Place, before: Task, after: Task, at: float) -> None:
    """Keep the assignments in step with a task that changes; the task gets to know its new one."""
    if after["agentId"] != before["agentId"]:
        _end(place, before["run"], "reassigned", at)
        after["run"] = begin(place, after, at) if after["agentId"] is not None else None
    run = after["run"]
    if run is None:
        return
    if after["status"] == "active" and before["status"] != "active":
        _start(place, run, at)
    if after["status"] in OVER and before["status"] not in OVER:
        _end(place, run, after["status"], at, quality(after))


def tally_of(place: Place, agent_id: str) -> dict[str, float]:
    """How many tasks an agent has begun and how long they had waited, how many are over, and completed."""
    found = place.store.get(_TALLY, agent_id, namespace=place.namespace)
    return found or {"begun": 0, "waited": 0.0, "over": 0, "completed": 0}


def of_agent(place: Place, agent_id: str) -> list[dict[str, Any]]:
    """All assignments of an agent."""
    return place.store.list(KIND, namespace=place.namespace, where={"agentId": agent_id})


def _start(place: Place, run: str, at: float) -> None:
    assignment = place.store.get(KIND, run, namespace=place.namespace)
    # Work that was laid down and taken up again began when it began first.
    if assignment is not None and assignment["startedAt"] is None:
        started = max(at, assignment["assignedAt"])
        place.store.update(KIND, run, {"startedAt": started}, namespace=place.namespace)
        _count(place, assignment["agentId"], begun=1, waited=started - assignment["assignedAt"])


def _end(place: Place, run: str | None, outcome: str, at: float, judged: float | None = None) -> None:
    assignment = None if run is None else place.store.get(KIND, run, namespace=place.namespace)
    if assignment is not None:
        ended = max(at, assignment["startedAt"] or assignment["assignedAt"])
        done = {"endedAt": ended, "outcome": outcome, "quality": judged}
        place.store.update(KIND, assignment["id"], done, namespace=place.namespace)
        _count(place, assignment["agentId"], over=outcome in OVER, completed=outcome == "completed")


def _count(place: Place, agent_id: str, **more: float) -> None:
    tally = tally_of(place, agent_id)
    sums = {name: value + more.get(name, 0) for name, value in tally.items()}
    place.store.put(_TALLY, agent_id, sums, namespace=place.namespace)
