"""Tasks as readers see them: in replies, in events, and with what was asked for beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tandem.sandbox import Place

from ._lifecycle import PRIVATE, metrics


def show_task(place: Place, task: Mapping[str, Any]) -> dict[str, Any]:
    """A task as replies have it; why it failed is there when it did."""
    return _known(_bare(task), assignedAgent=_agent(place, task), project=_project(place, task), error=task["error"])


def task_data(place: Place, task: Mapping[str, Any]) -> dict[str, Any]:
    """What an event tells of a task: all of it, and why it failed."""
    return _known(_bare(task), agent=_agent(place, task), project=_project(place, task), error=task["error"])


def with_related(place: Place, task: Mapping[str, Any], include: Iterable[str]) -> dict[str, Any]:
    """A task with what was asked for: comments, files, history, metrics."""
    shown = show_task(place, task)
    for name in include:
        shown[name] = _RELATED[name](place, task)
    return shown


def related(place: Place, task_id: str, kind: str) -> list[dict[str, Any]]:
    """What belongs to a task, oldest first."""
    found = place.store.list(kind, namespace=place.namespace, where={"taskId": task_id})
    return [without(each, "taskId", "sha256") for each in found]


def without(fields: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """All fields but these."""
    return {name: value for name, value in fields.items() if name not in names}


def _bare(task: Mapping[str, Any]) -> dict[str, Any]:
    return without(task, *PRIVATE)


def _agent(place: Place, task: Mapping[str, Any]) -> dict[str, Any] | None:
    return _summary(place, "agent", task["agentId"], ("id", "name", "type"))


def _project(place: Place, task: Mapping[str, Any]) -> dict[str, Any] | None:
    return _summary(place, "project", task["projectId"], ("id", "name"))


def _summary(place: Place, kind: str, found_id: str | None, names: tuple[str, ...]) -> dict[str, Any] | None:
    found = None if found_id is None else place.store.get(kind, found_id, namespace=place.namespace)
    return found and {name: found[name] for name in names}


def _known(fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return fields | {name: value for name, value in more.items() if value is not None}


_RELATED: dict[str, Callable[[Place, Mapping[str, Any]], Any]] = {
    "comments": lambda place, task: related(place, task["id"], "comment"),
    "files": lambda place, task: related(place, task["id"], "task_file"),
    "history": lambda place, task: related(place, task["id"], "history"),
    "metrics": lambda _, task: metrics(task),
}
