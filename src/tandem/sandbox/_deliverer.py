"""Delivery of a platform's events to the endpoints that its users registered: at least once, by a schedule."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ._context import Place, Scene
from ._deliveries import Cause, DeliveryLog
from ._delivery_post import Answer, Poster
from ._errors import UnknownDeliveryError
from ._limits import LimitRule
from ._replies import encode

if TYPE_CHECKING:
    from ._platform import Platform

JOB = "deliver an event"
SCHEDULE = (0.0, 30.0, 120.0, 480.0, 1800.0, 7200.0)
"""Seconds of the platform's time before each attempt, counted from the one before."""
_SPREAD = 0.3  # seconds of the platform's time over which shuffled deliveries are spread
_MOST_COPIES = 4


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where events are sent. `secrets` sign, the newest first; `limit` bounds how many it gets in a time."""

    id: str
    url: str
    secrets: tuple[str, ...] = field(repr=False)
    limit: LimitRule | None = None


class Subscribers(Protocol):
    """What the product knows: who wants an event, and what a delivery looks like."""

    def wanting(self, event: Mapping[str, Any]) -> Iterable[Endpoint]:
        """The endpoints that get an event."""
        ...

    def find(self, endpoint_id: str) -> Endpoint | None:
        """An endpoint as it is now; None when it is deleted or switched off."""
        ...

    def body(self, event: Mapping[str, Any], delivery_id: str) -> dict[str, Any]:
        """The JSON of a delivery, the same for each of its attempts."""
        ...

    def headers(self, letter: Letter) -> dict[str, str]:
        """The headers of an attempt, the signature among them."""
        ...


class Letter(NamedTuple):
    """One attempt, ready to be sent. `sent_at` is real time: the receiver holds it against a clock of its own."""

    event: str
    delivery_id: str
    endpoint: Endpoint
    body: bytes
    retry_count: int
    sent_at: float


class Deliverer:
    """The outbox of a platform.

    An event and its deliveries are written in the transaction of what happened, and are undone with it. An attempt is
    an entry of the agenda: what is due when the process is killed is sent after the next start. With `shuffled` every
    delivery is sent one to four times, and out of order, as the internet may do it.
    """

    def __init__(self, platform: Platform, subscribers: Subscribers, poster: Poster | None = None) -> None:
        self.log = DeliveryLog(platform)
        self.poster = poster or Poster()
        self.schedule: Sequence[float] = SCHEDULE
        self.shuffled = False
        self._platform = platform
        self._subscribers = subscribers
        self._rng = random.Random(0)  # noqa: S311  # disorder in tests, not in locks
        self._last_due = 0.0
        platform.agenda.on(JOB, self._attempt)

    def announce(self, place: Place, kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Write down that something happened, and plan its deliveries. Returns the event."""
        event: dict[str, Any] = {
            "id": place.ids.new("evt"),
            "type": kind,
            "namespace": place.namespace,
            "timestamp": place.clock.iso(),
            "at": place.clock.now(),
            "idempotency_key": place.ids.new("idem"),
            "data": dict(data),
        }
        self.log.keep_event(event)
        for endpoint in self._subscribers.wanting(event):
            self._plan(event, endpoint)
        return event

    def resend(self, delivery_id: str) -> None:
        """Send a delivery once more, at once. Raises `UnknownDeliveryError`."""
        delivery = self.log.get(delivery_id)
        if delivery is None:
            raise UnknownDeliveryError(f"There is no delivery {delivery_id}. See the deliveries that there are.")
        self._add_job(delivery, self._platform.clock.now(), "resend")

    def backfill(self, since: float, *, until: float | None = None, endpoint: str | None = None) -> list[str]:
        """Send the events of a time again, as new deliveries to all that want them now, or to one of those.

        What is still on its way to an endpoint is left alone. Returns the ids of the new deliveries.
        """
        planned: list[str] = []
        for event in self.log.events(since):
            if until is not None and event["at"] >= until:
                continue
            for wanting in self._subscribers.wanting(event):
                if endpoint in (None, wanting.id) and not self.log.is_under_way(event["id"], wanting.id):
                    planned.append(self._plan(event, wanting))
        return planned

    async def settle(self) -> None:
        """Wait until all that is due has been tried. Call it in the platform's own thread."""
        clock = self._platform.clock
        await self._platform.agenda.settle()
        while not clock.frozen and clock.now() < self._last_due:
            await clock.sleep_until(self._last_due)
            await self._platform.agenda.settle()

    def forget(self) -> None:
        """The state was replaced, and the clock with it."""
        self._last_due = 0.0

    def _plan(self, event: Mapping[str, Any], endpoint: Endpoint) -> str:
        clock, delivery_id = self._platform.clock, self._platform.ids.new("del")
        delivery: dict[str, Any] = {
            "id": delivery_id,
            "event": event["type"],
            "event_id": event["id"],
            "namespace": event["namespace"],
            "endpoint": endpoint.id,
            "url": endpoint.url,
            "status": "pending",
            "reason": None,
            "created_at": clock.iso(),
            "body": self._subscribers.body(event, delivery_id),
            "attempts": [],
            "tries": 0,
        }
        self._plan_attempt(delivery, clock.now() + self.schedule[0])
        return delivery_id

    def _plan_attempt(self, delivery: dict[str, Any], due: float) -> None:
        delivery |= {"due": due, "next_attempt_at": self._platform.clock.iso(due)}
        self.log.keep(delivery)
        if not self.shuffled:
            self._add_job(delivery, due, "schedule")
            return
        for copy in range(1 + self._rng.randrange(_MOST_COPIES)):
            later = due + self._rng.random() * _SPREAD
            if delivery["tries"] == 0:
                self._last_due = max(self._last_due, later)
            self._add_job(delivery, later, "duplicate" if copy else "schedule")

    def _add_job(self, delivery: Mapping[str, Any], due: float, cause: Cause) -> None:
        place = Scene(self._platform, delivery["namespace"])
        self._platform.agenda.add(place, JOB, due=due, data={"delivery": delivery["id"], "cause": cause})

    async def _attempt(self, _: Scene, data: dict[str, Any]) -> None:
        # Nothing is locked while the receiver thinks: it may well call the platform before it answers.
        async with self._platform.transaction():
            letter = self._letter(data["delivery"], data["cause"])
        if letter is None:
            return
        headers = self._subscribers.headers(letter)
        answer = await self.poster.send(letter.endpoint.url, headers, letter.body)
        async with self._platform.transaction():
            delivery = self.log.get(data["delivery"])
            if delivery is not None:  # else the platform was reset meanwhile
                self._note(delivery, data["cause"], headers, answer)

    def _letter(self, delivery_id: str, cause: Cause) -> Letter | None:
        """What is to be sent, or None when there is nothing to send any more, or not yet."""
        delivery = self.log.get(delivery_id)
        if delivery is None or (cause == "schedule" and delivery["status"] not in ("pending", "retrying")):
            return None
        endpoint = self._subscribers.find(delivery["endpoint"])
        if endpoint is None:
            self._give_up(delivery, "dropped", "The endpoint was deleted or switched off.")
            return None
        if refusal := self.poster.refusal(endpoint.url):
            self._give_up(delivery, "refused", refusal)
            return None
        verdict = self._platform.limiter.take(filter(None, [endpoint.limit]), self._platform.clock.now())
        if verdict is not None and not verdict.allowed:
            self._add_job(delivery, self._platform.clock.now() + verdict.retry_after, cause)
            return None
        body = encode(delivery["body"])
        retry_count = min(delivery["tries"], len(self.schedule) - 1)
        return Letter(delivery["event"], delivery_id, endpoint, body, retry_count, time.time())

    def _give_up(self, delivery: dict[str, Any], status: str, reason: str) -> None:
        if delivery["status"] in ("pending", "retrying"):
            self.log.keep(delivery | {"status": status, "reason": reason, "next_attempt_at": None})

    def _note(self, delivery: dict[str, Any], cause: Cause, headers: Mapping[str, str], answer: Answer) -> None:
        self.log.add_attempt(delivery, cause, headers, answer)
        delivery["tries"] += cause == "schedule"
        if answer.is_success:
            delivery |= {"status": "delivered", "reason": None, "next_attempt_at": None}
        elif cause == "schedule" and delivery["status"] != "delivered":
            self._plan_next(delivery)
            return
        self.log.keep(delivery)

    def _plan_next(self, delivery: dict[str, Any]) -> None:
        tries: int = delivery["tries"]
        if tries < len(self.schedule):
            # Counted from when this attempt was due: after a jump in time all that is overdue follows in order.
            delivery["status"] = "retrying"
            self._plan_attempt(delivery, delivery["due"] + self.schedule[tries])
        else:
            self.log.keep(delivery | {"status": "dead", "next_attempt_at": None})
