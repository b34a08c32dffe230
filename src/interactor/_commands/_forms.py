"""What a halted instance asks, as questions for a terminal. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
    shown, options = _plain(instance.halting_presentation), _plain(instance.halted_options)
    texts = [shown.get("title"), shown.get("description"), shown.get("message"), options.get("instruction")]
    return "\n".join(str(text) for text in texts if text)


def questions(instance: Instance) -> list[Question]:
    """What to ask, in order. Where the instance does not say, the input as a whole."""
    shown, options = _plain(instance.halting_presentation), _plain(instance.halted_options)
    if shown.get("type") == "form":
        return [_question(field) for field in shown.get("fields") or ()]
    if shown.get("type") == "choice":
        return [_question({**shown, "name": "choice", "type": "select", "required": True})]
    if options.get("choices"):
        ways = [{"value": way["key"], "label": way.get("description")} for way in options["choices"]]
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
    listed = "".join(f"\n  {_numbered(number, option)}" for number, option in enumerate(field.get("options") or (), 1))
    hint = {"boolean": " (y/n)", "date": " (YYYY-MM-DD)"}.get(str(field.get("type")), "")
    default = field.get("default")
    return f"{label}{hint}{'' if default is None else f' [{default}]'}{listed}: "


def _numbered(number: int, option: Mapping[str, Any]) -> str:
    label = option.get("label")
    return f"{number} {option['value']}" + (f" - {label}" if label and label != option["value"] else "")


def _value(field: Mapping[str, Any], text: str) -> Any:
    match field.get("type"):
        case "boolean":
            return True if text.lower() in _YES else False if text.lower() in _NO else text
        case "number":
            return _number(text)
        case "select":
            options = field.get("options") or ()
            chosen = text.isdecimal() and len(text) < 4 and 0 < int(text) <= len(options)
            return options[int(text) - 1]["value"] if chosen else text
        case _:
            return text


def _number(text: str) -> Any:
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


def _json_object(text: str) -> Any:
    try:
        value = json.loads(text or "{}")
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ValueError('is a JSON object, like {"approved": true}')
    return value  # pyright: ignore[reportUnknownVariableType]  # of anything


def _plain(value: Any) -> dict[str, Any]:
    to_dict = getattr(value, "to_dict", None)
    found: Any = to_dict() if to_dict is not None else value
    return found if isinstance(found, dict) else {}  # pyright: ignore[reportUnknownVariableType]  # of anything
