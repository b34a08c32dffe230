"""The turn of a request at the gate of the fast transport, and how long it is held."""

from __future__ import annotations

import asyncio
import types
from collections.abc import Generator
from functools import partial
from typing import Any

from ._gates import AsyncGate, Gate


class Turn:
    """Held until the caller leaves: a thread stays with its request to the end."""

    __slots__ = ("_gate", "_ticket")

    def __init__(self, gate: Gate, ticket: object) -> None:
        self._gate = gate
        self._ticket = ticket

    def doors(self, sent: Any) -> tuple[Any, Any]:
        """What begins a request and what drops it. Itself it would show the token to whoever looks at a frame."""
        return sent.__enter__, sent.__exit__

    def leave(self) -> None:
        self._gate.leave(self._ticket)


class AsyncTurn:
    """Held until the caller leaves, or the request ends whose caller was cancelled.

    The library does not call a request off with its caller. While it goes on, it has a connection that nobody else may
    count on.
    """

    __slots__ = ("_begin", "_end", "_gate", "_stays", "_ticket")

    _begin: Any
    _end: Any

    def __init__(self, gate: AsyncGate, ticket: object) -> None:
        self._gate = gate
        self._ticket = ticket
        self._stays = False

    def doors(self, sent: Any) -> tuple[Any, Any]:
        """What begins a request and what drops it. Itself it would show the token to whoever looks at a frame."""
        self._begin, self._end = sent.__aenter__, sent.__aexit__
        return self._first, self._end

    def leave(self) -> None:
        if not self._stays:
            self._gate.leave(self._ticket)

    @types.coroutine
    def _first(self) -> Generator[Any, None, Any]:
        """The reply. A cancelled caller does not take the library's coroutine along, as `await` would."""
        steps = self._begin()
        try:
            while True:
                yield steps.send(None)
        except StopIteration as reply:
            return reply.value
        except asyncio.CancelledError:
            self._stays = True
            self._go_on(self._rest(steps))
            raise

    async def _rest(self, steps: Any) -> None:
        await steps
        await self._end(None, None, None)

    def _go_on(self, rest: Any, _: object = None) -> None:
        """One more step of a request that nobody waits for: no task, for a loop that ends would complain of it."""
        try:
            future = rest.send(None)
        except BaseException:  # it has ended, in whatever way
            self._stays = False
            self.leave()
        else:
            future.add_done_callback(partial(self._go_on, rest))
