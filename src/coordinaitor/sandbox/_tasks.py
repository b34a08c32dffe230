"""Tasks: lists, their life, and what they bring with them. Source: CoordinAItor API, Task Endpoints."""

from __future__ import annotations

from typing import Any

from tandem.sandbox import Context, Registry

from . import _lifecycle
from ._access import caller
from ._lifecycle import Task
from ._logs import log
from ._members import refuse_in_project
from ._problems import conflict, invalid, not_found
from ._tasks_changes import add, change, remove
from ._tasks_listing import SAME, is_plain, moment, selected
from ._tasks_views import show_task, with_related

registry = Registry()
_WRITE = "tasks:write"


@registry.handles("tasks.create")
def create(ctx: Context) -> dict[str, Any]:
    _check(ctx)
    refuse_in_project(ctx, ctx.body.get("projectId"), _WRITE)
    if _is_offline(ctx, ctx.body.get("agentId")):
        raise invalid("agentId", "The agent is offline")
    task = _lifecycle.new_task(ctx.ids.new("task"), ctx.body, created_by=caller(ctx), now=ctx.clock.iso())
    return show_task(ctx, add(ctx, task, caller(ctx)))


@registry.handles("tasks.list")
def list_tasks(ctx: Context) -> object:
    query = {name: value for name, value in ctx.query.items() if value is not None}
    for name in ("createdAfter", "createdBefore"):
        _check_moment(name, query.get(name))
    where = {name: query[name] for name in SAME if name in query}
    newest_first = query.get("sortOrder", "desc") == "desc"
    found = ctx.store.query("task", namespace=ctx.namespace, where=where, newest_first=newest_first)
    return ctx.page(found if is_plain(query) else selected(found.all(), query), show=lambda task: show_task(ctx, task))


@registry.handles("tasks.get")
def get(ctx: Context) -> dict[str, Any]:
    return with_related(ctx, found_task(ctx), ctx.query.get("include") or ())


@registry.handles("tasks.replace")
def replace(ctx: Context) -> dict[str, Any]:
    return _changed(ctx, _lifecycle.replacement(ctx.body))


@registry.handles("tasks.update")
def update(ctx: Context) -> dict[str, Any]:
    return _changed(ctx, _lifecycle.update(ctx.body))


@registry.handles("tasks.assign")
def assign(ctx: Context) -> dict[str, Any]:
    # A task that was laid down is taken up again, even by the agent that had it.
    return _changed(ctx, {**_lifecycle.update(ctx.body), "held": False}, given=True)


@registry.handles("tasks.delete")
def delete(ctx: Context) -> None:
    task, by = writable_task(ctx), caller(ctx)
    remove(ctx, task, by)
    data = {"taskId": task["id"], "user": by, "reason": ctx.query.get("reason")}
    log(ctx, "info", "tasks", f"The task {task['title']!r} was deleted", data)


def found_task(ctx: Context) -> Task:
    """The task that the request is about."""
    task = ctx.store.get("task", ctx.path["taskId"], namespace=ctx.namespace)
    if task is None:
        raise not_found("task", ctx.path["taskId"])
    return task


def writable_task(ctx: Context) -> Task:
    """The same, for a caller who may change it."""
    task = found_task(ctx)
    refuse_in_project(ctx, task["projectId"], _WRITE)
    return task


def _changed(ctx: Context, changes: dict[str, Any], *, given: bool = False) -> dict[str, Any]:
    """The task after a change; `given` when it is given to an agent, which no task is that is over."""
    task = writable_task(ctx)
    _check(ctx)
    refuse_in_project(ctx, changes.get("projectId"), _WRITE)
    agent_id = changes.get("agentId")
    if reason := _lifecycle.refusal(task, {**changes, "agentId": ""} if given else changes):
        raise conflict(reason)
    if (given or agent_id != task["agentId"]) and _is_offline(ctx, agent_id):
        raise conflict("The agent is offline")
    return show_task(ctx, change(ctx, task, changes, caller(ctx)))


def _check(ctx: Context) -> None:
    """What the document's schemas cannot say of a task: the things it speaks of exist."""
    for field, kind in (("projectId", "project"), ("agentId", "agent")):
        wanted = ctx.body.get(field)
        if wanted is not None and ctx.store.get(kind, wanted, namespace=ctx.namespace) is None:
            raise invalid(field, f"No {kind} has the id {wanted}")
    _check_moment("dueDate", ctx.body.get("dueDate"))


def _check_moment(name: str, text: str | None) -> None:
    try:
        _ = None if text is None else moment(text)
    except ValueError:
        raise invalid(name, "Is not a time of this calendar") from None


def _is_offline(ctx: Context, agent_id: str | None) -> bool:
    agent = None if agent_id is None else ctx.store.get("agent", agent_id, namespace=ctx.namespace)
    return agent is not None and agent["status"] == "offline"
