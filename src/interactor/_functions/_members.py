"""The fields of a class that is made of fields: TypedDict, dataclass, attrs class, NamedTuple."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Iterator
from typing import Any

from tandem import _json


@dataclasses.dataclass(frozen=True, slots=True)
class Member:
    """A field of a class: its name in JSON, its annotation as it was written, and whether it must be given."""

    name: str
    annotation: Any
    required: bool
    default: Any = None


def members_of(cls: Any) -> list[Member] | None:
    """The fields of a class; None when it is not made of fields."""
    hints = _hints(cls)
    if is_typed_dict(cls):
        return [Member(name, hint, name in cls.__required_keys__) for name, hint in hints.items()]
    if dataclasses.is_dataclass(cls):
        return list(_of_dataclass(cls, hints))
    if hasattr(cls, "__attrs_attrs__"):
        return list(_of_attrs_class(cls, hints))
    defaults: dict[str, Any] | None = getattr(cls, "_field_defaults", None)  # a NamedTuple has them
    if defaults is not None:
        return [Member(name, hint, name not in defaults, as_json(defaults.get(name))) for name, hint in hints.items()]
    return None


def is_typed_dict(cls: type) -> bool:
    """Whether it is a TypedDict, also one of typing_extensions."""
    return hasattr(cls, "__required_keys__") and hasattr(cls, "__total__")


def as_json(value: Any) -> Any:
    """A value as JSON has it, or None when it has none."""
    try:
        return _json.loads(_json.dumps(value))
    except (ValueError, TypeError, RecursionError):
        return None


def _of_dataclass(cls: Any, hints: dict[str, Any]) -> Iterator[Member]:
    for field in dataclasses.fields(cls):
        if field.init:
            plain = field.default is not dataclasses.MISSING
            required = not plain and field.default_factory is dataclasses.MISSING
            yield Member(field.name, hints[field.name], required, as_json(field.default) if plain else None)


def _of_attrs_class(cls: Any, hints: dict[str, Any]) -> Iterator[Member]:
    nothing = sys.modules["attr"].NOTHING
    for field in cls.__attrs_attrs__:
        if field.init:
            required = field.default is nothing
            default = None if required else as_json(field.default)
            yield Member(field.alias, hints.get(field.name, Any), required, default)


def _hints(cls: type) -> dict[str, Any]:
    """The annotations of a class and its bases, as they were written."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        found |= inspect.get_annotations(base)
    return found
