"""What the platform tells webhooks and subscriptions, and how a delivery looks.

An event is kept in the transaction of what it tells of, together with its deliveries: what is undone was never
announced. Sources: Interactor SDK guide, Webhook Delivery Semantics; Interactor workflows guide, Webhook Delivery
Headers.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, cast

from tandem.sandbox import Deliverer, Endpoint, Letter, LimitRule, Place, Platform

GRACE = 3600.0  # seconds of the platform's time in which the secret before a rotation still signs
_EVENTS_A_MINUTE = 1000  # per subscription


class Announcing(Protocol):
    """A platform that delivers events."""

    deliverer: Deliverer


def announce(place: Place, event: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Tell the webhooks of a namespace that something happened. Returns the event as it is kept."""
    return cast("Announcing", place.platform).deliverer.announce(place, event, data)


class Webhooks:
    """The endpoints of this platform: webhooks belong to a namespace, subscriptions may span several."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def wanting(self, event: Mapping[str, Any]) -> Iterator[Endpoint]:
        """Every active endpoint that named this event, and may see its namespace."""
        store, namespace = self._platform.store, event["namespace"]
        found = store.list("webhook", namespace=namespace, where={"active": True})
        found += [each for each in store.list("subscription", namespace=None) if _sees(each, namespace)]
        return (self._endpoint(each) for each in found if event["type"] in each["events"])

    def find(self, endpoint_id: str) -> Endpoint | None:
        """An endpoint by its id, unless it is deleted or switched off."""
        for kind in ("webhook", "subscription"):
            found = self._platform.store.get(kind, endpoint_id, namespace=None)
            if found is not None:
                return self._endpoint(found) if found.get("active", True) else None
        return None

    def body(self, event: Mapping[str, Any], delivery_id: str) -> dict[str, Any]:
        """All the fields of both guides: one names events and their keys, the other deliveries."""
        return {
            "id": event["id"],
            "event": event["type"],
            "timestamp": event["timestamp"],
            "idempotency_key": event["idempotency_key"],
            "namespace": event["namespace"],
            "delivery_id": delivery_id,
            "data": event["data"],
        }

    def headers(self, letter: Letter) -> dict[str, str]:
        """The documented headers. The timestamp is real time, whatever the platform's clock says."""
        timestamp = str(int(letter.sent_at))
        return {
            "Content-Type": "application/json",
            "User-Agent": "interactor-sandbox",
            "X-Interactor-Event": letter.event,
            "X-Interactor-Delivery": letter.delivery_id,
            "X-Interactor-Timestamp": timestamp,
            "X-Interactor-Retry-Count": str(letter.retry_count),
            "X-Interactor-Signature": signatures(letter.endpoint.secrets, timestamp, letter.body),
            "X-Request-Id": self._platform.request_ids.new("req"),
        }

    def _endpoint(self, found: Mapping[str, Any]) -> Endpoint:
        now = self._platform.clock.now()
        earlier = [old["secret"] for old in found.get("old_secrets", ()) if old["until"] > now]
        limit = LimitRule("webhooks", found["id"], _EVENTS_A_MINUTE) if "namespace_filter" in found else None
        return Endpoint(found["id"], found["url"], (found["secret"], *earlier), limit)


def signatures(secrets: tuple[str, ...], timestamp: str, body: bytes) -> str:
    """The value of the signature header: one signature, or one with each secret while a rotation is under way.

    >>> signatures(("whsec_new", "whsec_old"), "1768910401", b"{}").count("sha256=")
    2
    """
    signed = f"{timestamp}.".encode() + body
    return ", ".join(f"sha256={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}" for secret in secrets)


def _sees(subscription: Mapping[str, Any], namespace: str) -> bool:
    chosen, allowed = subscription["namespace_filter"], subscription.get("namespaces")
    return chosen in (None, namespace) and (allowed is None or namespace in allowed)
