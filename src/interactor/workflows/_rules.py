"""What rules are made of: each takes a value and its place, and yields the faults that it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from tandem._json import is_array, is_object

from ._conditions import is_number
from ._faults import Fault, Severity
from ._places import Place, written

_LONGEST_GUESS = 64
Found = Iterator[Fault]
Rule = Callable[[Place, Any], Found]


def fault(place: Place, code: str, message: str, severity: Severity = "error") -> Fault:
    """A fault at a place."""
    return Fault(written(place), code, message, severity)


def warning(place: Place, code: str, message: str) -> Fault:
    """A fault that the platform accepts."""
    return fault(place, code, message, "warning")


def anything(place: Place, value: Any) -> Found:
    """Every JSON value will do."""
    return iter(())


def text(place: Place, value: Any) -> Found:
    """A text, an empty one too."""
    if not isinstance(value, str):
        yield _mistyped(place, "a text", value)


def words(place: Place, value: Any) -> Found:
    """A text that is not empty."""
    yield from text(place, value)
    if value == "":
        yield fault(place, "empty", "must not be empty")


def flag(place: Place, value: Any) -> Found:
    """True or false."""
    if not isinstance(value, bool):
        yield _mistyped(place, "true or false", value)


def number(place: Place, value: Any) -> Found:
    """Any number."""
    if not is_number(value):
        yield _mistyped(place, "a number", value)


def whole(least: int, most: int | None = None) -> Rule:
    """A whole number within bounds."""

    def rule(place: Place, value: Any) -> Found:
        if not is_number(value) or (isinstance(value, float) and not value.is_integer()):
            yield _mistyped(place, "a whole number", value)
        elif value < least:
            yield fault(place, "too_small", f"must be at least {least}")
        elif most is not None and value > most:
            yield fault(place, "too_large", f"must be at most {most:,}")

    return rule


def one_of(*words: str) -> Rule:
    """One of these texts."""

    def rule(place: Place, value: Any) -> Found:
        if not isinstance(value, str) or value not in words:
            yield fault(place, "unknown_value", f"{shown(value)} is none of {', '.join(words)}{meant(value, words)}")

    return rule


def listed(rule: Rule, *, least: int = 0, most: int | None = None) -> Rule:
    """A list whose items keep a rule."""

    def check(place: Place, value: Any) -> Found:
        if not is_array(value):
            yield _mistyped(place, "a list", value)
            return
        if len(value) < least:
            yield fault(place, "empty", "must not be empty")
        if most is not None and len(value) > most:
            yield fault(place, "too_many", f"has {len(value)} items; at most {most} are allowed")
        for index, item in enumerate(value):
            yield from rule((*place, index), item)

    return check


def mapped(rule: Rule) -> Rule:
    """An object with any names whose values keep a rule."""

    def check(place: Place, value: Any) -> Found:
        if not is_object(value):
            yield _mistyped(place, "an object", value)
            return
        for name, item in value.items():
            yield from rule((*place, name), item)

    return check


def record(required: Mapping[str, Rule], optional: Mapping[str, Rule], *more: Rule) -> Rule:
    """An object with these fields; others are warned of. `more` rules see the whole, and must bear any value in it."""
    known = {**required, **optional}

    def check(place: Place, value: Any) -> Found:
        if not is_object(value):
            yield _mistyped(place, "an object", value)
            return
        for name in required:
            if name not in value:
                yield fault((*place, name), "required", "is required")
        for name, item in value.items():
            rule = known.get(name)
            yield from unknown(place, name, known) if rule is None else rule((*place, name), item)
        for rule in more:
            yield from rule(place, value)

    return check


def by_type(kinds: Mapping[str, Rule]) -> Rule:
    """An object whose `type` tells which rule it has to keep."""

    def check(place: Place, value: Any) -> Found:
        if not is_object(value):
            yield _mistyped(place, "an object", value)
        elif "type" not in value:
            yield fault((*place, "type"), "required", f"is required: one of {', '.join(kinds)}")
        else:
            kind = value["type"]
            rule = kinds.get(kind) if isinstance(kind, str) else None
            yield from one_of(*kinds)((*place, "type"), kind) if rule is None else rule(place, value)

    return check


def unknown(place: Place, name: str, known: Iterable[str]) -> Found:
    """A field that nobody reads."""
    yield warning((*place, name), "unknown_field", f"is not a documented field{meant(name, known)}")


def meant(value: Any, words: Iterable[str]) -> str:
    """A guess at what a misspelt word was to be, as the end of a sentence."""
    close = _closest(value, tuple(words)) if isinstance(value, str) and len(value) <= _LONGEST_GUESS else None
    return "" if close is None else f"; did you mean {close}?"


@lru_cache(maxsize=4096)  # who misspells a field does so in every state
def _closest(value: str, words: tuple[str, ...]) -> str | None:
    return next(iter(get_close_matches(value, words, n=1)), None)


def shown(value: Any) -> str:
    """A value within a sentence, cut where it is long."""
    words = value if isinstance(value, str) else str(value) if is_number(value) else kind_of(value)
    return words if len(words) <= 60 else f"{words[:60]}…"


_KINDS = {
    "bool": "a boolean",
    "str": "a text",
    "list": "a list",
    "dict": "an object",
    "int": "a number",
    "float": "a number",
}


def kind_of(value: Any) -> str:
    """What a JSON value is, in a word."""
    if value is None:
        return "null"
    name = type(value).__name__
    return _KINDS.get(name, f"a {name}")


def _mistyped(place: Place, wanted: str, value: Any) -> Fault:
    return fault(place, "type", f"must be {wanted}, not {kind_of(value)}")
