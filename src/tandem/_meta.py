"""What is known of a reply beside its content."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

from ._headers import Headers
from ._json import is_object


@dataclass(frozen=True, slots=True)
class RateLimit:
    """The server's view of the caller's limit. `reset_at` is when the window, of `window` seconds, starts anew."""

    limit: int
    remaining: int
    reset_at: datetime.datetime | None = None
    scope: str | None = None
    window: int | None = None


@dataclass(frozen=True, slots=True)
class ResponseMeta:
    """How a result came about: on every object that a call returned, as `response_meta`.

    `elapsed` is seconds for the whole call, pauses included; `attempts` counts how often it was sent.
    """

    status_code: int
    headers: Headers = field(repr=False)
    attempts: int = 1
    elapsed: float = 0.0
    idempotency_key: str | None = None
    told: Any = field(default=None, repr=False)
    """What the reply says of itself under `meta`, as it came. None where it says nothing."""

    @property
    def request_id(self) -> str | None:
        """The id to name when you ask the platform about this call."""
        return self.headers.get("x-request-id") or request_id_in(self.told)

    @property
    def rate_limit(self) -> RateLimit | None:
        """The rate limit that the server reported, or None when it said nothing usable."""
        return rate_limit_from(self.headers)


def request_id_in(told: Any) -> str | None:
    """The id of the request in what a reply says of itself."""
    found = told.get("requestId", told.get("request_id")) if is_object(told) else None
    return found if isinstance(found, str) and found else None


def rate_limit_from(headers: Headers) -> RateLimit | None:
    limit, remaining = _whole(headers.get("x-ratelimit-limit")), _whole(headers.get("x-ratelimit-remaining"))
    if limit is None or remaining is None:
        return None
    reset = _whole(headers.get("x-ratelimit-reset"))
    window = _whole(headers.get("x-ratelimit-window"))
    return RateLimit(limit, remaining, _moment(reset), headers.get("x-ratelimit-scope"), window)


def _whole(text: str | None) -> int | None:
    # isdecimal and a length first: int() raises on both kinds of nonsense that a server may send.
    return int(text) if text is not None and len(text) <= 18 and text.isdecimal() else None


def _moment(unix_seconds: int | None) -> datetime.datetime | None:
    if unix_seconds is None:
        return None
    try:
        return datetime.datetime.fromtimestamp(unix_seconds, datetime.UTC)
    except (ValueError, OverflowError, OSError):
        return None
