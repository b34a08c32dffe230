"""Rooms and their event streams."""

from __future__ import annotations

from typing import Any

from tandem.sandbox import Context, EventStream, RawReply, Registry

from ._errors import not_found
from ._streams import follow, forget
from .answers._turns import KIND as TURN
from .answers._writing import ASKING

registry = Registry()


@registry.handles("rooms.create")
def create(ctx: Context) -> dict[str, Any]:
    if ctx.store.get("assistant", ctx.body["assistant_id"], namespace=ctx.namespace) is None:
        raise not_found("assistant")
    room = {
        "id": ctx.ids.new("room"),
        "assistant_id": ctx.body["assistant_id"],
        "namespace": ctx.namespace,
        "metadata": ctx.body.get("metadata", {}),
        "created_at": ctx.clock.iso(),
    }
    return ctx.store.put("room", room["id"], room, namespace=ctx.namespace)


@registry.handles("rooms.list")
def list_rooms(ctx: Context) -> object:
    where = {"assistant_id": ctx.query["assistant_id"]} if "assistant_id" in ctx.query else None
    return ctx.page(ctx.store.query("room", namespace=ctx.namespace, where=where, newest_first=True))


@registry.handles("rooms.get")
def get(ctx: Context) -> dict[str, Any]:
    return found_room(ctx)


@registry.handles("rooms.update")
def update(ctx: Context) -> dict[str, Any]:
    room = found_room(ctx)
    changes = {"metadata": ctx.body["metadata"]} if "metadata" in ctx.body else {}
    return ctx.store.put("room", room["id"], room | changes, namespace=ctx.namespace)


@registry.handles("rooms.delete")
def delete(ctx: Context) -> None:
    room_id = ctx.path["room_id"]
    if not ctx.store.delete("room", room_id, namespace=ctx.namespace):
        raise not_found("room")
    for kind in ("message", TURN, ASKING):
        ctx.store.delete_where(kind, namespace=ctx.namespace, where={"room_id": room_id})
    forget(ctx, room_id)


@registry.handles("rooms.stream")
def stream(ctx: Context) -> EventStream | RawReply:
    room = found_room(ctx)
    return follow(ctx, room["id"], owner="room")


def found_room(ctx: Context) -> dict[str, Any]:
    """The room that the path names."""
    room = ctx.store.get("room", ctx.path["room_id"], namespace=ctx.namespace)
    if room is None:
        raise not_found("room")
    return room
