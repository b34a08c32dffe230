"""JSON in and out: the one place that knows which encoder does it."""

from __future__ import annotations

import datetime
import functools
import json
from collections.abc import Callable, Mapping
from enum import Enum
from importlib import import_module
from typing import Any, NamedTuple, TypeGuard

from ._timestamps import time_text

_scan: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder().scan_once  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # what raw_decode calls, which the stubs leave out
_LONGEST = 4 * 1024 * 1024  # bytes; looking through a longer text would take a large copy of it
_ALIKE = bytes(ord("0") if chr(byte) in "0123456789" else byte for byte in range(256))
_LONG_NUMBER = b"0" * 19
_WRITTEN = (dict, list, tuple, str, int, float)
_SAMPLE, _STEP = b"0000", 4  # of a long number that is read in steps, for it is seldom there: four of 19 are seen


class Codec(NamedTuple):
    """The functions of an optional library. They raise ValueError or TypeError on what only the usual ones can do."""

    loads: Callable[[bytes], Any]
    dumps: Callable[[Any], bytes]


def dumps(value: Any) -> bytes:
    """Compact JSON as UTF-8. Models (anything with `to_dict()`), dates, times and UUIDs are written as the API expects.

    Raises ValueError, TypeError or RecursionError on what JSON cannot say. Encoded natively where `orjson` is
    installed; values and errors are the same, but for one: there, each Enum is written as its `value`, while elsewhere
    one that is a str or an int as well is written as that. For StrEnum and IntEnum both are the same.
    """
    native = codec()
    if native is not None:
        try:
            text = native.dumps(value)
        except (ValueError, TypeError, RecursionError):
            pass  # keys that are no strings, subclasses of str and list, great numbers: or it is wrong, and how?
        else:
            if b"null" not in text:  # that may be a NaN
                return text
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=plain, allow_nan=False).encode()


def loads(data: bytes) -> Any:
    """JSON as plain values. Raises ValueError or RecursionError on what is not JSON.

    Decoded natively where `orjson` is installed; values and errors are the same.
    """
    native = codec()
    # A number of more than 64 bits would silently become a float.
    if native is not None and len(data) <= _LONGEST and not _has_long_number(data):
        try:
            return native.loads(data)
        except ValueError:
            pass  # other encodings, NaN, half a surrogate pair, great depth: the usual decoder knows what they are
    return _loads(data)


def _loads(data: bytes) -> Any:
    try:
        text = data.decode()
        value, end = _scan(text, 0)  # a third faster than json.loads, for JSON without spaces around it
        return value if end == len(text) else json.loads(data)
    except (ValueError, StopIteration):
        return json.loads(data)  # other encodings; and it says what is wrong


def _has_long_number(data: bytes) -> bool:
    return _SAMPLE in data[::_STEP].translate(_ALIKE) and _LONG_NUMBER in data.translate(_ALIKE)


@functools.cache
def codec() -> Codec | None:
    """What an optional library does faster. It is loaded at the first use."""
    try:
        orjson: Any = import_module("orjson")
    except ImportError:
        return None
    ours = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS
    return Codec(orjson.loads, functools.partial(orjson.dumps, default=_foreign, option=ours))


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether a decoded JSON value is an object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Whether a decoded JSON value is an array."""
    return isinstance(value, list)


def plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    to_dict = getattr(value, "to_dict", None)
    if to_dict is not None:
        return to_dict()
    if isinstance(value, datetime.date):
        return time_text(value)
    if isinstance(value, set | frozenset):
        return list(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # any element type will do
    if isinstance(value, Mapping):
        return dict(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # any value type will do
    from uuid import UUID  # loaded by whoever has one

    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be sent as JSON")


def _foreign(value: Any) -> Any:
    """What stands for a value that the native encoder does not know."""
    if isinstance(value, _WRITTEN):
        raise TypeError  # the usual encoder never asks about these, whatever methods they have
    return plain(value)
