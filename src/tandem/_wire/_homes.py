"""Where the fast transport works, and where it has to leave requests to httpx."""

from __future__ import annotations

import asyncio
import sys
import threading
from typing import Any

from tandem._places import process

from ._loading import load


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

    Its runtime lets go of what it did for a loop after that loop has ended. A process that ends meanwhile with a loop
    in another thread is aborted every now and then.
    """

    place = staticmethod(asyncio.get_running_loop)

    def __init__(self) -> None:
        self._process = process()

    @staticmethod
    def builder() -> Any:
        from pyreqwest.client import ClientBuilder

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
