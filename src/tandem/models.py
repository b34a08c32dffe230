"""What generated models are made of: a base class that keeps what it does not know, and the steps of decoding.

Decoding is tolerant: a missing field reads as None, an unknown field is kept in `additional_properties`, and a value of
another type than the document promises is kept as it came. Only a text that should be a time and is none raises
ValueError.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Self, TypeGuard, TypeVar

import attrs

from ._timestamps import day, timestamp

if TYPE_CHECKING:
    from ._meta import ResponseMeta

__all__ = [
    "Empty",
    "Getter",
    "Model",
    "array_of",
    "attach_meta",
    "by_keys",
    "by_tag",
    "day",
    "each_item",
    "each_object",
    "free_form",
    "is_array",
    "is_object",
    "map_items",
    "map_objects",
    "masked",
    "nested",
    "plain",
    "timestamp",
    "unchanged",
    "unknown_fields",
]

T = TypeVar("T")
Getter = Callable[[str], Any]
Decode = Callable[[Mapping[str, Any]], Any]


@attrs.define(kw_only=True, repr=False, getstate_setstate=False)
class Model:
    """Base of every object that an API sends or takes."""

    # getstate_setstate=False: object's own pickling also carries `_response_meta`, which attrs does not know.

    additional_properties: dict[str, Any] = attrs.field(factory=dict[str, Any])
    """Fields that the document does not name, as they came; written back by `to_dict()`."""

    _response_meta: ResponseMeta = attrs.field(init=False, eq=False, repr=False)

    @property
    def response_meta(self) -> ResponseMeta:
        """How this result came about: status, headers, request id, attempts. Only on what a call returned itself."""
        try:
            return self._response_meta
        except AttributeError:
            raise AttributeError(
                f"This {type(self).__name__} is a part of a result, or was not returned by a call; "
                "response_meta is on the object that a method of the client returned."
            ) from None

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Self:
        """The model of a JSON object."""
        return cls(additional_properties=dict(raw))

    def to_dict(self) -> dict[str, Any]:
        """The model as a JSON object: None is left out, but where the API requires the field and allows null."""
        return {key: plain(value) for key, value in self.additional_properties.items()}

    def __repr__(self) -> str:
        shown = [_shown(field, getattr(self, field.name, None)) for field in attrs.fields(type(self))]
        return f"{type(self).__name__}({', '.join(text for text in shown if text)})"


@attrs.define(kw_only=True, repr=False, getstate_setstate=False)
class Empty(Model):
    """The result of a call that is answered without content, such as a delete."""

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any] | None) -> Self:
        """Nothing, whatever came."""
        return cls()

    def __repr__(self) -> str:
        return "<Empty>"


def attach_meta(value: object, meta: ResponseMeta) -> None:
    """Let a result tell how it came about; values which are no models cannot and stay as they are."""
    if isinstance(value, Model):
        value._response_meta = meta  # pyright: ignore[reportPrivateUsage]  # the slot is this module's own


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether a decoded JSON value is an object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Whether a decoded JSON value is an array."""
    return isinstance(value, list)


def masked(value: object) -> str:
    """The repr of a secret."""
    return "***"


def nested(decode: Decode, value: Any) -> Any:
    """An object decoded; anything else as it came."""
    return decode(value) if is_object(value) else value


def each_object(decode: Decode, values: Any) -> Any:
    """The objects of an array decoded; anything else as it came."""
    if not is_array(values):
        return values
    return [nested(decode, value) for value in values]


def each_item(decode: Callable[[Any], Any], values: Any) -> Any:
    """The items of an array decoded, whatever they are."""
    if not is_array(values):
        return values
    return [decode(value) for value in values]


def map_objects(decode: Decode, values: Any) -> Any:
    """The values of an object decoded where they are objects themselves."""
    return map_items(lambda value: nested(decode, value), values)


def map_items(decode: Callable[[Any], Any], values: Any) -> Any:
    """The values of an object decoded, whatever they are."""
    if not is_object(values):
        return values
    return {key: decode(value) for key, value in values.items()}


def by_tag(value: Any, tag: str, members: Mapping[str, Decode]) -> Any:
    """An object decoded as the member that its tag names; of an unknown kind it stays a dict."""
    if not is_object(value):
        return value
    kind = value.get(tag)
    decode = members.get(kind) if isinstance(kind, str) else None
    return value if decode is None else decode(value)


def by_keys(value: Any, members: tuple[tuple[frozenset[str], frozenset[str], Decode], ...]) -> Any:
    """An object decoded as the member whose required keys it has, and of those the one that knows most of its keys.

    `members` are (required keys, known keys, decode). An object that fits none stays a dict.
    """
    if not is_object(value):
        return value
    best, most = None, -1
    for required, known, decode in members:
        if required <= value.keys() and len(known & value.keys()) > most:
            best, most = decode, len(known & value.keys())
    return value if best is None else best(value)


def unknown_fields(raw: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """What the document does not name, in the order in which it came."""
    return {key: value for key, value in raw.items() if key not in known}


def free_form(value: Any) -> dict[str, Any]:
    """A JSON object without a class of its own. Anything else raises TypeError."""
    if not is_object(value):
        raise TypeError(f"expected a JSON object, got {type(value).__name__}")
    return value


def array_of(decode: Callable[[Any], T]) -> Callable[[Any], list[T]]:
    """A decoder for a result that is an array. What is no array raises TypeError."""

    def decode_array(value: Any) -> list[T]:
        if not is_array(value):
            raise TypeError(f"expected a JSON array, got {type(value).__name__}")
        return [decode(item) for item in value]

    return decode_array


def unchanged(value: Any) -> Any:
    """The decoder of what needs none."""
    return value


def plain(value: Any) -> Any:
    """A value as JSON has it: models as dicts and times as text, at any depth."""
    if isinstance(value, Model):
        return value.to_dict()
    if is_object(value):
        return {key: plain(item) for key, item in value.items()}
    if is_array(value):
        return [plain(item) for item in value]
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


def _shown(field: attrs.Attribute[Any], value: Any) -> str:
    if field.repr is False or value is None or (field.name == "additional_properties" and not value):
        return ""
    return f"{field.name}={field.repr(value) if callable(field.repr) else repr(value)}"
