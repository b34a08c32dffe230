"""The rules for logic, presentations and halting instructions.

Sources: Interactor workflows guide, Workflow Logic, Halting Instructions, Halting Presentations and Field Types.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from tandem._json import is_array, is_object

from ._conditions import is_number
from ._limits import LARGEST_FILE, LARGEST_SCRIPT, MOST_FIELDS
from ._places import Place
from ._rules import (
    Found,
    Rule,
    anything,
    by_type,
    fault,
    flag,
    listed,
    mapped,
    number,
    one_of,
    record,
    shown,
    text,
    warning,
    whole,
    words,
)


def _code(place: Place, value: Any) -> Found:
    yield from text(place, value)
    if isinstance(value, str) and len(value.encode(errors="replace")) > LARGEST_SCRIPT:
        yield fault(place, "too_long", "is longer than 64 kB, the most for a script")


def _date(place: Place, value: Any) -> Found:
    yield from text(place, value)
    if isinstance(value, str) and "${" not in value and not _is_date(value):
        yield fault(place, "no_date", f"{shown(value)} is no date; write it as YYYY-MM-DD")


def _is_date(value: str) -> bool:
    try:
        return bool(datetime.date.fromisoformat(value[:10])) and (len(value) == 10 or value[10] in "T ")
    except ValueError:
        return False


def _twice(items: str, by: str) -> Rule:
    """Two items that cannot be told apart."""

    def rule(place: Place, value: Any) -> Found:
        seen: set[str] = set()
        for index, name in _names(value.get(items), by):
            if name in seen:
                yield fault((*place, items, index, by), "twice", f"{shown(name)} stands here twice")
            seen.add(name)

    return rule


def _names(items: Any, by: str) -> Iterator[tuple[int, str]]:
    for index, item in enumerate(items if is_array(items) else []):
        if is_object(item) and isinstance(item.get(by), str):
            yield index, item[by]


def _some(items: str) -> Rule:
    def rule(place: Place, value: Any) -> Found:
        if value.get(items) == []:
            yield warning((*place, items), "empty", f"there are no {items}: nobody can answer")

    return rule


def _span(least: str, most: str) -> Rule:
    """Two ends in their order."""

    def rule(place: Place, value: Any) -> Found:
        low, high = value.get(least), value.get(most)
        comparable = (is_number(low) and is_number(high)) or (isinstance(low, str) and isinstance(high, str))
        if comparable and low > high:
            yield warning((*place, least), "span", f"{least} is greater than {most}: no answer is possible")

    return rule


def _default(place: Place, value: Any) -> Found:
    """A value to begin with that the field itself would refuse."""
    begin, kind = value.get("default"), value.get("type")
    if begin is None or (isinstance(begin, str) and "${" in begin):
        return
    fits: Mapping[str, bool] = {
        "string": isinstance(begin, str),
        "number": is_number(begin),
        "boolean": isinstance(begin, bool),
        "select": any(begin == option for _, option in _names(value.get("options"), "value")),
        "date": isinstance(begin, str) and _is_date(begin),
    }
    if not fits.get(kind, True):
        yield warning((*place, "default"), "default", f"{shown(begin)} is no answer to a {kind} field")


def _field(required: Mapping[str, Rule], optional: Mapping[str, Rule], *more: Rule) -> Rule:
    common = {"label": text, "required": flag, "default": anything, "description": text}
    return record({"type": text, "name": words, **required}, {**common, **optional}, _default, *more)


_option = record({"value": text, "label": text}, {"description": text})
_options = listed(_option)
_FIELDS = {
    "string": _field({}, {"multiline": flag, "placeholder": text, "maxLength": whole(0)}),
    "number": _field({}, {"placeholder": text, "min": number, "max": number, "step": number}, _span("min", "max")),
    "boolean": _field({}, {}),
    "select": _field({"options": _options}, {"placeholder": text}, _twice("options", "value"), _some("options")),
    "date": _field({}, {"placeholder": text, "minDate": _date, "maxDate": _date}, _span("minDate", "maxDate")),
    "file": _field({}, {"accept": text, "maxSize": whole(1, LARGEST_FILE)}),
}

presentation = by_type(
    {
        "form": record(
            {"type": text, "fields": listed(by_type(_FIELDS), most=MOST_FIELDS)},
            {"title": text, "description": text},
            _twice("fields", "name"),
        ),
        "choice": record(
            {"type": text, "options": _options},
            {"title": text, "description": text, "message": text},
            _twice("options", "value"),
            _some("options"),
        ),
        "message": record({"type": text, "message": text}, {"title": text, "description": text, "show_progress": flag}),
    }
)

logic = by_type(
    {
        "script": record({"type": text, "code": _code}, {}),
        "http": record(
            {"type": text, "method": one_of("GET", "POST", "PUT", "PATCH", "DELETE"), "url": words},
            {
                "headers": mapped(text),
                "body": anything,
                "timeout": whole(1),
                "retry": record({"attempts": whole(1)}, {"backoff": one_of("exponential", "linear")}),
            },
        ),
    }
)

_told = by_type(
    {
        "ai": record(
            {
                "type": text,
                "config": record({"prompt": words}, {"model": words, "include_data_paths": listed(words)}),
            },
            {},
        ),
        "message": record({"type": text, "config": record({"message": words}, {"title": text})}, {}),
    }
)
_short = record({"instruction": words}, {"include_data": listed(words), "type": one_of("ai")})


def instructions(place: Place, value: Any) -> Found:
    """Halting instructions, in the long form with `type` and `config` or in the short one with `instruction`."""
    if is_object(value) and "instruction" in value and "config" in value:
        yield fault(place, "ambiguous", "has instruction and config: only one of them can be shown")
    elif is_object(value) and "instruction" not in value and ("type" in value or "config" in value):
        yield from _told(place, value)
    else:
        yield from _short(place, value)
