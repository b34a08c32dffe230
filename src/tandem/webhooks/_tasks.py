"""Work on one event: what there is to do, under which key, and how to keep it for later."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tandem import _json
from tandem._conventions import shorten
from tandem._errors import InvalidRequestError, WebhookVerificationError

from ._events import WebhookEvent
from ._headers import Delivery
from ._routes import Handler, Routes
from ._verifier import Verifier

Message = dict[str, Any]
"""An event on its way through a queue: strings and numbers only, so that any queue can carry it."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done for one event."""

    key: str
    event: WebhookEvent
    handlers: tuple[Handler, ...]
    argument: Any
    """What the handlers get: the event, or the message that a queue gets."""
    payload: bytes | None = None
    """What to keep with the claim."""


@dataclass(slots=True)
class TaskMaker:
    """Makes tasks of what is known to be the platform's. Does no I/O."""

    name: str
    verifier: Verifier
    routes: Routes
    queue: Handler | None = None
    keeps: bool = False
    """Whether an event is kept with its claim, to be worked off later."""
    given_up: dict[str, int] = field(default_factory=dict[str, int])
    """How many attempts there were of the kept events that failed too often."""

    def of_delivery(self, event: WebhookEvent, body: bytes) -> Task | None:
        """What to do for a delivery; None: nothing."""
        key = self.prefix + event.key
        if self.queue is not None:
            return Task(key, event, (self.queue,), message_of(event, body))
        handlers = self.routes.handlers_of(event)
        payload = json.dumps(message_of(event, body)).encode() if self.keeps and handlers else None
        return Task(key, event, handlers, event, payload) if handlers else None

    def of_message(self, message: Mapping[str, Any]) -> Task | None:
        """What to do for a message that came through a queue. Raises InvalidRequestError."""
        event = self._event(message)
        handlers = self.routes.handlers_of(event)
        return Task(f"{self.prefix}queued:{event.key}", event, handlers, event) if handlers else None

    def of_payload(self, key: str, payload: bytes | None) -> Task | None:
        """What to do for an event that was kept. Raises InvalidRequestError."""
        try:
            event = self._event(json.loads(payload or b""))
        except (ValueError, RecursionError):
            raise self._error("What is kept of an event cannot be read; is another program using this store?") from None
        handlers = self.routes.handlers_of(event)
        return Task(key, event, handlers, event) if handlers else None

    def to_recover(self, unfinished: Iterable[str], max_attempts: int) -> list[str]:
        """The kept events that are worth another attempt. To claim the others would only tell of them again."""
        keys = list(unfinished)
        self.given_up = {key: self.given_up[key] for key in keys if key in self.given_up}
        return [key for key in keys if self.given_up.get(key, 0) < max_attempts]

    @property
    def prefix(self) -> str:
        """What keys begin with: an event may go to two routers that share a store."""
        return f"{self.name}:"

    def _event(self, message: object) -> WebhookEvent:
        try:
            assert _json.is_object(message)  # noqa: S101  # its failure is caught below
            delivery = Delivery(**message["delivery"])
            return self.verifier.event(message["body"].encode("utf-8", "surrogateescape"), delivery)
        except (AssertionError, LookupError, TypeError, AttributeError, UnicodeError, WebhookVerificationError):
            raise self._error(f"This is not a message that the router put into a queue: {shorten(message)}") from None

    def _error(self, text: str) -> InvalidRequestError:
        return self.verifier.platform.errors[InvalidRequestError](text)


def message_of(event: WebhookEvent, body: bytes) -> Message:
    """An event as plain JSON."""
    return {"body": body.decode("utf-8", "surrogateescape"), "delivery": event.delivery._asdict()}
