"""How long a call may take as a whole."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock, or never. A wall clock that jumps changes nothing."""

    at: float | None = None
    monotonic: Callable[[], float] = time.monotonic

    @classmethod
    def after(cls, seconds: float | None, monotonic: Callable[[], float] = time.monotonic) -> Deadline:
        return cls(None if seconds is None else monotonic() + seconds, monotonic)

    def remaining(self) -> float | None:
        """Seconds left, never negative; None without a deadline."""
        return None if self.at is None else max(0.0, self.at - self.monotonic())

    @property
    def expired(self) -> bool:
        return self.at is not None and self.monotonic() >= self.at

    def bound(self, seconds: float | None) -> float | None:
        """The shorter of `seconds` and what is left."""
        left = self.remaining()
        if left is None:
            return seconds
        return left if seconds is None else min(seconds, left)

    def allows(self, seconds: float) -> bool:
        """Whether a pause of `seconds` ends before the deadline."""
        return self.at is None or self.monotonic() + seconds < self.at


NEVER = Deadline()
