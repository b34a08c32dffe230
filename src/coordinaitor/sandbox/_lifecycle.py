"""What becomes of a task: which states follow which, and what a change brings with it. Pure decisions.

Source: CoordinAItor API, Task Endpoints.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

OVER = frozenset({"completed", "failed", "cancelled"})
# What cannot change any more once a task is over.
_SETTLED = ("status", "progress", "agentId")
# Kept with a task, but no business of its readers.
PRIVATE = frozenset({"run", "step", "held", "stuck", "error", "sentBack"})
_UNSEEN = PRIVATE | {"updatedAt", "completedAt"}
_CAPITAL = re.compile("(?=[A-Z])")

Task = dict[str, Any]


def new_task(task_id: str, given: Mapping[str, Any], *, created_by: str, now: str) -> Task:
    """A task as it begins, with the defaults of all that was not given.

    >>> task = new_task("task_1", {"title": "Sign-up"}, created_by="user_1", now="2026-01-15T10:30:00Z")
    >>> task["status"], task["priority"], task["progress"]
    ('pending', 'medium', 0.0)
    """
    return {
        "id": task_id,
        **_defaults(),
        "status": "pending",
        "agentId": None,
        "actualHours": 0.0,
        "progress": 0.0,
        **_chosen(given, (*_defaults(), "agentId")),
        "createdAt": now,
        "updatedAt": now,
        "completedAt": None,
        "createdBy": created_by,
        "run": None,
        "step": 0,
        "held": False,
        "stuck": False,
        "error": None,
        "sentBack": 0,
    }


def update(given: Mapping[str, Any]) -> dict[str, Any]:
    """The changes that a request asks for, and nothing else that it may hold."""
    return _chosen(given, (*_defaults(), "status", "agentId", "actualHours", "progress"))


def replacement(given: Mapping[str, Any]) -> dict[str, Any]:
    """The changes that replace a task: what was left out goes back to its default, where it has one."""
    return {**_defaults(), **update(given)}


def refusal(task: Mapping[str, Any], changes: Mapping[str, Any]) -> str | None:
    """Why the state of a task does not allow these changes; None when it does.

    >>> refusal({"status": "completed"}, {"status": "active"})
    'The task is completed'
    """
    if task["status"] not in OVER:
        return None
    touched = any(name in changes and changes[name] != task.get(name) for name in _SETTLED)
    return f"The task is {task['status']}" if touched else None


def changed(task: Task, changes: Mapping[str, Any], now: str) -> Task:
    """The task with the changes, and all that follows from them. The same one when nothing changes.

    A task that is completed is done as a whole. One that goes from `active` to `pending` is laid down until somebody
    takes it up or assigns it.
    """
    after = {**task, **changes}
    if after == task:
        return task
    after["updatedAt"] = now
    if after["status"] != task["status"]:
        after["held"] = after["status"] == "pending"
        after["sentBack"] = task["sentBack"] + (task["status"] == "active" and after["held"])
        if after["status"] == "completed":
            after |= {"progress": 1.0, "completedAt": now}
    if after["agentId"] != task["agentId"]:
        after["held"] = False
        if task["status"] == after["status"] == "active" and task["agentId"] is not None:
            after["status"] = "pending"  # until the other agent begins
    return after


def events(before: Task, after: Task) -> list[str]:
    """The events that tell of a change: the one that says most, and that a task was given to an agent.

    >>> events({"status": "active", "agentId": None}, {"status": "completed", "agentId": None})
    ['task.completed']
    """
    told: list[str] = []
    if after["agentId"] != before["agentId"] and after["agentId"] is not None:
        told.append("task.assigned")
    if after["status"] != before["status"] and after["status"] in ("completed", "failed"):
        told.append(f"task.{after['status']}")
    return told or ["task.updated"]


def steps(before: Task, after: Task) -> list[tuple[str, Any, Any]]:
    """What a change did, for the task's history: action, before, after. Hours that come with progress are no news.

    >>> steps({"dueDate": None}, {"dueDate": "2026-02-15T00:00:00Z"})
    [('due_date_changed', None, '2026-02-15T00:00:00Z')]
    """
    new = {name: value for name, value in after.items() if name not in _UNSEEN and value != before.get(name)}
    if "progress" in new:
        new.pop("actualHours", None)
    return [(_action(name, value), before.get(name), value) for name, value in new.items()]


def metrics(task: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a task. The work is judged when it is completed: a tenth less for each time it was sent back."""
    return {
        "timeSpent": task["actualHours"],
        "completionRate": task["progress"],
        "qualityScore": quality(task),
        "changeRequests": task["sentBack"],
    }


def quality(task: Mapping[str, Any]) -> float | None:
    """How good the work is, from 0 to 1; None until it is completed."""
    if task["status"] != "completed":
        return None
    times: int = task["sentBack"]
    return round(max(0.0, 1.0 - times / 10), 2)


def _chosen(given: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: given[name] for name in names if name in given}


def _defaults() -> dict[str, Any]:
    return {
        "title": "",
        "description": None,
        "priority": "medium",
        "projectId": None,
        "tags": [],
        "estimatedHours": None,
        "dueDate": None,
        "requirements": [],
        "acceptanceCriteria": [],
    }


def _action(name: str, value: Any) -> str:
    if name == "agentId":
        return "unassigned" if value is None else "assigned"
    return f"{_CAPITAL.sub('_', name).lower()}_changed"
