"""Pages of a list: which part of it a request asks for, and what is said about the rest."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ._schemas import Violation
from ._store import Query

if TYPE_CHECKING:
    from ._context import Context

_FARTHEST = 2**62  # rows; beyond it SQLite has no numbers


class Paged(NamedTuple):
    """One page. `page`, `per_page` and `total` belong to pages by number, `limit` and `next_cursor` to cursors."""

    items: list[Any]
    mode: Literal["page", "cursor", "none"]
    has_more: bool = False
    page: int = 1
    per_page: int = 0
    total: int = 0
    limit: int = 0
    next_cursor: str | None = None
    beside: Mapping[str, Any] | None = None

    @property
    def total_pages(self) -> int:
        """How many pages there are; an empty list has none."""
        return math.ceil(self.total / self.per_page) if self.per_page else 0


def paged(
    ctx: Context, items: Query | Sequence[Any], show: Callable[[Any], Any] | None, beside: Mapping[str, Any]
) -> Paged:
    """The page that a request asks for, with each of its items shown by `show`."""
    mode = ctx.operation.paginate
    if mode == "page":
        found, rest = _by_number(ctx, items)
    elif mode == "cursor":
        found, rest = _by_cursor(ctx, items)
    else:
        found, rest = items.all() if isinstance(items, Query) else list(items), {}
    return Paged([show(item) for item in found] if show else list(found), mode, beside=dict(beside), **rest)


def place(path: str, value: Any, beside: Mapping[str, Any] | None = None) -> Any:
    """`value` under a dotted path, with other values next to it: place("data.books", []) is {"data": {"books": []}}."""
    if not path:
        return value
    *outer, last = path.split(".")
    body: dict[str, Any] = {**(beside or {}), last: value}
    for name in reversed(outer):
        body = {name: body}
    return body


def _by_number(ctx: Context, items: Query | Sequence[Any]) -> tuple[Sequence[Any], dict[str, Any]]:
    page_name, size_name = ctx.platform.page_parameters
    page, size = int(ctx.query.get(page_name, 1)), int(ctx.query.get(size_name, 20))
    start = min((page - 1) * size, _FARTHEST)
    if isinstance(items, Query):
        total, found = items.count(), items.slice(start, size)
    else:
        total, found = len(items), list(items[start : start + size])
    return found, {"has_more": start + len(found) < total, "page": page, "per_page": size, "total": total}


def _by_cursor(ctx: Context, items: Query | Sequence[Any]) -> tuple[Sequence[Any], dict[str, Any]]:
    cursor_name, limit_name = ctx.platform.cursor_parameters
    limit = int(ctx.query.get(limit_name, 20))
    cursor = ctx.query.get(cursor_name)
    position = _position(cursor) if cursor else None
    if cursor and position is None:
        violation = Violation(cursor_name, "is not a cursor of this list", "cursor", "query")
        raise ctx.platform.problem_for_invalid([violation], "query")
    if isinstance(items, Query):
        # A position in the store, not a count: what is added or removed meanwhile moves no item to another page.
        rows = items.after(position, limit + 1)
    else:
        start = position or 0
        rows = [(start + index + 1, item) for index, item in enumerate(items[start : start + limit + 1])]
    more = len(rows) > limit
    rows = rows[:limit]
    next_cursor = _cursor(rows[-1][0]) if more and rows else None
    return [row[1] for row in rows], {"has_more": more, "limit": limit, "next_cursor": next_cursor}


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"at:{position}".encode()).decode().rstrip("=")


def _position(cursor: Any) -> int | None:
    try:
        padded = f"{cursor}{'=' * (-len(str(cursor)) % 4)}".encode("ascii")
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
    except (UnicodeError, binascii.Error):
        return None
    start, _, number = text.partition(":")
    valid = start == "at" and number.isdecimal() and len(number) < 19
    return int(number) if valid else None
