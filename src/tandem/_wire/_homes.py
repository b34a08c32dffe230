"""Where the fast transport works, and where it has to leave requests to httpx."""

from __future__ import annotations

import asyncio
import atexit
import sys
import threading
from contextlib import suppress
from datetime import timedelta
from typing import Any

from tandem._places import process

from ._loading import load

_NOWHERE = "nowhere://x/"
_LONGEST_END = timedelta(seconds=1)
_ending = set[object]()
"""The processes that have been told to let the library finish when they end."""


class Home:
    """Where pyreqwest works for threads: in the process that began to use it."""

    place = staticmethod(process)

    def __init__(self) -> None:
        self._process = process()

    @staticmethod
    def builder() -> Any:
        load()
        from pyreqwest.client import SyncClientBuilder

        return SyncClientBuilder()

    def left(self) -> str | None:
        """Why it does not work here, or None."""
        if process() != self._process:
            return "a child process"  # its runtime stayed with the parent: a call would wait for ever
        if "httpx" in sys.modules:
            from ._recorders import Recorder

            return "a recorder" if Recorder.is_there() else None
        return None


class AsyncHome:
    """Where pyreqwest works for tasks: in the process that began to use it, in asyncio's event loop of the main thread.

    Its runtime lets go of what it did for a loop in a thread of its own, after that loop has gone on. An interpreter
    that ends meanwhile is aborted. So the exit of the process waits for what has been answered. It does not wait for
    loops of other threads, nor for requests whose calls were cancelled: an answer to one of those that comes while the
    interpreter ends may still abort it.
    """

    place = staticmethod(asyncio.get_running_loop)

    def __init__(self) -> None:
        self._process = process()

    @staticmethod
    def builder() -> Any:
        from pyreqwest.client import ClientBuilder

        let_finish_at_exit()
        return ClientBuilder()

    def left(self) -> str | None:
        """Why it does not work here, or None."""
        if process() != self._process:
            return "a child process"  # its runtime stayed with the parent: a call would wait for ever
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return "an event loop that is not asyncio's"
        if threading.get_ident() != threading.main_thread().ident:
            return "an event loop outside the main thread"
        if "httpx" in sys.modules:
            from ._recorders import AsyncRecorder

            return "a recorder" if AsyncRecorder.is_there() else None
        return None


def let_finish_at_exit() -> None:
    """Once for each process: a child has none of its parent's threads, but all that its parent registered."""
    place = process()
    if place not in _ending:
        _ending.add(place)
        atexit.register(_let_finish, place)


def _let_finish(place: object) -> None:
    """Wait until the library's only thread has let go of all that it answered before.

    It does one thing after the other: a request that leads nowhere comes back once it is done with the rest.
    """
    if process() != place:
        return
    from pyreqwest.client import SyncClientBuilder

    with suppress(Exception):  # it always fails, and where even that fails there is nothing to wait for
        SyncClientBuilder().no_proxy().timeout(_LONGEST_END).build().get(_NOWHERE).build().send()
