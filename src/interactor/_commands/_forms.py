"""What a halted instance asks, as questions for a terminal. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interactor.workflows._asked import as_object, objects_in
from interactor.workflows._inputs import field_fault

if TYPE_CHECKING:
    from interactor_api.models import Instance

_YES, _NO = frozenset({"y", "yes", "true", "1"}), frozenset({"n", "no", "false", "0"})


@dataclass(frozen=True)
class Question:
    """One thing to ask. `read` turns what was typed into a value, or raises ValueError with what is wrong."""

    name: str
    prompt: str
    read: Callable[[str], Any]


def introduction(instance: Instance) -> str:
    """What to say before the questions."""
    shown, options = as_object(instance.halting_presentation), as_object(instance.halted_options)
    texts = [shown.get("title"), shown.get("description"), shown.get("message"), options.get("instruction")]
    return "\n".join(str(text) for text in texts if text)


def questions(instance: Instance) -> list[Question]:
    """What to ask, in order. Where the instance does not say, the input as a whole."""
    shown, options = as_object(instance.halting_presentation), as_object(instance.halted_options)
    if shown.get("type") == "form":
        return [_question(field) for field in objects_in(shown.get("fields"))]
    if shown.get("type") == "choice":
        return [_question({**shown, "name": "choice", "type": "select", "required": True})]
    if choices := objects_in(options.get("choices")):
        ways = [{"value": way.get("key"), "label": way.get("description")} for way in choices]
        return [_question({"name": "choice", "type": "select", "required": True, "options": ways})]
    return [Question("", "Input, as JSON [{}]: ", _json_object)]


def _question(field: Mapping[str, Any]) -> Question:
    def read(text: str) -> Any:
        value = field.get("default") if not text else _value(field, text)
        if fault := field_fault(field, value):
            raise ValueError(fault)
        return value

    return Question(str(field.get("name")), _prompt(field), read)


def _prompt(field: Mapping[str, Any]) -> str:
    label = str(field.get("label") or field.get("title") or field.get("name"))
    listed = "".join(
        f"\n  {_numbered(number, option)}" for number, option in enumerate(objects_in(field.get("options")), 1)
    )
    hint = {"boolean": " (y/n)", "date": " (YYYY-MM-DD)"}.get(str(field.get("type")), "")
    default = field.get("default")
    return f"{label}{hint}{'' if default is None else f' [{default}]'}{listed}: "


def _numbered(number: int, option: Mapping[str, Any]) -> str:
    value, label = option.get("value"), option.get("label")
    return f"{number} {value}" + (f" - {label}" if label and label != value else "")


def _value(field: Mapping[str, Any], text: str) -> Any:
    match field.get("type"):
        case "boolean":
            return True if text.lower() in _YES else False if text.lower() in _NO else text
        case "number":
            return _number(text)
        case "select":
            options = objects_in(field.get("options"))
            chosen = text.isdecimal() and len(text) < 4 and 0 < int(text) <= len(options)
            return options[int(text) - 1].get("value") if chosen else text
        case _:
            return text


def _number(text: str) -> Any:
    for read in (int, float):
        with suppress(ValueError):
            return read(text)
    return text


def _json_object(text: str) -> Any:
    try:
        value = json.loads(text or "{}")
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ValueError('is a JSON object, like {"approved": true}')
    return value  # pyright: ignore[reportUnknownVariableType]  # of anything
