"""Data sources. A sync goes through its states with the platform's time, and nothing is ever fetched."""

from __future__ import annotations

import json
from typing import Any

from tandem.sandbox import Context, Registry

from ._errors import not_found

registry = Registry()
_FIELDS = ("name", "config", "semantic_mappings")

# Seconds after which a sync begins, and after which it is over.
BEGINS_AFTER = 0.2
ENDS_AFTER = 1.0
# A name of this domain never resolves (RFC 2606): a config that mentions one is how to see a sync fail.
UNREACHABLE = ".invalid"


@registry.handles("data_sources.create")
def create(ctx: Context) -> dict[str, Any]:
    source: dict[str, Any] = {
        "id": ctx.ids.new("ds"),
        "type": ctx.body["type"],
        "semantic_mappings": [],
        **_fields(ctx),
        "last_synced_at": None,
        "sync_due_at": ctx.clock.now(),
    }
    return show_data_source(ctx, ctx.store.put("data_source", source["id"], source, namespace=ctx.namespace))


@registry.handles("data_sources.list")
def list_data_sources(ctx: Context) -> object:
    where = {"type": ctx.query["type"]} if "type" in ctx.query else None
    query = ctx.store.query("data_source", namespace=ctx.namespace, where=where, newest_first=True)
    return ctx.page(query, show=lambda source: show_data_source(ctx, source))


@registry.handles("data_sources.get")
def get(ctx: Context) -> dict[str, Any]:
    return show_data_source(ctx, _found(ctx))


@registry.handles("data_sources.update")
def update(ctx: Context) -> dict[str, Any]:
    # What the last sync came to is settled first: new settings take effect with the next one.
    source = _settled(ctx, _found(ctx)) | _fields(ctx)
    return show_data_source(ctx, ctx.store.put("data_source", source["id"], source, namespace=ctx.namespace))


@registry.handles("data_sources.delete")
def delete(ctx: Context) -> None:
    if not ctx.store.delete("data_source", ctx.path["data_source_id"], namespace=ctx.namespace):
        raise not_found("data source")


@registry.handles("data_sources.sync")
def sync(ctx: Context) -> dict[str, Any]:
    source = _settled(ctx, _found(ctx))
    if source["sync_due_at"] is None:
        source["sync_due_at"] = ctx.clock.now()
        source["sync_error"] = None
    return show_data_source(ctx, ctx.store.put("data_source", source["id"], source, namespace=ctx.namespace))


def show_data_source(ctx: Context, source: dict[str, Any]) -> dict[str, Any]:
    """A data source as replies have it, at this moment."""
    settled = _settled(ctx, source)
    due = settled.pop("sync_due_at")
    error = settled.setdefault("sync_error", None)
    if due is not None:
        settled["sync_status"] = "pending" if ctx.clock.now() < due + BEGINS_AFTER else "syncing"
    else:
        settled["sync_status"] = "failed" if error else "synced"
    return settled


def _settled(ctx: Context, source: dict[str, Any]) -> dict[str, Any]:
    """The data source with the result of its sync, if that is over by now."""
    due = source["sync_due_at"]
    if due is None or ctx.clock.now() < due + ENDS_AFTER:
        return dict(source)
    if UNREACHABLE in json.dumps(source["config"]):
        return {**source, "sync_due_at": None, "sync_error": "The address of the data cannot be resolved"}
    return {**source, "sync_due_at": None, "sync_error": None, "last_synced_at": ctx.clock.iso(due + ENDS_AFTER)}


def _found(ctx: Context) -> dict[str, Any]:
    source = ctx.store.get("data_source", ctx.path["data_source_id"], namespace=ctx.namespace)
    if source is None:
        raise not_found("data source")
    return source


def _fields(ctx: Context) -> dict[str, Any]:
    return {name: ctx.body[name] for name in _FIELDS if name in ctx.body}
