"""What the controls of events need of this platform: subscriptions that span namespaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tandem.sandbox import DeliveringPlatform, EventControls

from ._triggers import trigger
from ._webhooks import new_secret


def controls_of(platform: DeliveringPlatform) -> EventControls:
    """The controls of events and endpoints."""

    def subscribe(given: Mapping[str, Any]) -> Mapping[str, Any]:
        endpoint: dict[str, Any] = {
            "id": platform.ids.new("whsub"),
            "url": given["url"],
            "events": given["events"],
            "secret": given.get("secret") or new_secret(platform.ids),
            "namespace_filter": given.get("namespace"),
            "namespaces": None,
            "status": "active",
            "created_at": platform.clock.iso(),
        }
        return platform.store.put("subscription", endpoint["id"], endpoint, namespace="")

    def unsubscribe(endpoint_id: str) -> bool:
        return platform.store.delete("subscription", endpoint_id, namespace="")

    return EventControls(platform, trigger=trigger, subscribe=subscribe, unsubscribe=unsubscribe)
