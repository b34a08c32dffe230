"""What a tool delivered, as the assistant reads it."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import inspect
import json
from collections.abc import KeysView, Mapping, Sequence, Set, ValuesView
from typing import Any, cast

_LONGEST = 2_000  # characters of a problem that the assistant reads


class NoResultError(Exception):
    """What a tool returned cannot be told to an assistant."""


def result_of(value: object) -> Any:
    """What a tool returned, as JSON has it. Raises NoResultError."""
    if inspect.iscoroutine(value):
        value.close()
        raise NoResultError("The tool returned a coroutine. Make it an async function")
    try:
        return json.loads(json.dumps(value, default=_plain, allow_nan=False))
    except Exception as problem:  # the user's own objects take part in writing themselves
        raise NoResultError(
            f"The tool returned a value of type {type(value).__name__}, which JSON cannot say"
        ) from problem


def failure(problem: BaseException) -> str:
    """What the assistant is told when a tool failed: what went wrong, and nothing of where."""
    try:
        text = str(problem)
    except Exception:  # an exception of the user's own
        text = ""
    name = type(problem).__name__
    return f"{name}: {text}"[:_LONGEST] if text else name


def _plain(value: Any) -> Any:
    """A value as something that JSON has, one level deep."""
    kind = cast("Any", type(value))
    for method, arguments in (("to_dict", {}), ("model_dump", {"mode": "json"})):
        if callable(write := getattr(value, method, None)):
            return write(**arguments)
    if issubclass(kind, datetime.date | datetime.time):
        return value.isoformat()
    if issubclass(kind, enum.Enum):
        return value.value
    names = _field_names(kind)
    if names is not None:
        return {name: getattr(value, name) for name in names}
    if issubclass(kind, Mapping):
        return dict(value)
    if issubclass(kind, Set | Sequence | KeysView | ValuesView) and not issubclass(
        kind, bytes | bytearray | memoryview
    ):
        return list(value)
    if kind.__module__.partition(".")[0] in {"decimal", "uuid", "pathlib"}:
        return str(value)
    raise TypeError


def _field_names(kind: Any) -> list[str] | None:
    if dataclasses.is_dataclass(kind):
        return [field.name for field in dataclasses.fields(kind)]
    attributes: Any = getattr(kind, "__attrs_attrs__", None)
    return None if attributes is None else [attribute.name for attribute in attributes]
