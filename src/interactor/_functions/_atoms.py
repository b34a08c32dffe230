"""The simplest shapes: those that JSON has itself, and those that are written as text."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from typing import Any, Final

from ._shapes import Atom, is_number, is_text, is_whole

_LOGIC = {"true": True, "false": False}


def _whole(value: Any) -> int:
    number = int(value)
    # Python reads "1_000" and "٣" as well; a model that means a number writes digits.
    if is_text(value) and not value.strip().lstrip("+-").isascii():
        raise ValueError
    return number


def _number(value: Any) -> float:
    number = float(value)
    if not is_number(number):
        raise ValueError
    return number


def _short(value: Any) -> bool:
    return is_text(value) and len(value) <= 100


def _logic(value: Any) -> bool:
    return value if isinstance(value, bool) else _LOGIC[value.lower()]


def _is_logic(value: Any) -> bool:
    return isinstance(value, bool)


def _says_logic(value: Any) -> bool:
    return is_text(value) and value.lower() in _LOGIC


def _is_nothing(value: Any) -> bool:
    return value is None


def _number_or_text(value: Any) -> bool:
    return is_number(value) or _short(value)


def _decimal(value: Any) -> Decimal:
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError
    return number


NOTHING: Final = Atom("null", "null", _is_nothing, lambda value: value)
ATOMS: Final[dict[type, Atom]] = {
    str: Atom("text", "string", is_text, lambda value: value),
    bool: Atom("true or false", "boolean", _is_logic, _logic, _says_logic),
    int: Atom("a whole number", "integer", is_whole, _whole, _short),
    float: Atom("a number", "number", is_number, _number, _short),
    Decimal: Atom("a decimal number", "number", _number_or_text, _decimal),
    datetime.datetime: Atom(
        "a time such as 2026-01-20T12:00:00Z", "string", is_text, datetime.datetime.fromisoformat, format="date-time"
    ),
    datetime.date: Atom("a day such as 2026-01-20", "string", is_text, datetime.date.fromisoformat, format="date"),
    datetime.time: Atom(
        "a time of day such as 12:30:00", "string", is_text, datetime.time.fromisoformat, format="time"
    ),
    uuid.UUID: Atom("a UUID", "string", is_text, uuid.UUID, format="uuid"),
}
"""The shape of each simple type. Annotations look a class up by identity: a subclass is another class."""
