"""Query strings and path segments from the values that a user gave."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast
from urllib.parse import quote, urlencode

from ._calls import QueryStyle


def encode_segment(value: object) -> str:
    """One path segment. Raises ValueError, with the reason, on what would name another resource or none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"an id is text, not {type(value).__name__}")
    text = str(value)
    if text in {"", ".", ".."}:
        # Servers and proxies fold these away: the request would reach the parent resource.
        raise ValueError(f"{text!r} names no object")
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise ValueError("an id must be valid Unicode text") from None


def encode_query(query: Mapping[str, Any], styles: Mapping[str, QueryStyle]) -> str:
    """The query string without its question mark. None is left out."""
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        if value is not None:
            pairs.extend(_pairs(name, value, styles.get(name, "form")))
    return urlencode(pairs)


def _pairs(name: str, value: Any, style: QueryStyle) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in cast("Mapping[str, Any]", value).items():
            if inner is not None:
                yield from _pairs(f"{name}[{key}]" if style == "deepObject" else key, inner, style)
    elif isinstance(value, list | tuple | set | frozenset):
        texts = [query_text(item) for item in cast("Iterable[Any]", value)]
        if style == "comma":
            yield name, ",".join(texts)
        else:
            yield from ((name, text) for text in texts)
    else:
        yield name, query_text(value)


def query_text(value: Any) -> str:
    """One value as a query string shows it: `true`, not `True`; times in ISO 8601."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    return str(value)
