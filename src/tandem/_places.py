"""Where a caller runs, the threads of a process or the tasks of an event loop, and how callers of one place wait."""

from __future__ import annotations

import os
import threading

import anyio
import anyio.lowlevel


def process() -> object:
    """The place of all threads. A child process is another place: what its parent had under way never ends there."""
    return os.getpid()


def event_loop() -> object:
    """The place of all tasks of the loop that runs here."""
    token: object = anyio.lowlevel.current_token()
    return getattr(token, "native_token", token)


class Signal:
    """Threads wait until it is set."""

    __slots__ = ("_event",)

    @staticmethod
    def place() -> object:
        return process()

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        self._event.set()

    def wait(self, seconds: float | None) -> bool:
        """Whether it was set within `seconds`."""
        return self._event.wait(seconds)


class AsyncSignal:
    """Tasks of one event loop wait until it is set."""

    __slots__ = ("_event",)

    @staticmethod
    def place() -> object:
        return event_loop()

    def __init__(self) -> None:
        self._event = anyio.Event()

    def set(self) -> None:
        self._event.set()

    async def wait(self, seconds: float | None) -> bool:
        """Whether it was set within `seconds`."""
        with anyio.move_on_after(seconds):
            await self._event.wait()
        return self._event.is_set()
