"""Pacing: calls wait for their turn before the server has to refuse them. Pure: it is told the time and says how long.

The server reports, with each reply, the limit that the call stands nearest to. Each limit that was seen becomes a
meter; a call waits for every meter that replies to calls of its kind have shown.
"""

from __future__ import annotations

import threading
from collections.abc import Set as AbstractSet

from ._headers import Headers
from ._meta import RateLimit, rate_limit_from

_MOST = 64  # scopes and meters that are remembered: a server that invents new ones must not fill the memory
_GUESS = 300  # calls in a window, while nothing is known
_MARGIN = 0.05  # seconds: a window that ends "now" may not have ended for the server yet

Kind = tuple[str, str | None]
"""An operation's name and the namespace: calls of one kind count against the same limits."""
Circle = tuple[str, bool]
"""The resource of an operation, and whether there is a namespace: who asks for tokens is in a circle of its own."""


class LastLimits:
    """The last reply of each scope that told a rate limit."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: dict[str, Headers] = {}

    def note(self, headers: Headers) -> None:
        """Keep what a reply tells. It is read when someone asks."""
        if "x-ratelimit-limit" in headers:
            scope = headers.get("x-ratelimit-scope", "")
            if scope in self._seen or len(self._seen) < _MOST:
                self._seen[scope] = headers

    def known(self) -> dict[str, RateLimit]:
        """Each scope's last known limit."""
        limits = {scope: rate_limit_from(headers) for scope, headers in dict(self._seen).items()}
        return {scope: limit for scope, limit in limits.items() if limit is not None}


class Meter:
    """One limit of the server's: an even pace with a small allowance for bursts, and never more than what is left."""

    __slots__ = ("_allowance", "_circles", "_due", "_interval", "_left", "_not_before", "_window", "_window_ends")

    def __init__(self, limit: int, window: float, now: float) -> None:
        self._window = window
        self._interval = window / max(limit, 1)
        self._allowance = self._interval * (max(limit // 10, 1) - 1)
        self._due = now  # when the next call would go at an even pace
        self._left: int | None = None
        self._window_ends = now
        self._not_before = now
        self._circles: set[Circle] = set()

    def shown(self, circle: Circle) -> None:
        """A reply to a call of this circle told of it."""
        if len(self._circles) < 2:  # from the second on, it is a limit of everybody's
            self._circles.add(circle)

    def concerns(self, circle: Circle) -> bool:
        """Whether calls of this circle probably count against it, when none of them has met it yet."""
        return len(self._circles) != 1 or circle in self._circles

    def turn(self, now: float) -> float:
        """When the next call may go."""
        at = max(now, self._due - self._allowance, self._not_before)
        if self._left is not None and self._left <= 0:
            at = max(at, self._window_ends)
        return at

    def take(self, at: float) -> None:
        """A call goes at this moment."""
        self._due = max(self._due, at) + self._interval
        if self._left is not None:
            self._left = None if at >= self._window_ends else self._left - 1

    def give_back(self) -> None:
        """A call that had taken its turn does not go."""
        self._due -= self._interval

    def hear(self, left: int, seconds: float | None, now: float) -> None:
        """The server says how many calls are left, and in how many seconds its window ends."""
        ends = now + min(max(0.0, self._window if seconds is None else seconds), self._window) + _MARGIN
        same_window = abs(ends - self._window_ends) < 1.0 and self._left is not None
        # Replies overtake each other: within a window, the lower figure is the later one.
        self._left = min(self._left or 0, left) if same_window else left
        self._window_ends = ends
        if left <= 0:
            self._not_before = max(self._not_before, ends)


class Throttle:
    """All meters of a client, shared by its views."""

    __slots__ = ("_kinds", "_lock", "_meters", "_per_namespace", "_window")

    def __init__(self, window: float, per_namespace: AbstractSet[str]) -> None:
        self._window = window
        self._per_namespace = per_namespace
        self._meters: dict[tuple[str, int, str | None], Meter] = {}
        self._kinds: dict[Kind, list[Meter]] = {}
        self._lock = threading.Lock()

    def reserve(self, kind: Kind, now: float) -> float:
        """Take the next turn; seconds until then."""
        with self._lock:
            known = self._kinds.get(kind)
            meters = self._guessed(kind, now) if known is None else known
            at = max([meter.turn(now) for meter in meters], default=now)
            for meter in meters:
                meter.take(at)
            return at - now

    def give_back(self, kind: Kind) -> None:
        """The call does not go after all."""
        with self._lock:
            for meter in self._kinds.get(kind, ()):
                meter.give_back()

    def hear(self, kind: Kind, headers: Headers, monotonic: float, time: float) -> None:
        """Learn from a reply. `time` is Unix time, in which the server says when its window ends."""
        limit = rate_limit_from(headers)
        if limit is None:
            self._kinds.setdefault(kind, [])  # nothing limits these calls, as far as anyone knows
            return
        key = (limit.scope or "", limit.limit, kind[1] if limit.scope in self._per_namespace else None)
        seconds = None if limit.reset_at is None else limit.reset_at.timestamp() - time
        with self._lock:
            meter = self._meters.get(key)
            if meter is None:
                if len(self._meters) >= _MOST * _MOST:
                    self._forget()
                meter = self._meters[key] = Meter(limit.limit, self._window, monotonic)
            meters = self._kinds.setdefault(kind, [])
            if meter not in meters:
                meters.append(meter)
                meter.shown(_circle(kind))
            meter.hear(limit.remaining, seconds, monotonic)

    def _guessed(self, kind: Kind, now: float) -> list[Meter]:
        """What to heed before the first reply: what was seen in this namespace or by calls of many kinds, and a guess.

        A limit that only calls for tokens have met, say, is theirs alone.
        """
        if len(self._kinds) >= _MOST * _MOST:
            self._forget()
        guess = self._meters.setdefault(("guess", _GUESS, kind[1]), Meter(_GUESS, self._window, now))
        circle = _circle(kind)
        seen = [
            meter
            for (_, _, namespace), meter in self._meters.items()
            if (meter.concerns(circle) if namespace is None else namespace == kind[1])
        ]
        return list({id(meter): meter for meter in [guess, *seen]}.values())

    def _forget(self) -> None:
        self._meters.clear()
        self._kinds.clear()


def _circle(kind: Kind) -> Circle:
    name, namespace = kind
    return name.partition(".")[0], namespace is not None
