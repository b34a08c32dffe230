"""Closing asynchronous clients from code that is not asynchronous."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Protocol


class Closable(Protocol):
    """Whatever has to be closed with an await."""

    def aclose(self) -> Awaitable[None]: ...


async def aclose_all(clients: Iterable[Closable]) -> None:
    """Close one after the other."""
    for client in clients:
        await client.aclose()


_closing: set[asyncio.Task[None]] = set()


def close_all(clients: Iterable[Closable]) -> None:
    """Close them all: in the event loop that runs here, where it goes on by itself, else in a loop of its own.

    Connections that were opened in a loop which has ended by now are closed already, or past closing.
    """
    waiting = list(clients)
    if not waiting:
        return
    try:
        running = asyncio.get_running_loop()
    except RuntimeError:
        # Not asyncio.run, which would take away whatever loop is the current one of this thread.
        loop = asyncio.new_event_loop()
        try:
            loop.run_until_complete(aclose_all(waiting))
        finally:
            loop.close()
        return
    task = running.create_task(aclose_all(waiting))
    _closing.add(task)
    task.add_done_callback(_closing.discard)
