"""Where a caller runs, the threads of a process or the tasks of an event loop, and how callers of one place wait."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from contextvars import ContextVar, copy_context
from typing import Any

import anyio

Work = Callable[[], None]
AsyncWork = Callable[[], Coroutine[Any, Any, None]]
_launched: set[Any] = set()
"""An event loop itself keeps no task alive."""
called_off: ContextVar[threading.Event | None] = ContextVar("called_off", default=None)
"""Where somebody may call off what a thread does: once this is set, it ends at its next pause."""


def process() -> object:
    """The place of all threads. A child process is another place: what its parent had under way never ends there."""
    return os.getpid()


def event_loop() -> object:
    """The place of all tasks of the loop that runs here."""
    from asyncio import get_running_loop  # at the top it would be most of what the import of this package costs

    try:
        return get_running_loop()
    except RuntimeError:
        from anyio.lowlevel import current_token

        return current_token()


def nap(seconds: float) -> None:
    """Pause. Raises CancelledError where nobody waits any more for what this thread does."""
    off = called_off.get()
    if off is None:
        time.sleep(seconds)
    elif off.wait(seconds):
        from concurrent.futures import CancelledError  # most threads are never called off

        raise CancelledError


async def async_nap(seconds: float) -> None:
    """Pause."""
    await anyio.sleep(seconds)


class Signal:
    """Threads wait until it is set."""

    __slots__ = ("_event",)

    @staticmethod
    def place() -> object:
        return process()

    @staticmethod
    def caller() -> object:
        """Who runs this."""
        return threading.get_ident()

    @staticmethod
    def launch(work: Work) -> None:
        """Do this in a thread of its own, whatever becomes of the caller."""
        run = copy_context().run
        run(called_off.set, None)
        try:
            threading.Thread(target=run, args=(work,), name="tandem-token", daemon=True).start()
        except RuntimeError:  # there are no more threads, as when the interpreter ends
            run(work)

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

    @staticmethod
    def caller() -> object:
        """Who runs this: a value of its own, for what is called within a task cannot wait."""
        return object()

    @staticmethod
    def launch(work: AsyncWork) -> None:
        """Do this in a task of its own, whatever becomes of the caller. Only the end of the event loop ends it."""
        import asyncio  # at the top it would be most of what the import of this package costs

        try:
            task = asyncio.get_running_loop().create_task(work())
        except RuntimeError:
            trio: Any = sys.modules["trio"]  # the only other loop that there is, and it runs
            trio.lowlevel.spawn_system_task(work)
            return
        _launched.add(task)
        task.add_done_callback(_launched.discard)

    def __init__(self) -> None:
        self._event = anyio.Event()

    def set(self) -> None:
        self._event.set()

    async def wait(self, seconds: float | None) -> bool:
        """Whether it was set within `seconds`."""
        if seconds is None:  # most wait like this, and a scope costs more than the waiting
            await self._event.wait()
            return True
        with anyio.move_on_after(seconds):
            await self._event.wait()
        return self._event.is_set()
