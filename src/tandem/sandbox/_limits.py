"""Rate limits: rules as values, counted on the platform's clock."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class LimitRule(NamedTuple):
    """`limit` requests in every `window` seconds for one `key`; `scope` is what the product calls this kind of limit.

    `burst` bounds how many may come at once; what was spent of it flows back evenly, `limit` in a window.
    """

    scope: str
    key: str
    limit: int
    window: float = 60.0
    burst: int | None = None


class LimitVerdict(NamedTuple):
    """Where a request stands with the rule nearest to its limit.

    `remaining` and `reset`, in unix time, are those of the window, also when it was the burst that was exceeded;
    `retry_after` is in seconds.
    """

    rule: LimitRule
    remaining: int
    reset: float
    allowed: bool
    retry_after: float = 0.0

    @property
    def exceeded(self) -> str:
        """What a refused request was too much for, in words."""
        rule = self.rule
        # A window that has something left refuses nobody: then it was the burst.
        if self.remaining and rule.burst is not None:
            return f"{_requests(rule.burst)} at once"
        return f"{_requests(rule.limit)} in {rule.window:g} seconds"


class _Meter:
    __slots__ = ("at", "burst_spent", "used", "window")

    def __init__(self, at: float) -> None:
        self.window = -1
        self.used = 0
        self.burst_spent = 0.0
        self.at = at


class Limiter:
    """Counts requests by scope and key. Without enforcement it still counts, but allows every request."""

    def __init__(self, *, enforce: bool = False) -> None:
        self.enforce = enforce
        self._meters: dict[tuple[str, str], _Meter] = {}

    def take(self, rules: Iterable[LimitRule], now: float) -> LimitVerdict | None:
        """Count one request against all rules; a refused request costs nothing. None when there is no rule."""
        meters = [(rule, self._current(rule, now)) for rule in rules]
        if not meters:
            return None
        if self.enforce:
            wait, (rule, meter) = max(((_wait(*each, now), each) for each in meters), key=lambda pair: pair[0])
            if wait > 0:
                left = _remaining(rule, meter)
                return LimitVerdict(rule, left, _window_end(rule, meter), allowed=False, retry_after=wait)
        for _, meter in meters:
            meter.used += 1
            meter.burst_spent += 1
        rule, meter = min(meters, key=lambda pair: (pair[0].limit - pair[1].used) / pair[0].limit)
        return LimitVerdict(rule, _remaining(rule, meter), _window_end(rule, meter), allowed=True)

    def forget(self) -> None:
        """Nobody has used anything."""
        self._meters.clear()

    def _current(self, rule: LimitRule, now: float) -> _Meter:
        meter = self._meters.setdefault((rule.scope, rule.key), _Meter(now))
        window = int(now // rule.window)
        if meter.window != window:
            meter.window, meter.used = window, 0
        flown_back = max(0.0, now - meter.at) * rule.limit / rule.window
        meter.burst_spent = max(0.0, meter.burst_spent - flown_back)
        meter.at = now
        return meter


def _wait(rule: LimitRule, meter: _Meter, now: float) -> float:
    """Seconds until this rule would let the request through; 0 when it does now."""
    for_window = _window_end(rule, meter) - now if meter.used >= rule.limit else 0.0
    if rule.burst is None:
        return for_window
    over = meter.burst_spent + 1 - rule.burst
    return max(for_window, over * rule.window / rule.limit)


def _remaining(rule: LimitRule, meter: _Meter) -> int:
    return max(0, rule.limit - meter.used)


def _requests(number: int) -> str:
    return "1 request" if number == 1 else f"{number} requests"


def _window_end(rule: LimitRule, meter: _Meter) -> float:
    return (meter.window + 1) * rule.window
