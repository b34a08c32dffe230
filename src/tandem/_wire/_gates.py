"""The queue in front of the connections: as many callers at once as there are connections, the others in turn.

The pool behind it is then never short of a connection, and never spends time on those who wait for one.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

from tandem._deadline import Deadline
from tandem._places import AsyncSignal, Signal
from tandem._transport import TransportError


class Gate:
    """Lets callers in, first come, first served. Who was let in must `leave` with the turn that `enter` gave."""

    __slots__ = ("_inside", "_lock", "_permits", "_queue")

    def __init__(self, permits: int) -> None:
        self._permits = permits
        self._inside = set[object]()
        self._queue: deque[Signal] = deque()
        self._lock = threading.Lock()  # held for moments only, never while anyone waits

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {len(self._inside)} inside, {len(self._queue)} waiting>"

    def enter(self, deadline: Deadline) -> object:
        """Wait for a turn. Raises `TransportError` when none comes by the deadline."""
        with self._lock:
            if len(self._inside) < self._permits:
                self._inside.add(entered := object())
                return entered
            turn = Signal()
            self._queue.append(turn)
        try:
            came = turn.wait(deadline.remaining())
        except BaseException:  # cancellation too: what was taken is given back, then it goes on
            self.leave(turn)
            raise
        if not came:
            self.leave(turn)
            raise TransportError("no connection became free by the deadline", stage="connect", timed_out=True)
        return turn

    def leave(self, turn: Any) -> None:
        """Let the next one in. Does nothing the second time."""
        with self._lock:
            if turn in self._inside:
                self._inside.remove(turn)
                if self._queue:
                    self._inside.add(following := self._queue.popleft())
                    following.set()
            elif turn in self._queue:  # it gave up waiting
                self._queue.remove(turn)


class AsyncGate:
    """Lets callers in, first come, first served. Who was let in must `leave` with the turn that `enter` gave."""

    __slots__ = ("_inside", "_lock", "_permits", "_queue")

    def __init__(self, permits: int) -> None:
        self._permits = permits
        self._inside = set[object]()
        self._queue: deque[AsyncSignal] = deque()
        self._lock = threading.Lock()  # held for moments only, never while anyone waits

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {len(self._inside)} inside, {len(self._queue)} waiting>"

    async def enter(self, deadline: Deadline) -> object:
        """Wait for a turn. Raises `TransportError` when none comes by the deadline."""
        with self._lock:
            if len(self._inside) < self._permits:
                self._inside.add(entered := object())
                return entered
            turn = AsyncSignal()
            self._queue.append(turn)
        try:
            came = await turn.wait(deadline.remaining())
        except BaseException:  # cancellation too: what was taken is given back, then it goes on
            self.leave(turn)
            raise
        if not came:
            self.leave(turn)
            raise TransportError("no connection became free by the deadline", stage="connect", timed_out=True)
        return turn

    def leave(self, turn: Any) -> None:
        """Let the next one in. Does nothing the second time."""
        with self._lock:
            if turn in self._inside:
                self._inside.remove(turn)
                if self._queue:
                    self._inside.add(following := self._queue.popleft())
                    following.set()
            elif turn in self._queue:  # it gave up waiting
                self._queue.remove(turn)
