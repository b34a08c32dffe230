"""Times as text: what an API sends, as aware `datetime` values."""

from __future__ import annotations

import datetime
from typing import Any

_read = datetime.datetime.fromisoformat


def timestamp(value: Any) -> Any:
    """The moment that an ISO 8601 text names, always aware: a text without an offset reads as UTC.

    None and values that are no text are returned as they are; a text that is no time raises ValueError.

    >>> timestamp("2026-01-02T03:04:05Z")
    datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    """
    if value is None:  # usual, and an exception costs ten times as much
        return None
    try:
        moment = _read(value)
    except ValueError:
        moment = _unusual(value)
    except TypeError:
        return value
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=datetime.UTC)


def day(value: Any) -> Any:
    """The date that an ISO 8601 text names; None and values that are no text are returned as they are."""
    if not isinstance(value, str):
        return value
    try:
        return datetime.date.fromisoformat(value)
    except ValueError:
        return _unusual(value).date()


def time_text(value: datetime.date) -> str:
    """A date or a time as APIs read it. Raises ValueError on a time without an offset: it could be any of 26 hours."""
    if isinstance(value, datetime.datetime) and value.utcoffset() is None:
        raise ValueError("a time needs an offset: give it one, as in datetime(2026, 1, 2, tzinfo=datetime.UTC)")
    return value.isoformat()


def _unusual(text: str) -> datetime.datetime:
    # Imported here because hardly any process needs it: it is slow to load, and fromisoformat reads the usual forms.
    from dateutil.parser import isoparse

    try:
        return isoparse(text)
    except (ValueError, OverflowError):
        raise ValueError(f"not an ISO 8601 time: {text[:40]!r}") from None
