"""The deliveries of a platform's events as values, and where they are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit, urlunsplit

from ._delivery_post import Answer

if TYPE_CHECKING:
    from ._platform import Platform

KIND = "delivery"
EVENTS = "announcement"
Status = Literal["pending", "retrying", "delivered", "dead", "refused", "dropped"]
Cause = Literal["schedule", "resend", "duplicate"]
_FINISHED = ["delivered", "dead", "refused", "dropped"]
_MOST = 10_000  # events, and finished deliveries, that are kept
_SWEEP = 100  # so many events lie between two looks at how many there are
_MOST_ATTEMPTS = 20
_LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One POST. `status` is None when there was no answer; then `error` says why. Secrets are masked.

    `cause` is why it was sent: by the "schedule", by a "resend", or as a "duplicate" to see whether the receiver minds.
    """

    number: int
    cause: Cause
    time: str
    duration_ms: float
    status: int | None
    error: str | None
    request_headers: Mapping[str, str]
    reply_headers: Mapping[str, str]
    reply: Any


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one endpoint.

    `status` is "pending" before the first attempt and "retrying" before another one, which comes at `next_attempt_at`;
    "delivered" after an answer with 2xx; "dead" when all attempts failed; "refused" when the address may not be sent
    to; "dropped" when the endpoint was deleted or switched off in between. The last two have a `reason`.
    """

    id: str
    event: str
    event_id: str
    namespace: str
    endpoint: str
    url: str
    status: Status
    reason: str | None
    created_at: str
    next_attempt_at: str | None
    body: Any
    attempts: tuple[DeliveryAttempt, ...]

    @property
    def last_status(self) -> int | None:
        """What the receiver answered last."""
        return self.attempts[-1].status if self.attempts else None

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values."""
        return asdict(self)

    def __repr__(self) -> str:
        return f"<Delivery {self.id} of {self.event}: {self.status} after {len(self.attempts)} attempts>"


class DeliveryLog:
    """Events and deliveries in the store: the last ten thousand of each, and all that are still on their way."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._store = platform.store

    def keep_event(self, event: Mapping[str, Any]) -> None:
        """Write an event down."""
        self._store.put(EVENTS, event["id"], event, namespace=event["namespace"])
        if self._store.count_up("announcements") % _SWEEP == 0:
            self._sweep(EVENTS, None)
            self._sweep(KIND, {"status": _FINISHED})

    def event(self, event_id: str) -> dict[str, Any] | None:
        """An event, or None."""
        return self._store.get(EVENTS, event_id, namespace=None)

    def events(self, since: float = 0.0) -> Iterator[dict[str, Any]]:
        """The events from a moment on, oldest first."""
        return (event for event in self._store.list(EVENTS, namespace=None) if event["at"] >= since)

    def get(self, delivery_id: str) -> dict[str, Any] | None:
        """A delivery as it is kept, or None."""
        return self._store.get(KIND, delivery_id, namespace=None)

    def keep(self, delivery: Mapping[str, Any]) -> None:
        """Write a delivery down."""
        self._store.put(KIND, delivery["id"], delivery, namespace=delivery["namespace"])

    def add_attempt(self, delivery: dict[str, Any], cause: Cause, headers: Mapping[str, str], answer: Answer) -> None:
        """Add an attempt to a delivery; the oldest of very many is forgotten. Not written before `keep`."""
        redaction, attempts = self._platform.redaction, delivery["attempts"]
        attempt = DeliveryAttempt(
            number=attempts[-1]["number"] + 1 if attempts else 1,
            cause=cause,
            time=self._platform.clock.iso(),
            duration_ms=round(answer.seconds * 1000, 3),
            status=answer.status,
            error=answer.error,
            request_headers=redaction.headers(headers),
            reply_headers=redaction.headers(answer.headers),
            reply=self._shown_reply(answer),
        )
        delivery["attempts"] = [*attempts, asdict(attempt)][-_MOST_ATTEMPTS:]

    def is_under_way(self, event_id: str, endpoint: str) -> bool:
        """Whether an event will still be sent to an endpoint."""
        where = {"event_id": event_id, "endpoint": endpoint, "status": ["pending", "retrying"]}
        return self._store.count(KIND, namespace=None, where=where) > 0

    def find(
        self,
        *,
        event: str | None = None,
        status: str | None = None,
        endpoint: str | None = None,
        namespace: str | None = None,
        event_id: str | None = None,
        limit: int | None = None,
    ) -> list[Delivery]:
        """Deliveries as values, oldest first; `limit` keeps the newest."""
        given = {"event": event, "status": status, "endpoint": endpoint, "event_id": event_id, "namespace": namespace}
        wanted = {name: value for name, value in given.items() if value is not None}
        query = self._store.query(KIND, namespace=None, where=wanted, newest_first=True)
        found = query.slice(0, -1 if limit is None else limit)
        return [self._shown(delivery) for delivery in reversed(found)]

    def _shown(self, kept: dict[str, Any]) -> Delivery:
        attempts = tuple(DeliveryAttempt(**attempt) for attempt in kept["attempts"])
        fields = {name: kept[name] for name in Delivery.__dataclass_fields__}
        fields |= {
            "attempts": attempts,
            "url": _shown_url(kept["url"]),
            "body": self._platform.redaction.body(kept["body"]),
        }
        return Delivery(**fields)

    def _shown_reply(self, answer: Answer) -> Any:
        kind = answer.headers.get("content-type", "")
        if not answer.body:
            return None
        if kind.startswith("text/"):
            return answer.body.decode(errors="replace")[:_LONGEST_TEXT]
        return self._platform.redaction.content(kind, answer.body)

    def _sweep(self, kind: str, where: dict[str, Any] | None) -> None:
        surplus = self._store.count(kind, namespace=None, where=where) - _MOST
        for old in self._store.query(kind, namespace=None, where=where).slice(0, max(0, surplus)):
            self._store.delete(kind, old["id"], namespace=old["namespace"])


def _shown_url(url: str) -> str:
    """An address without what may be secret in it: the user, the password and the query."""
    try:
        parts = urlsplit(url)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    except ValueError:
        return ""
