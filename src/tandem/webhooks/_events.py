"""What arrives: typed events where the document knows them, `UnknownEvent` otherwise."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeGuard, runtime_checkable

import attrs

from tandem import _json
from tandem._errors import NO_FAMILY, ErrorFamily
from tandem._streaming._events import UnknownEvent as UnknownStreamEvent
from tandem._timestamps import timestamp as moment

from ._headers import Delivery

NO_DELIVERY = Delivery()
_LONGEST_KEY = 200
_KEY_FIELDS = ("idempotency_key", "id", "delivery_id")


@runtime_checkable
class WebhookEvent(Protocol):
    """What every event has. `match` on its class to reach `data` with its types."""

    @property
    def type(self) -> str:
        """Its name, such as `room.message.created`."""
        ...

    @property
    def event(self) -> str:
        """Its name once more, as the body spells it."""
        ...

    @property
    def id(self) -> str | None:
        """Id of the event."""
        ...

    @property
    def idempotency_key(self) -> str | None:
        """The same for every delivery of one event, where the platform gives one."""
        ...

    @property
    def key(self) -> str:
        """What to tell repeats by: `idempotency_key`, else the best that the signed body has."""
        ...

    @property
    def namespace(self) -> str | None:
        """The namespace that it happened in."""
        ...

    @property
    def timestamp(self) -> datetime.datetime | None:
        """When it happened. Deliveries come in any order: this is what to order by."""
        ...

    @property
    def delivery_id(self) -> str | None:
        """Id of the delivery that brought it."""
        ...

    @property
    def retry_count(self) -> int:
        """How many attempts came before this one."""
        ...

    @property
    def delivery(self) -> Delivery:
        """What the headers said."""
        ...

    @property
    def data(self) -> Any:
        """What happened."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """The event as a JSON object."""
        ...


class Delivered:
    """A base for event classes: what an event knows of the delivery that brought it."""

    delivery: Delivery = NO_DELIVERY
    """What the headers said. They are not signed, but for the time."""

    key: str = ""
    """What to tell repeats by: `idempotency_key`, else the best that the signed body has."""

    event: Any

    @property
    def type(self) -> str:
        """Its name, such as `room.message.created`."""
        return str(self.event)

    @property
    def retry_count(self) -> int:
        """How many attempts came before this one."""
        return self.delivery.retry_count


class DeliveredAlone(Delivered):
    """`Delivered` for the events of a platform whose bodies hold no ids."""

    id: str | None = None
    idempotency_key: str | None = None
    namespace: str | None = None
    delivery_id: str | None = None


@dataclass(frozen=True, slots=True)
class UnknownEvent(UnknownStreamEvent):
    """An event of a type that this version does not know, or whose content is not what the document promises."""

    id: str | None = None
    idempotency_key: str | None = None
    namespace: str | None = None
    timestamp: datetime.datetime | None = None
    delivery_id: str | None = None
    key: str = ""
    delivery: Delivery = NO_DELIVERY
    raw: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    """The whole body."""

    @property
    def event(self) -> str:
        """Its name once more, as the body spells it."""
        return self.type

    @property
    def retry_count(self) -> int:
        """How many attempts came before this one."""
        return self.delivery.retry_count

    def to_dict(self) -> dict[str, Any]:
        """The event as a JSON object."""
        return dict(self.raw)


class EventClass(Protocol):
    """A generated event class that has `Delivered` for a base as well."""

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any], /) -> Any:
        """The event of a JSON object. May raise ValueError."""
        ...


def catalogue_of(*classes: Any) -> dict[str, EventClass]:
    """The classes by the names of their events, which are the defaults of their field `event`."""
    return {str(attrs.fields_dict(each)["event"].default): each for each in classes}


@dataclass(frozen=True, slots=True)
class WebhookConventions:
    """How one platform signs its deliveries, and which events it has."""

    signature_header: str
    timestamp_header: str | None
    catalogue: Mapping[str, EventClass]
    """The class of each event."""
    delivery_header: str | None = None
    retry_count_header: str | None = None
    request_id_header: str | None = None
    errors: ErrorFamily = NO_FAMILY
    logger: str = "tandem"
    secret_variables: tuple[str, ...] = ()
    """The environment variables that hold the secrets where none is passed."""

    @property
    def headers(self) -> tuple[str | None, ...]:
        """The names of signature, timestamp, delivery, retry count and request id."""
        return (
            self.signature_header,
            self.timestamp_header,
            self.delivery_header,
            self.retry_count_header,
            self.request_id_header,
        )

    @property
    def where_secrets_come_from(self) -> str:
        """The end of the sentence that tells how to give a secret."""
        return f" or set {self.secret_variables[0]}" if self.secret_variables else ""

    def decode(self, name: str, raw: dict[str, Any], body: bytes, delivery: Delivery) -> WebhookEvent:
        """The event of this name that a signed JSON object is."""
        known = self.catalogue.get(name)
        key = raw.get("idempotency_key")
        if not _is_key(key):
            key = key_in(raw, body)
        data: Any = raw.get("data")
        if known is None or not _json.is_object(data):
            return unknown(raw, key, delivery)
        try:
            event = known.from_dict(raw)
        except (ValueError, TypeError, OverflowError):  # of an event's content: a time that is no time
            return unknown(raw, key, delivery)
        event.key = key
        event.delivery = delivery
        if event.delivery_id is None:
            event.delivery_id = delivery.id
        if event.namespace is None and isinstance(own := data.get("namespace"), str):
            event.namespace = own  # some events name it only there
        return event  # type: ignore[no-any-return]  # generated classes fit the protocol


def key_in(raw: Mapping[str, Any], body: bytes) -> str:
    """What repeats of an event have in common, taken from signed bytes only: a stranger could send other headers."""
    for name in _KEY_FIELDS:
        value = raw.get(name)
        if _is_key(value):
            return value
        if isinstance(value, str) and value:
            return _hashed(value.encode("utf-8", "surrogatepass"))
    return _hashed(body)


def _is_key(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_KEY and value.isascii() and value.isprintable()


def unknown(raw: Mapping[str, Any], key: str, delivery: Delivery) -> UnknownEvent:
    """An event as it came."""
    return UnknownEvent(
        type=raw["event"],
        data=raw.get("data"),
        id=_text(raw, "id"),
        idempotency_key=_text(raw, "idempotency_key"),
        namespace=_text(raw, "namespace"),
        timestamp=_time(raw.get("timestamp")),
        delivery_id=_text(raw, "delivery_id") or delivery.id,
        key=key,
        delivery=delivery,
        raw=raw,
    )


def _text(raw: Mapping[str, Any], name: str) -> str | None:
    value = raw.get(name)
    return value if isinstance(value, str) else None


def _time(value: object) -> datetime.datetime | None:
    try:
        found = moment(value)
    except (ValueError, OverflowError):
        return None
    return found if isinstance(found, datetime.datetime) else None


def _hashed(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
