"""Limits that grew tighter or wider."""

from __future__ import annotations

from typing import Any

from ._changes import Changes, Direction
from ._document import Node

_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")


def compare_limits(changes: Changes, place: str, old: Node, new: Node, direction: Direction) -> None:
    """A tighter limit on what is sent breaks callers; a limit on what is received never does."""
    for key in (*_UPPER, *_LOWER):
        before, after = old.get(key), new.get(key)
        if before != after:
            tighter = _tighter(before, after, upper=key in _UPPER)
            said = f"{key} is {_told(after)}, was {_told(before)}"
            changes.add(place, said, breaks=tighter and direction == "in")
    for key in ("pattern", "multipleOf", "uniqueItems"):
        before, after = old.get(key) or None, new.get(key) or None
        if before != after:
            said = f"{key} is {_told(after)}, was {_told(before)}"
            changes.add(place, said, breaks=after is not None and direction == "in")


def _tighter(before: Any, after: Any, *, upper: bool) -> bool:
    if after is None:
        return False
    if before is None:
        return True
    return bool(after < before) if upper else bool(after > before)


def _told(value: Any) -> str:
    return "none" if value is None else repr(value) if isinstance(value, str) else str(value)
