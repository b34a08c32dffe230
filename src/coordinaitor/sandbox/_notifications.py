"""What the platform tells its users. Source: CoordinAItor API, User Endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tandem.sandbox import Context, Place, Registry

from ._access import caller
from ._problems import not_found

registry = Registry()
KIND = "notification"
_TITLES = {
    "mention": "You were mentioned",
    "project.member_added": "You joined a project",
    "task.completed": "Task completed",
    "task.failed": "Task failed",
}


def notify(
    place: Place,
    user_id: str,
    type: str,
    message: str,
    data: Mapping[str, Any] | None = None,
    *,
    title: str | None = None,
) -> None:
    """Tell a user something; `data` are the ids of what it is about."""
    told: dict[str, Any] = {
        "id": place.ids.new("notif"),
        "userId": user_id,
        "type": type,
        "title": title or _TITLES.get(type, type),
        "message": message,
        "read": False,
        "data": dict(data or {}),
        "createdAt": place.clock.iso(),
        "readAt": None,
    }
    place.store.put(KIND, told["id"], told, namespace=place.namespace)


@registry.handles("users.me.notifications.list")
def list_notifications(ctx: Context) -> object:
    where = {"userId": caller(ctx)}
    return ctx.page(ctx.store.query(KIND, namespace=ctx.namespace, where=where, newest_first=True), show=_shown)


@registry.handles("users.me.notifications.mark_read")
def mark_read(ctx: Context) -> dict[str, Any]:
    notification_id = ctx.path["notificationId"]
    told = ctx.store.get(KIND, notification_id, namespace=ctx.namespace)
    if told is None or told["userId"] != caller(ctx):
        raise not_found("notification", notification_id)
    if not told["read"]:
        told |= {"read": True, "readAt": ctx.clock.iso()}
        ctx.store.put(KIND, told["id"], told, namespace=ctx.namespace)
    return _shown(told)


def _shown(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name != "userId"}
