"""Instances below `/workflows`: by workflow name, with threads and history."""

from __future__ import annotations

from typing import Any

from tandem.sandbox import Context, Later, Problem, Registry

from ._homes import all_in_reach, named_namespace
from ._runs import cancel, found_instance, resume, start
from ._threads import show_threads

registry = Registry()
_LISTED = ("id", "workflow_name", "version_id", "namespace", "status", "current_state", "created_at", "updated_at")
_WHOLE = (
    *_LISTED,
    "workflow_data",
    "halting_presentation",
    "halted_at_state",
    "halted_options",
    "error",
    "cancelled_at",
)


@registry.handles("workflows.instances.create")
def create_instance(ctx: Context) -> Later:
    return start(ctx, ctx.path["name"], ctx.body.get("input", {}), _home(ctx), "input", _show)


@registry.handles("workflows.instances.list")
def list_instances(ctx: Context) -> object:
    where: dict[str, Any] = {name: ctx.query[name] for name in ("workflow_name", "status") if name in ctx.query}
    query = all_in_reach(ctx, "instance", where, newest_first=True)
    return ctx.page(query, show=lambda instance: {name: instance[name] for name in _LISTED})


@registry.handles("workflows.instances.get")
def get(ctx: Context) -> dict[str, Any]:
    instance = found_instance(ctx)
    return _show(instance) | {"history": instance["history"]}


@registry.handles("workflows.instances.resume")
def resume_instance(ctx: Context) -> Later:
    return resume(ctx, ctx.body["input"], _show)


@registry.handles("workflows.instances.cancel")
def cancel_instance(ctx: Context) -> dict[str, Any]:
    return _show(cancel(ctx))


@registry.handles("workflows.instances.threads.list")
def list_threads(ctx: Context) -> object:
    return ctx.page(show_threads(found_instance(ctx)))


@registry.handles("workflows.instances.threads.resume")
def resume_thread(ctx: Context) -> Later:
    return resume(ctx, ctx.body["input"], _show, thread=ctx.path["thread_id"])


def _home(ctx: Context) -> str:
    """The namespace of a new instance: that of the request, or the body's when the request names none."""
    home = ctx.namespace if named_namespace(ctx.request) else str(ctx.body.get("namespace", ctx.namespace))
    if home not in ctx.principal.extra.get("namespaces", (home,)):
        raise Problem(403, "forbidden", f"The token may not act for the namespace {home}")
    return home


def _show(instance: dict[str, Any]) -> dict[str, Any]:
    shown = {name: instance[name] for name in _WHOLE if instance.get(name) is not None}
    return {**shown, "threads": show_threads(instance)}
