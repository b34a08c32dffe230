"""Whether an input is what a halted instance asks for. Pure."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeGuard

from ._asked import as_object, objects_in
from ._routing import CHOICE_FIELDS, choice_in

if TYPE_CHECKING:
    from interactor_api.models import Instance, InstanceThread

_MOST_FILES = 5
_EMPTY: tuple[object, ...] = (None, "")


def input_faults(instance: Instance | InstanceThread, given: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with an input, by field. Empty when nothing is, or when nobody says what is wanted.

    Source: Interactor workflows guide, Presentations.
    """
    shown = as_object(instance.halting_presentation)
    if shown.get("type") == "form":
        return dict(_form_faults(shown, given))
    if shown.get("type") == "choice":
        return _choice_faults(shown, given)
    return _selection_faults(as_object(instance.halted_options), given)


def field_fault(field: Mapping[str, Any], value: Any) -> str | None:
    """What is wrong with the answer to one field of a form, or None."""
    if value in _EMPTY if isinstance(value, str) else value is None:
        return "is required" if field.get("required") is True else None
    check = _CHECKS.get(str(field.get("type")))
    return check(field, value) if check else None


def _form_faults(form: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for field in objects_in(form.get("fields")):
        name = field.get("name")
        if isinstance(name, str) and (fault := field_fault(field, given.get(name))):
            yield name, fault


def _choice_faults(choice: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, str]:
    if "choice" not in given:
        return {"choice": f"is required: {_listed(choice)}"}
    fault = _select(choice, given["choice"])
    return {"choice": fault} if fault else {}


def _selection_faults(options: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, str]:
    # Which field names the choice is nowhere fixed: only a text in one of the usual ones can be told to be wrong.
    keys = [str(way.get("key")) for way in objects_in(options.get("choices"))]
    if not keys or choice_in(given, set(keys)) is not None:
        return {}
    return {name: f"is one of {', '.join(keys)}" for name in CHOICE_FIELDS if isinstance(given.get(name), str)}


def _string(field: Mapping[str, Any], value: Any) -> str | None:
    most = field.get("maxLength")
    if not isinstance(value, str):
        return f"is a text, not {_kind(value)}"
    if isinstance(most, int) and len(value) > most:
        return f"has {len(value)} characters, {most} are allowed"
    return None


def _number(field: Mapping[str, Any], value: Any) -> str | None:
    if not _is_number(value):
        return f"is a number, not {_kind(value)}"
    if isinstance(value, float) and not math.isfinite(value):
        return f"is a number, not {value}"
    least, most, step = field.get("min"), field.get("max"), field.get("step")
    if _is_number(least) and value < least:
        return f"is at least {least}, not {value}"
    if _is_number(most) and value > most:
        return f"is at most {most}, not {value}"
    # Steps are counted from the smallest value, as in an HTML form.
    if _is_number(step) and step > 0 and not _is_in_steps(value, least if _is_number(least) else 0, step):
        return f"goes in steps of {step}, which {value} does not fit"
    return None


def _is_in_steps(value: float, least: float, step: float) -> bool:
    try:
        steps = (value - least) / step
        return math.isclose(steps, round(steps), abs_tol=1e-9)
    except OverflowError:
        return False


def _boolean(_field: Mapping[str, Any], value: Any) -> str | None:
    return None if isinstance(value, bool) else f"is true or false, not {_kind(value)}"


def _select(field: Mapping[str, Any], value: Any) -> str | None:
    values = [option.get("value") for option in objects_in(field.get("options"))]
    return None if not values or value in values else f"is one of {_listed(field)}"


def _date(field: Mapping[str, Any], value: Any) -> str | None:
    day = _day(value)
    if day is None:
        return "is a date like 2026-01-31"
    first, last = _day(field.get("minDate")), _day(field.get("maxDate"))
    if first is not None and day < first:
        return f"is {first} or later"
    if last is not None and day > last:
        return f"is {last} or earlier"
    return None


def _file(_field: Mapping[str, Any], value: Any) -> str | None:
    many = isinstance(value, list) and len(value) > _MOST_FILES  # pyright: ignore[reportUnknownArgumentType]  # of anything
    return f"takes at most {_MOST_FILES} files" if many else None


_CHECKS: dict[str, Callable[[Mapping[str, Any], Any], str | None]] = {
    "string": _string,
    "number": _number,
    "boolean": _boolean,
    "select": _select,
    "date": _date,
    "file": _file,
}


def _day(value: Any) -> datetime.date | None:
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    if not isinstance(value, str) or value[10:11] not in ("", "T", " "):
        return None
    try:
        return datetime.date.fromisoformat(value[:10])
    except ValueError:
        return None


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _listed(field: Mapping[str, Any]) -> str:
    return ", ".join(str(option.get("value")) for option in objects_in(field.get("options")))


def _kind(value: Any) -> str:
    return "true or false" if isinstance(value, bool) else type(value).__name__
