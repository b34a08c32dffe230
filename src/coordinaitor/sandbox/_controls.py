"""Events and endpoints, as tests and other processes steer them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tandem.sandbox import DeliveringPlatform, EventControls, Platform, Scene, event_data

from ._events import announce
from ._webhooks import new_webhook


def trigger(
    platform: Platform, event: str, data: Mapping[str, Any] | None = None, namespace: str | None = None
) -> dict[str, Any]:
    """Announce an event as if it had happened; what `data` leaves out comes from the document's example.

    Raises ValueError for what no event can have, a namespace among it. Call it in a transaction.
    """
    if namespace:
        raise ValueError("This platform has no namespaces: leave it out.")
    return announce(Scene(platform, ""), event, event_data(platform, event, data))


def controls_of(platform: DeliveringPlatform) -> EventControls:
    """The controls under `/_sandbox/events` and `/_sandbox/endpoints`."""

    def subscribe(given: Mapping[str, Any]) -> Mapping[str, Any]:
        return new_webhook(Scene(platform, ""), {name: given[name] for name in given if name != "namespace"})

    def unsubscribe(endpoint_id: str) -> bool:
        return platform.store.delete("webhook", endpoint_id, namespace="")

    return EventControls(platform, trigger=trigger, subscribe=subscribe, unsubscribe=unsubscribe)
