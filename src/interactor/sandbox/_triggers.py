"""Events on demand: announced as if they had happened, with what the document has for an example."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from interactor._platform import CONVENTIONS
from tandem.sandbox import Platform, Scene, event_data

from ._announcements import announce

DEFAULT_NAMESPACE = "default"


def trigger(
    platform: Platform, event: str, data: Mapping[str, Any] | None = None, namespace: str | None = None
) -> dict[str, Any]:
    """Announce an event; what `data` leaves out comes from the document's example. Returns the event.

    Without a namespace it happens where somebody waits for it: in that of the first webhook that named the event.
    Raises ValueError for what no event can have. Call it in a transaction.
    """
    if namespace and (problem := CONVENTIONS.refuse_namespace(namespace)):
        raise ValueError(problem)
    filled = event_data(platform, event, data or {})
    return announce(Scene(platform, namespace or _home_of(platform, event)), event, filled)


def _home_of(platform: Platform, event: str) -> str:
    for webhook in platform.store.list("webhook", namespace=None, where={"active": True}):
        if event in webhook["events"]:
            return str(webhook["namespace"])
    for subscription in platform.store.list("subscription", namespace=None):
        if event in subscription["events"] and subscription["namespace_filter"]:
            return str(subscription["namespace_filter"])
    return DEFAULT_NAMESPACE
