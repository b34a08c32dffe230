"""A task changes: what is kept, noted, announced, and set going by it. Requests and agents take the same way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tandem.sandbox import Place

from . import _agents_states, _working_assignments
from ._events import announce, home
from ._lifecycle import OVER, Task, changed, events, steps
from ._notifications import notify
from ._tasks_listing import moment
from ._tasks_views import related, task_data

# What the one who created a task is told of, unless it was their own doing.
_NEWS = {
    "task.completed": "The task {title!r} is completed",
    "task.failed": "The task {title!r} failed: {error}",
}


def add(place: Place, task: Task, by: str) -> Task:
    """A new task."""
    if task["agentId"] is not None:
        task["run"] = _working_assignments.begin(place, task, place.clock.now())
    note(place, task["id"], "created", by)
    if task["agentId"] is not None:
        note(place, task["id"], "assigned", by, after=task["agentId"])
    _put(place, task)
    announce(place, "task.created", task_data(place, task))
    if task["agentId"] is not None:
        announce(place, "task.assigned", task_data(place, task))
    home(place).workforce.wake(place)
    return task


def change(place: Place, task: Task, changes: Mapping[str, Any], by: str, at: float | None = None) -> Task:
    """Change a task, as `by` wants it; `at` is a moment of the platform's time. Returns the task as it is now."""
    at = place.clock.now() if at is None else max(at, moment(task["updatedAt"]).timestamp())
    after = changed(task, changes, place.clock.iso(at))
    if after is task:
        return task
    starts = after["status"] == "active" and task["status"] != "active"
    if starts:
        after["step"] = task["step"] + 1  # whatever was planned for it before is void
    _working_assignments.follow(place, task, after, at)
    _put(place, after)
    for action, before, value in steps(task, after):
        note(place, task["id"], action, by, before=before, after=value, at=at)
    for event in events(task, after):
        announce(place, event, task_data(place, after))
        if event in _NEWS and by != task["createdBy"]:
            notify(place, task["createdBy"], event, _NEWS[event].format(**after), {"taskId": task["id"]})
    _set_going(place, task, after, at, starts=starts)
    return after


def remove(place: Place, task: Task, by: str) -> None:
    """Delete a task, with all that belongs to it. One that is not over is cancelled before."""
    if task["status"] not in OVER:
        change(place, task, {"status": "cancelled"}, by)
    place.store.delete("task", task["id"], namespace=place.namespace)
    for file in related(place, task["id"], "task_file"):
        place.store.delete_content(file["id"])
    for kind in ("comment", "task_file", "history"):
        place.store.delete_where(kind, namespace=place.namespace, where={"taskId": task["id"]})


def note(
    place: Place,
    task_id: str,
    action: str,
    by: str,
    *,
    before: Any = None,
    after: Any = None,
    at: float | None = None,
) -> None:
    """Write something down in a task's history."""
    entry: dict[str, Any] = {
        "id": place.ids.new("history"),
        "taskId": task_id,
        "action": action,
        **({} if before is None and after is None else {"from": before, "to": after}),
        "user": by,
        "timestamp": place.clock.iso(at),
    }
    place.store.put("history", entry["id"], entry, namespace=place.namespace)


def _set_going(place: Place, before: Task, after: Task, at: float, *, starts: bool) -> None:
    if any(before[name] != after[name] for name in ("status", "agentId", "held")):
        for agent_id in {before["agentId"], after["agentId"]} - {None}:
            _agents_states.refresh(place, agent_id, at)
        home(place).workforce.wake(place, at)
    if starts:
        home(place).workforce.carry_on(place, after, at)


def _put(place: Place, task: Task) -> None:
    place.store.put("task", task["id"], task, namespace=place.namespace)
