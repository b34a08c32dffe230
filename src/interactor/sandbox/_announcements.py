"""What the platform announces to webhooks: every event is kept, in the transaction of what it tells of."""

from __future__ import annotations

from typing import Any

from tandem.sandbox import Place

KIND = "announcement"


def announce(place: Place, event: str, data: dict[str, Any]) -> None:
    """Tell the webhooks of a namespace that something happened."""
    announcement: dict[str, Any] = {
        "id": place.ids.new("evt"),
        "type": event,
        "namespace": place.namespace,
        "timestamp": place.clock.iso(),
        "data": data,
    }
    place.store.put(KIND, announcement["id"], announcement, namespace=place.namespace)
