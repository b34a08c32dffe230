"""Work that is due at a moment of the platform's time. It stands in the store, so that it survives a killed process."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from ._context import Place, Scene

if TYPE_CHECKING:
    from ._platform import Platform

Job = Callable[[Scene, dict[str, Any]], Awaitable[None]]
KIND = "agenda"
_AT_ONCE = 256
_log = logging.getLogger("tandem.sandbox")


class Agenda:
    """What a platform has yet to do, earliest first.

    A job is registered by name before the platform starts: `agenda.on("expire", expire)`. An entry is written in the
    transaction of what causes it, and is gone with it when that is undone:

        agenda.add(ctx, "expire", due=ctx.clock.now() + 3600, data={"instance_id": instance["id"]})

    A job runs at least once: a process that is killed in the middle of one begins it again. Whoever must not do a
    thing twice looks into the store first.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._heap: list[tuple[float, int, str]] = []
        self._numbers = itertools.count()
        self._changed: asyncio.Event | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._waiting: list[asyncio.Future[None]] = []

    def on(self, job: str, do: Job) -> None:
        """Say what is to be done for the entries of a name."""
        self._jobs[job] = do

    def add(self, place: Place, job: str, *, due: float, data: Mapping[str, Any]) -> str:
        """Put something down for a moment of virtual time. Returns the entry's id, for `drop`."""
        if job not in self._jobs:
            raise LookupError(f"No job is called {job}: register it with agenda.on(…) first.")
        entry = place.ids.new("agd")
        body = {"id": entry, "job": job, "due": due, "namespace": place.namespace, "data": dict(data)}
        place.store.put(KIND, entry, body, namespace=place.namespace)
        self._push(due, entry)
        return entry

    def drop(self, entry: str) -> bool:
        """Strike something off. False when it is done already, or was never there."""
        return self._platform.store.delete(KIND, entry, namespace=None)

    def load(self) -> None:
        """Take up what the store holds, instead of what was known: after a start, a reset, a restored snapshot."""
        with self._lock:
            self._heap.clear()
        for body in self._platform.store.list(KIND, namespace=None):
            self._push(body["due"], body["id"])

    async def settle(self) -> None:
        """Wait until nothing that is due is left, nor at work. Call it in the platform's own thread."""
        while self._running or self._due():
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            await waiter

    def _push(self, due: float, entry: str) -> None:
        if self._platform.thread.is_stopped:
            return  # it stands in the store, for the next process
        with self._lock:
            heapq.heappush(self._heap, (due, next(self._numbers), entry))
            first = self._changed is None
            if first:
                self._changed = asyncio.Event()
        if first:
            self._platform.clock.on_advance(lambda _now: self._wake())
            self._platform.spawn(self._work())
        self._wake()

    def _wake(self) -> None:
        if self._changed is not None:
            self._platform.thread.nudge(self._changed.set)

    def _due(self) -> bool:
        with self._lock:
            return bool(self._heap) and self._heap[0][0] <= self._platform.clock.now()

    def _pop(self) -> str:
        with self._lock:
            return heapq.heappop(self._heap)[2]

    async def _work(self) -> None:
        assert self._changed is not None  # noqa: S101  # set before this was spawned
        while True:
            self._changed.clear()
            while len(self._running) < _AT_ONCE and self._due():
                self._begin(self._pop())
            self._progress()
            try:
                async with asyncio.timeout(self._pause()):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def _pause(self) -> float | None:
        with self._lock:
            if not self._heap or self._platform.clock.frozen or len(self._running) >= _AT_ONCE:
                return None
            return max(0.0, self._heap[0][0] - self._platform.clock.now())

    def _begin(self, entry: str) -> None:
        task = asyncio.get_running_loop().create_task(self._do(entry))
        self._running.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._progress()
        if self._changed is not None:
            self._changed.set()

    def _progress(self) -> None:
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)

    async def _do(self, entry: str) -> None:
        # In a turn of its own: the transaction that wrote the entry has ended then, and it is there or never was.
        async with self._platform.turn():
            body = self._platform.store.get(KIND, entry, namespace=None)
        if body is None:
            return
        try:
            await self._jobs[body["job"]](Scene(self._platform, body["namespace"]), body["data"])
        except Exception:  # one job's fault must not end all others
            if self._platform.thread.is_stopped:
                return  # it may well have failed because all ends here: the next process does it again
            _log.exception("The job %s failed", body["job"])
        async with self._platform.transaction():
            self.drop(entry)
