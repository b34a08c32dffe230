"""Whether a call may be sent again, and when. Pure: nothing here sleeps or sends."""

from __future__ import annotations

import datetime
import math
import random
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Any

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_RETRYABLE = frozenset({408, 429, 500, 502, 503, 504})
_REFUSALS = frozenset({429})
_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """When a call is sent again.

    `max_attempts` counts the first one, so 1 means never again; for an event stream it is how many connections in a
    row may bring no event. Pauses grow from `base` to `cap` seconds with full jitter. A `Retry-After` of up to
    `max_retry_after` seconds is obeyed; a longer one fails the call at once.

    >>> RetryPolicy(max_attempts=1).with_changes(max_attempts=6).max_attempts
    6
    """

    max_attempts: int = 4
    base: float = 0.5
    cap: float = 8.0
    max_retry_after: float = 60.0
    statuses: frozenset[int] = _RETRYABLE
    unkeyed_statuses: frozenset[int] | None = None
    """Statuses that prove that a write without an idempotency key was not carried out. None: the platform's own."""

    def __post_init__(self) -> None:
        if self.max_attempts < 1:
            raise ValueError(f"max_attempts counts the first attempt and must be at least 1, not {self.max_attempts}.")
        if not all(0 <= seconds < math.inf for seconds in (self.base, self.cap, self.max_retry_after)):
            raise ValueError("base, cap and max_retry_after are numbers of seconds, 0 or more.")

    def with_changes(self, **changes: Any) -> RetryPolicy:
        """A copy with some values changed."""
        return replace(self, **changes)

    def retries_status(self, status: int, *, replayable: bool, refusals: frozenset[int] = _REFUSALS) -> bool:
        """Whether a reply with this status may be followed by another attempt. `refusals` are the platform's own."""
        if replayable:
            return status in self.statuses
        return status in (refusals if self.unkeyed_statuses is None else self.unkeyed_statuses)

    def backoff(self, attempt: int, rng: Callable[[], float] = random.random) -> float:
        """Seconds to wait after attempt number `attempt` (from 1): anything up to the exponential ceiling."""
        # Full jitter keeps a fleet that failed together from coming back together.
        return rng() * min(self.cap, self.base * 2.0 ** (min(attempt, 64) - 1))


class RetryBudget:
    """Shared by all views of a client, so that an outage is not multiplied by everybody's retries.

    Each retry takes `RETRY_COST` (a throttled one `THROTTLE_COST`) from the budget, each success puts a little back.
    """

    CAPACITY = 500
    RETRY_COST = 14
    THROTTLE_COST = 5

    __slots__ = ("_level", "_lock")

    def __init__(self) -> None:
        self._level = self.CAPACITY
        self._lock = threading.Lock()

    @property
    def level(self) -> int:
        return self._level

    def take(self, *, throttled: bool) -> int:
        """What the retry cost, or 0 when the budget does not have it."""
        cost = self.THROTTLE_COST if throttled else self.RETRY_COST
        with self._lock:
            if self._level < cost:
                return 0
            self._level -= cost
            return cost

    def refund(self, cost: int) -> None:
        """Put back what a call that ended well had taken, or 1 for a call that took nothing."""
        if self._level >= self.CAPACITY:  # the usual case pays for no lock
            return
        with self._lock:
            self._level = min(self.CAPACITY, self._level + max(cost, 1))


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Seconds from a `Retry-After` header: a number or a date (RFC 9110, section 10.2.3). None when it is neither."""
    if value is None:
        return None
    seconds = float(value) if _NUMBER.fullmatch(value.strip()) else _seconds_until(value, now)
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _seconds_until(http_date: str, now: float) -> float:
    try:
        moment = parsedate_to_datetime(http_date)
        # A date without a zone is one in GMT: not in the zone of this machine.
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=datetime.UTC)).timestamp() - now
    except (ValueError, TypeError, OverflowError, IndexError):
        return math.nan
