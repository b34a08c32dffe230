"""Webhooks and webhook subscriptions. A secret is shown when it is made, and never again.

After a rotation the earlier secret signs too, for an hour of the platform's time: whoever verifies with either is
served while the new one makes its way into every process. Source: Interactor SDK guide, Webhook Secret Rotation.
"""

from __future__ import annotations

import hashlib
from typing import Any

from tandem.sandbox import Context, Ids, Registry

from ._announcements import GRACE
from ._errors import invalid, not_found

registry = Registry()
_MOST_SECRETS = 3  # a header has room for so many signatures
_HIDDEN = ("secret", "old_secrets", "namespace", "namespaces")


@registry.handles("webhooks.create")
def create(ctx: Context) -> dict[str, Any]:
    webhook: dict[str, Any] = {
        "id": ctx.ids.new("wh"),
        "namespace": ctx.namespace,
        "url": ctx.body["url"],
        "events": _unique(ctx.body["events"]),
        "secret": ctx.body.get("secret") or new_secret(ctx.ids),
        "active": _active(ctx, default=True),
        "created_at": ctx.clock.iso(),
    }
    ctx.store.put("webhook", webhook["id"], webhook, namespace=ctx.namespace)
    return _with_secret(webhook)


@registry.handles("webhooks.list")
def list_webhooks(ctx: Context) -> object:
    return ctx.page(ctx.store.query("webhook", namespace=ctx.namespace, newest_first=True), show=_without_secret)


@registry.handles("webhooks.get")
def get(ctx: Context) -> dict[str, Any]:
    return _without_secret(_found(ctx))


@registry.handles("webhooks.update")
def update(ctx: Context) -> dict[str, Any]:
    webhook = _found(ctx)
    webhook["url"] = ctx.body.get("url", webhook["url"])
    webhook["events"] = _unique(ctx.body.get("events", webhook["events"]))
    webhook["active"] = _active(ctx, default=webhook["active"])
    return _without_secret(ctx.store.put("webhook", webhook["id"], webhook, namespace=ctx.namespace))


@registry.handles("webhooks.delete")
def delete(ctx: Context) -> None:
    if not ctx.store.delete("webhook", ctx.path["webhook_id"], namespace=ctx.namespace):
        raise not_found("webhook")


@registry.handles("webhooks.rotate_secret")
def rotate_secret(ctx: Context) -> dict[str, Any]:
    webhook = _found(ctx)
    old = {"secret": webhook["secret"], "until": ctx.clock.now() + GRACE}
    earlier = [other for other in webhook.get("old_secrets", ()) if other["until"] > ctx.clock.now()]
    webhook |= {"secret": new_secret(ctx.ids), "old_secrets": [old, *earlier][: _MOST_SECRETS - 1]}
    ctx.store.put("webhook", webhook["id"], webhook, namespace=ctx.namespace)
    return _with_secret(webhook)


@registry.handles("webhooks.subscriptions.create")
def subscribe(ctx: Context) -> dict[str, Any]:
    subscription: dict[str, Any] = {
        "id": ctx.ids.new("whsub"),
        "url": ctx.body["url"],
        "events": _unique(ctx.body["events"]),
        "secret": ctx.body.get("secret") or new_secret(ctx.ids),
        "namespace_filter": ctx.body.get("namespace_filter"),
        "namespaces": ctx.principal.extra.get("namespaces"),  # without a filter: all that this token may see
        "status": "active",
        "created_at": ctx.clock.iso(),
    }
    stored = ctx.store.put("subscription", subscription["id"], subscription, namespace=ctx.namespace)
    return _without_secret(stored)


@registry.handles("webhooks.subscriptions.list")
def list_subscriptions(ctx: Context) -> object:
    return ctx.page(ctx.store.query("subscription", namespace=ctx.namespace, newest_first=True), show=_without_secret)


@registry.handles("webhooks.subscriptions.delete")
def unsubscribe(ctx: Context) -> None:
    if not ctx.store.delete("subscription", ctx.path["subscription_id"], namespace=ctx.namespace):
        raise not_found("subscription")


def _found(ctx: Context) -> dict[str, Any]:
    webhook = ctx.store.get("webhook", ctx.path["webhook_id"], namespace=ctx.namespace)
    if webhook is None:
        raise not_found("webhook")
    return webhook


def _active(ctx: Context, *, default: bool) -> bool:
    # The platform's documents use both words; only `active` is described, and so checked before.
    given: Any = ctx.body.get("active", ctx.body.get("enabled", default))
    if not isinstance(given, bool):
        raise invalid("enabled", "is not true or false")
    return given


def new_secret(ids: Ids) -> str:
    """A secret that the platform makes up."""
    return f"whsec_{hashlib.sha256(ids.new('whsec', 40).encode()).hexdigest()[:32]}"


def _without_secret(endpoint: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in endpoint.items() if name not in _HIDDEN}


def _with_secret(endpoint: dict[str, Any]) -> dict[str, Any]:
    return _without_secret(endpoint) | {"secret": endpoint["secret"]}


def _unique(events: list[str]) -> list[str]:
    return list(dict.fromkeys(events))
