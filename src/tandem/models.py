"""What generated models are made of: a base class that keeps what it does not know, and the steps of decoding."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, cast

import attrs

from ._decoding import (
    Member,
    array_of,
    by_keys,
    by_tag,
    each_item,
    each_object,
    free_form,
    map_items,
    map_objects,
    nested,
    unchanged,
)
from ._json import is_array, is_object
from ._timestamps import day, time_text, timestamp

if TYPE_CHECKING:
    from ._meta import ResponseMeta

__all__ = [
    "Empty",
    "Member",
    "Model",
    "array_of",
    "attach_meta",
    "blank",
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
    "sent",
    "timestamp",
    "unchanged",
    "within",
    "written",
]


blank: Any = object.__new__
"""A model without its fields yet, by its class: quicker under a name of its own than as `cls.__new__`."""

_ATOMS = frozenset({str, int, float, bool, type(None)})


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
        return cls.from_fresh({**raw})

    @classmethod
    def from_fresh(cls, raw: dict[str, Any]) -> Self:
        """The model of a JSON object that nobody else holds: it is taken apart, which is quicker than a copy.

        `from_dict` is built on it: a model that reads its fields in another way says so here.
        """
        return cls(additional_properties=raw)

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

    @classmethod
    def from_fresh(cls, raw: dict[str, Any]) -> Self:
        """Nothing, whatever came."""
        return cls()

    def __repr__(self) -> str:
        return "<Empty>"


def attach_meta(value: object, meta: ResponseMeta) -> None:
    """Let a result tell how it came about; values which are no models cannot and stay as they are."""
    if isinstance(value, Model):
        value._response_meta = meta  # pyright: ignore[reportPrivateUsage]  # the slot is this module's own


def written(fields: dict[str, Any], extra: Mapping[str, Any], *, null: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The JSON object of these fields and what came beside them: None is left out, but for the fields in `null`."""
    raw = {key: value for key, value in fields.items() if value is not None or key in null}
    raw.update(extra)
    return raw


def masked(value: object) -> str:
    """The repr of a secret."""
    return "***"


class _Null:
    """A null that is sent, where None would mean that a field is not given."""

    def to_dict(self) -> None:
        """How it is written as JSON."""


_NULL = _Null()


def sent(value: Any) -> Any:
    """A required field of a request body, for which None is a value like any other: it is sent as null."""
    return _NULL if value is None else value


def within(options: Any, namespace: str | None) -> Any:
    """The options of a call whose own argument names a namespace: its header says that too, unless they say another."""
    if namespace is None or not isinstance(options, Mapping | None):
        return options
    return {"namespace": namespace, **cast("Mapping[str, Any]", options or {})}


def plain(value: Any) -> Any:
    """A value as JSON has it: models as dicts and times as text, at any depth."""
    if value.__class__ in _ATOMS:
        return value
    if isinstance(value, datetime.date):
        return time_text(value)
    if is_array(value):
        return [plain(item) for item in value]
    if is_object(value):
        return {key: plain(item) for key, item in value.items()}
    return value.to_dict() if isinstance(value, Model) else value


def _shown(field: attrs.Attribute[Any], value: Any) -> str:
    if field.repr is False or value is None or (field.name == "additional_properties" and not value):
        return ""
    return f"{field.alias}={field.repr(value) if callable(field.repr) else repr(value)}"
