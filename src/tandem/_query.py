"""Query strings and path segments from the values that a user gave."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, cast
from urllib.parse import quote, urlencode

from ._calls import QueryStyle
from ._timestamps import time_text

_PLAIN = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9_.~-]*+")  # nearly every name and value: it needs no quoting
_SIMPLE = frozenset({str, int})
_FREE = frozenset[str]()


def encode_segment(value: object, reserved: frozenset[str] = _FREE) -> str:
    """One path segment. Raises ValueError, with the reason, on what would name another resource or none."""
    if type(value) is str and value not in reserved and _PLAIN.fullmatch(value):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"an id is text, not {type(value).__name__}")
    text = query_text(value)
    if text in {"", ".", ".."}:
        # Servers and proxies fold these away: the request would reach the parent resource.
        raise ValueError(f"{text!r} names no object")
    if text in reserved:
        raise ValueError(f"{text!r} is a reserved word: at its place in the path it names an endpoint, not an object")
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise ValueError("an id must be valid Unicode text") from None


def encode_query(query: Mapping[str, Any], styles: Mapping[str, QueryStyle]) -> str:
    """The query string without its question mark. None is left out. Raises ValueError on what is no text."""
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        if type(value) in _SIMPLE:
            pairs.append((name, str(value)))
        elif value is not None:
            pairs.extend(_pairs(name, value, styles.get(name, "form")))
    return "&".join([_quoted(name, text) for name, text in pairs])


def _quoted(name: Any, text: str) -> str:
    plain = type(name) is str and _PLAIN.fullmatch(name) and _PLAIN.fullmatch(text)
    return f"{name}={text}" if plain else urlencode([(name, text)])


def _pairs(name: str, value: Any, style: QueryStyle) -> Iterator[tuple[str, str]]:
    to_dict = getattr(value, "to_dict", None)
    if to_dict is not None:
        value = to_dict()
    if isinstance(value, Mapping):
        for key, inner in cast("Mapping[str, Any]", value).items():
            if inner is not None:
                yield from _pairs(f"{name}[{key}]" if style == "deepObject" else key, inner, style)
    elif isinstance(value, list | tuple | set | frozenset):
        texts = [query_text(item) for item in cast("Iterable[Any]", value)]
        if style == "comma":
            if any("," in text for text in texts):
                raise ValueError(f"an item of {name} has a comma in it, which parts one item from the next")
            yield name, ",".join(texts)
        else:
            yield from ((name, text) for text in texts)
    else:
        yield name, query_text(value)


def query_text(value: Any) -> str:
    """One value as a query string shows it: `true`, not `True`; times in ISO 8601. Raises ValueError."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        return str.__str__(value)  # the text itself: a secret's str() is a mask
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.date):
        return time_text(value)
    if isinstance(value, datetime.time):
        return value.isoformat()
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return str(value)
    from uuid import UUID  # whoever has one has loaded it, and hardly anyone else needs it

    if isinstance(value, UUID):
        return str(value)
    raise ValueError(f"a value of type {type(value).__name__} cannot be sent as text")
