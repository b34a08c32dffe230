"""The steps in which generated models read JSON.

They are tolerant: a missing field reads as None, and a value of another type than the document promises is kept as it
came. Only a text that should be a time and is none raises ValueError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from ._json import is_array, is_object

T = TypeVar("T")
Decode = Callable[[Mapping[str, Any]], Any]


def nested(decode: Decode, value: Any) -> Any:
    """An object decoded; anything else as it came."""
    return decode(value) if is_object(value) else value


def each_object(decode: Decode, values: Any) -> Any:
    """The objects of an array decoded; anything else as it came."""
    # By class first: a long list of objects spends its time here.
    if values.__class__ is not list and not is_array(values):
        return values
    return [decode(value) if value.__class__ is dict else nested(decode, value) for value in values]


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


class Member(NamedTuple):
    """One class of a union whose objects carry no tag: the keys it needs, those it knows, and its constant fields."""

    decode: Decode
    required: frozenset[str]
    known: frozenset[str]
    constants: Mapping[str, object] = MappingProxyType({})

    def fits(self, value: Mapping[str, Any]) -> bool:
        """Whether an object may be of this class."""
        if not self.required <= value.keys():
            return False
        return all(value.get(key, constant) == constant for key, constant in self.constants.items())


def by_keys(value: Any, members: Iterable[Member]) -> Any:
    """An object decoded as the member that it fits, and of several as the one that knows most of its keys.

    An object that fits none stays a dict.
    """
    if not is_object(value):
        return value
    best, most = None, -1
    for member in members:
        if member.fits(value) and len(member.known & value.keys()) > most:
            best, most = member, len(member.known & value.keys())
    return value if best is None else best.decode(value)


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
