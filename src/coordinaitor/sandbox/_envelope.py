"""What every reply is wrapped in. Source: CoordinAItor API, Request/Response Format and Rate Limiting."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from tandem.sandbox import Paged, Problem

VERSION = "1.0.0"


def success(value: Any, meta: dict[str, str]) -> dict[str, Any]:
    """A result."""
    return {"success": True, "data": value, "meta": meta}


def page(paged: Paged, path: str, query: Iterable[tuple[str, str]], meta: dict[str, str]) -> dict[str, Any]:
    """A page of a list, with the paths of the others."""
    pagination = {
        "page": paged.page,
        "limit": paged.per_page,
        "total": paged.total,
        "pages": paged.total_pages,
        "hasNext": paged.has_more,
        "hasPrev": paged.page > 1,
    }
    filters = [(name, value) for name, value in query if name not in ("page", "limit")]

    def link(number: int) -> str:
        return f"{path}?{urlencode([('page', number), ('limit', paged.per_page), *filters])}"

    last = max(paged.total_pages, 1)
    links = {
        "first": link(1),
        "last": link(last),
        "next": link(paged.page + 1) if paged.has_more else None,
        # From beyond the end, the way back leads to the last page that there is.
        "prev": link(min(paged.page - 1, last)) if paged.page > 1 else None,
    }
    return {**success(paged.items, meta), "pagination": pagination, "links": links}


def failure(problem: Problem, meta: dict[str, str]) -> dict[str, Any]:
    """An error."""
    error: dict[str, Any] = {"code": problem.code, "message": problem.message}
    if problem.details is not None:
        error["details"] = problem.details
    if problem.status == 429 and problem.headers.get("Retry-After", "").isdecimal():
        error["retryAfter"] = int(problem.headers["Retry-After"])
    return {"success": False, "error": error, "meta": meta}
