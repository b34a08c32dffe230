"""The history of instances, and the errors among it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from interactor.sandbox._errors import invalid, not_found
from tandem.sandbox import Context, Query, Registry

from ._homes import all_in_reach
from ._telling import HISTORY

registry = Registry()
_OF_ERRORS = ("instance_id", "workflow_name")
_HIDDEN = ("namespace",)


@registry.handles("workflows.instances.history")
def history(ctx: Context) -> object:
    instance = _instance(ctx)
    where: dict[str, Any] = {"instance_id": instance["id"]}
    if "types" in ctx.query:
        where["type"] = ctx.query["types"]
    if "thread" in ctx.query:
        where["thread"] = ctx.query["thread"]
    beside = {"instance_id": instance["id"], "workflow_id": instance["workflow_id"], "status": instance["status"]}
    query = ctx.store.query(HISTORY, namespace=ctx.namespace, where=where)
    return ctx.page(_selected(ctx, query), show=lambda event: _show(ctx, event), beside=beside)


@registry.handles("workflows.instances.event")
def event(ctx: Context) -> dict[str, Any]:
    instance = _instance(ctx)
    found = ctx.store.get(HISTORY, ctx.path["event_id"], namespace=ctx.namespace)
    if found is None or found["instance_id"] != instance["id"]:
        raise not_found(f"event of {instance['id']}")
    return _show(ctx, found)


@registry.handles("workflows.errors")
def errors(ctx: Context) -> object:
    def show(event: dict[str, Any]) -> dict[str, Any]:
        return _show(ctx, event) | {name: event[name] for name in _OF_ERRORS}

    return ctx.page(_selected(ctx, all_in_reach(ctx, HISTORY, {"type": "error"})), show=show)


def _selected(ctx: Context, query: Query) -> Query | list[dict[str, Any]]:
    since, until = _moment(ctx, "since"), _moment(ctx, "until")
    if since is None and until is None:
        return query
    return [
        event
        for event in query.all()
        if (since is None or datetime.fromisoformat(event["timestamp"]) > since)
        and (until is None or datetime.fromisoformat(event["timestamp"]) < until)
    ]


def _moment(ctx: Context, name: str) -> datetime | None:
    text = ctx.query.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        raise invalid(name, "is not a time of this calendar") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _instance(ctx: Context) -> dict[str, Any]:
    instance = ctx.store.get("instance", ctx.path["instance_id"], namespace=ctx.namespace)
    if instance is None:
        raise not_found("instance", "instance_not_found")
    return instance


def _show(ctx: Context, event: dict[str, Any]) -> dict[str, Any]:
    hidden = (*_OF_ERRORS, *_HIDDEN, *(() if ctx.query.get("include_data") else ("workflow_data",)))
    return {name: value for name, value in event.items() if name not in hidden}
