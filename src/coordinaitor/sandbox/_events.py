"""What the platform tells the world: signed webhooks, and messages on its live channels.

An event is kept in the transaction of what it tells of: what is undone was never announced. Source: CoordinAItor API,
Webhooks and Real-time Updates.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from tandem.sandbox import Endpoint, Letter, Place

if TYPE_CHECKING:
    from ._platform import CoordinaitorPlatform

SIGNATURE = "X-Orchestrator-Signature"


def announce(place: Place, event: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Tell webhooks and listeners that something happened. Returns the event as it is kept."""
    platform = home(place)
    kept = platform.deliverer.announce(place, event, data)
    # The channel of `task.created` is `tasks`.
    channel = f"{event.partition('.')[0]}s"
    platform.channels.publish(place, channel, {"type": event, "timestamp": kept["timestamp"], "data": dict(data)})
    return kept


def home(place: Place) -> CoordinaitorPlatform:
    """The platform, with all that is this product's."""
    return cast("CoordinaitorPlatform", place.platform)


class Webhooks:
    """The endpoints of this platform. All of them belong to its one organization."""

    def __init__(self, platform: CoordinaitorPlatform) -> None:
        self._platform = platform

    def wanting(self, event: Mapping[str, Any]) -> Iterator[Endpoint]:
        """Every active webhook that named this event."""
        for webhook in self._platform.store.list("webhook", namespace=None, where={"active": True}):
            if event["type"] in webhook["events"]:
                yield _endpoint(webhook)

    def find(self, endpoint_id: str) -> Endpoint | None:
        """A webhook by its id, unless it is gone or switched off."""
        webhook = self._platform.store.get("webhook", endpoint_id, namespace=None)
        return _endpoint(webhook) if webhook is not None and webhook["active"] else None

    def body(self, event: Mapping[str, Any], delivery_id: str) -> dict[str, Any]:
        """The documented fields. Nothing in them tells one delivery from another."""
        return {
            "event": event["type"],
            "timestamp": event["timestamp"],
            "data": event["data"],
            "organization": self._platform.organization,
        }

    def headers(self, letter: Letter) -> dict[str, str]:
        """The headers that the webhook's owner asked for, and the signature over the body alone."""
        webhook = self._platform.store.get("webhook", letter.endpoint.id, namespace=None) or {}
        return {
            "User-Agent": "Orchestrator-Webhook/1.0",
            **webhook.get("headers", {}),
            "Content-Type": "application/json",
            SIGNATURE: signature(letter.endpoint.secrets[0], letter.body),
        }


def signature(secret: str, body: bytes) -> str:
    """The value of the signature header.

    >>> signature("whsec_a", b"{}")[:15]
    'sha256=b9a1306b'
    """
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def _endpoint(webhook: Mapping[str, Any]) -> Endpoint:
    return Endpoint(webhook["id"], webhook["url"], (webhook["secret"],))
