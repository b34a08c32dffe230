"""JSON in and out: the one place that knows which encoder does it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeGuard

_read = json.JSONDecoder().raw_decode


def dumps(value: Any) -> bytes:
    """Compact JSON as UTF-8. Models (anything with `to_dict()`), dates and times are written as the API expects.

    Raises ValueError, TypeError or RecursionError on what JSON cannot say.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain, allow_nan=False)
    return text.encode()


def loads(data: bytes) -> Any:
    """JSON as plain values. Raises ValueError or RecursionError on what is not JSON."""
    try:
        text = data.decode()
        value, end = _read(text)  # a third faster than json.loads, for JSON without spaces around it
        return value if end == len(text) else json.loads(data)
    except ValueError:
        return json.loads(data)  # other encodings; and it says what is wrong


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether a decoded JSON value is an object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Whether a decoded JSON value is an array."""
    return isinstance(value, list)


def _plain(value: Any) -> Any:
    to_dict = getattr(value, "to_dict", None)
    if to_dict is not None:
        return to_dict()
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return list(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # any element type will do
    if isinstance(value, Mapping):
        return dict(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # any value type will do
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} cannot be sent as JSON")
