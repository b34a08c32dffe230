"""The platform's own time: real time plus an offset that tests push forward."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime

_END_OF_TIME = 253_402_300_799.0  # the last second that a date can be written for


class Clock:
    """Virtual time. It runs with real time from wherever it was pushed to, or stands still when `frozen`.

    >>> clock = Clock(start=0.0, frozen=True)
    >>> clock.advance(90)
    90.0
    >>> clock.iso()
    '1970-01-01T00:01:30.000Z'
    """

    def __init__(self, *, start: float | None = None, frozen: bool = False) -> None:
        self.frozen = frozen
        self._base = time.time() if start is None else start
        self._started = time.monotonic()
        self._offset = 0.0
        self._listeners: list[Callable[[float], None]] = []

    @property
    def offset(self) -> float:
        """Seconds that were added by `advance` so far."""
        return self._offset

    def now(self) -> float:
        """Unix time, in seconds."""
        running = 0.0 if self.frozen else time.monotonic() - self._started
        return self._base + running + self._offset

    def iso(self, at: float | None = None) -> str:
        """A moment (default: now) as RFC 3339 in UTC with milliseconds."""
        moment = datetime.fromtimestamp(self.now() if at is None else at, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def advance(self, seconds: float = 0.0, *, minutes: float = 0.0, hours: float = 0.0, days: float = 0.0) -> float:
        """Push the time forward, tell the listeners, and return the new time. It never goes back."""
        if minutes or hours or days:  # a sum of numbers that are too large for a float would raise
            seconds += 60 * (minutes + 60 * (hours + 24 * days))
        if not 0 <= seconds < _END_OF_TIME - self.now():
            raise ValueError(
                f"The clock moves forward by a number of seconds, and not beyond the year 9999: {seconds}."
            )
        self._offset += seconds
        self._tell()
        return self.now()

    def set_offset(self, offset: float) -> None:
        """Take up an earlier offset: a reset, a restored snapshot or a reopened database."""
        if offset != self._offset:
            self._offset = offset
            self._tell()

    def on_advance(self, callback: Callable[[float], None]) -> Callable[[], None]:
        """Call `callback(now)` after every jump, in the thread that made it. Returns the way to stop that."""
        self._listeners.append(callback)

        def forget() -> None:
            if callback in self._listeners:
                self._listeners.remove(callback)

        return forget

    async def sleep_until(self, moment: float) -> None:
        """Wait until virtual time has reached `moment`: by real time passing, or by a jump."""
        loop = asyncio.get_running_loop()
        jumped = asyncio.Event()
        forget = self.on_advance(lambda _: _wake(loop, jumped))
        try:
            while (left := moment - self.now()) > 0:
                jumped.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(None if self.frozen else left):
                        await jumped.wait()
        finally:
            forget()

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds` of virtual time."""
        await self.sleep_until(self.now() + seconds)

    def _tell(self) -> None:
        now = self.now()
        for listener in tuple(self._listeners):
            listener(now)


def _wake(loop: asyncio.AbstractEventLoop, jumped: asyncio.Event) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(jumped.set)
