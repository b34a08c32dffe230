"""Work that goes to its end, though the task that waits for it is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import anyio

T = TypeVar("T")
Undo = Callable[[T], Awaitable[object]]


async def to_the_end(work: Coroutine[Any, Any, T], undo: Undo[T] | None = None) -> T:
    """What comes of the work. Who is cancelled meanwhile hears of it when the work has ended.

    Nobody learns then what came of it: `undo` gets that, to take it back. It has to shield itself.
    """
    if not inside_asyncio():
        with anyio.CancelScope(shield=True):
            return await work
    # A scope shields from other scopes. What asyncio itself cancels (`task.cancel()`, `asyncio.timeout`) is shielded
    # from by a task of one's own only.
    task, cancelled = asyncio.ensure_future(work), None
    with anyio.CancelScope(shield=True):
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError as error:
                cancelled = error
    if cancelled is None or task.cancelled():
        return task.result()
    problem = task.exception()
    if problem is None and undo is not None:
        await undo(task.result())
    raise cancelled from problem


def inside_asyncio() -> bool:
    """Whether the caller runs in an event loop of asyncio."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
