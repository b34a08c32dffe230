"""Which tasks a list shows, and in which order. Pure decisions.

Source: CoordinAItor API, Task Endpoints, query parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from tandem._timestamps import timestamp

# Filters that compare one field: the store does it.
SAME = ("status", "priority", "projectId", "agentId")
URGENCY = ("high", "medium", "low")
_RANKS = {name: -rank for rank, name in enumerate(URGENCY)}


def is_plain(query: Mapping[str, Any]) -> bool:
    """Whether the store alone can answer: nothing but its own filters, in the order of creation."""
    wanted = {name for name, value in query.items() if value is not None}
    by_creation = query.get("sortBy", "createdAt") == "createdAt"
    return by_creation and not wanted & {"search", "tags", "createdAfter", "createdBefore"}


def selected(tasks: Iterable[dict[str, Any]], query: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tasks that fit all filters, sorted. The order that they come in decides among equals."""
    words = str(query.get("search", "")).casefold().split()
    tags = set(query.get("tags") or ())
    after, before = (moment(query[name]) if name in query else None for name in ("createdAfter", "createdBefore"))
    found = [
        task
        for task in tasks
        if _has_words(task, words)
        and tags <= set(task["tags"])
        and (after is None or moment(task["createdAt"]) > after)
        and (before is None or moment(task["createdAt"]) < before)
    ]
    return ordered(found, query.get("sortBy", "createdAt"), query.get("sortOrder", "desc"))


def ordered(tasks: list[dict[str, Any]], key: str, order: str) -> list[dict[str, Any]]:
    """Tasks by a sort key; those that have no value for it come last, whichever end is first.

    >>> tasks = [{"priority": "low"}, {"priority": "high"}]
    >>> ordered(tasks, "priority", "desc")
    [{'priority': 'high'}, {'priority': 'low'}]
    """
    with_value = [task for task in tasks if task[key] is not None]
    without = [task for task in tasks if task[key] is None]
    if key == "priority":
        with_value.sort(key=lambda task: _RANKS[task[key]], reverse=order == "desc")
    else:
        with_value.sort(key=lambda task: moment(task[key]), reverse=order == "desc")
    return with_value + without


def waiting_order(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Tasks in the order in which they are taken up: the most urgent first, and of those the oldest."""
    return sorted(tasks, key=lambda task: (-_RANKS[task["priority"]], task["createdAt"]))


def moment(text: str) -> datetime:
    """A date-time of RFC 3339. Raises ValueError for one that no calendar has, like a leap second."""
    found: datetime = timestamp(text.upper())
    return found


def _has_words(task: Mapping[str, Any], words: list[str]) -> bool:
    text = f"{task['title']}\n{task['description'] or ''}".casefold()
    return all(word in text for word in words)
