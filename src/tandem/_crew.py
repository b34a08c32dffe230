"""Work done side by side, whose results come to one place: by threads, or by tasks.

One loop reads that place and decides; whoever works only delivers. So nothing is decided in two places at once.
"""

from __future__ import annotations

import contextvars
import inspect
import math
import threading
from collections.abc import AsyncIterable, Callable, Hashable, Iterator
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self

import anyio
from anyio.abc import TaskGroup
from anyio.from_thread import BlockingPortal

_AHEAD = 64  # items that are read from a source before somebody asked for them
_A_MOMENT = 1.0  # seconds; a source that is just being connected again cannot be hurried


class Delivery(NamedTuple):
    """What a worker brings: a value or an error. `last` when nothing more comes under this key."""

    key: Hashable
    value: Any = None
    error: BaseException | None = None
    last: bool = True


class Source(Protocol):
    """What a crew can follow: it can be walked, and closed meanwhile."""

    def __iter__(self) -> Iterator[Any]: ...

    def close(self) -> None:
        """End the walk."""
        ...


class Crew:
    """Threads that work side by side.

        with Crew() as crew:
            crew.begin("a", lambda: 1)
            delivery = crew.next(timeout=5)

    Nobody can stop a thread. One that was dropped, or is not done when the block is left, works on in vain; it keeps
    no process alive.
    """

    def __init__(self) -> None:
        self._inbox: SimpleQueue[Delivery] = SimpleQueue()
        self._working: set[Hashable] = set()
        self._ahead = threading.Semaphore(_AHEAD)
        self._followers: list[tuple[threading.Thread, Source]] = []
        self._left = False

    def begin(self, key: Hashable, work: Callable[[], Any]) -> None:
        """Do it. Its result, or the error that it raises, is delivered under `key`."""
        self._working.add(key)
        _start(lambda: self._inbox.put(_done(key, work)))

    def follow(self, key: Hashable, source: Source) -> None:
        """Deliver each item of an iterable as it comes. Leaving the block closes it, also while it waits."""
        self._working.add(key)
        self._followers.append((_start(lambda: self._walk(key, source)), source))

    def drop(self, key: Hashable) -> None:
        """Wait for this no longer."""
        self._working.discard(key)

    def next(self, timeout: float | None = None) -> Delivery | None:
        """The next delivery; None when none came within `timeout` seconds."""
        while True:
            try:
                delivery = self._inbox.get(timeout=timeout)
            except Empty:
                return None
            if delivery.key in self._working:
                if delivery.last:
                    self._working.discard(delivery.key)
                else:
                    self._ahead.release()
                return delivery

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left = True
        for thread, source in self._followers:
            source.close()
            self._ahead.release()
            thread.join(_A_MOMENT)

    def _walk(self, key: Hashable, source: Source) -> None:
        try:
            for item in source:
                self._ahead.acquire()
                if self._left:
                    return
                self._inbox.put(Delivery(key, item, last=False))
        except BaseException as error:  # whatever it is, it is delivered
            self._inbox.put(Delivery(key, error=error))
        else:
            self._inbox.put(Delivery(key))


class AsyncCrew:
    """Tasks that work side by side; functions that are not `async` work in threads.

        async with AsyncCrew() as crew:
            crew.begin("a", lambda: 1)
            delivery = await crew.next(timeout=5)

    A task that was dropped, or is not done when the block is left, is cancelled. A thread works on in vain.
    """

    _group: TaskGroup
    _portal: BlockingPortal

    def __init__(self) -> None:
        self._put, self._inbox = anyio.create_memory_object_stream[Delivery](math.inf)
        self._working: dict[Hashable, anyio.CancelScope] = {}
        self._ahead = anyio.Semaphore(_AHEAD)

    def begin(self, key: Hashable, work: Callable[[], Any]) -> None:
        """Do it. Its result, or the error that it raises, is delivered under `key`."""
        self._working[key] = scope = anyio.CancelScope()
        if inspect.iscoroutinefunction(work):
            self._group.start_soon(self._do, key, work, scope)
        else:
            _start(lambda: self._bring(_done(key, work)))

    def follow(self, key: Hashable, source: AsyncIterable[Any]) -> None:
        """Deliver each item of an iterable as it comes."""
        self._working[key] = scope = anyio.CancelScope()
        self._group.start_soon(self._walk, key, source, scope)

    def drop(self, key: Hashable) -> None:
        """Wait for this no longer."""
        scope = self._working.pop(key, None)
        if scope is not None:
            scope.cancel()

    async def next(self, timeout: float | None = None) -> Delivery | None:
        """The next delivery; None when none came within `timeout` seconds."""
        with anyio.move_on_after(timeout):
            while True:
                delivery = await self._inbox.receive()
                if delivery.key in self._working:
                    if delivery.last:
                        self._working.pop(delivery.key)
                    else:
                        self._ahead.release()
                    return delivery
        return None

    async def __aenter__(self) -> Self:
        self._portal = await BlockingPortal().__aenter__()
        self._group = await anyio.create_task_group().__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._group.cancel_scope.cancel()
        try:
            await self._group.__aexit__(None, None, None)
        finally:
            await self._portal.stop(cancel_remaining=True)
            await self._portal.__aexit__(None, None, None)
            self._put.close()
            self._inbox.close()

    async def _do(self, key: Hashable, work: Callable[[], Any], scope: anyio.CancelScope) -> None:
        with scope:
            try:
                value = await work()
            except (Exception, SystemExit, anyio.get_cancelled_exc_class()) as error:  # whatever it is, it is delivered
                if _is_cancelled(error):
                    raise
                self._put.send_nowait(Delivery(key, error=error))
            else:
                self._put.send_nowait(Delivery(key, value))

    async def _walk(self, key: Hashable, source: AsyncIterable[Any], scope: anyio.CancelScope) -> None:
        with scope:
            try:
                async for item in source:
                    await self._ahead.acquire()
                    self._put.send_nowait(Delivery(key, item, last=False))
            except Exception as error:  # whatever it is, it is delivered
                self._put.send_nowait(Delivery(key, error=error))
            else:
                self._put.send_nowait(Delivery(key))

    def _bring(self, delivery: Delivery) -> None:
        try:
            self._portal.start_task_soon(self._put.send_nowait, delivery)
        except RuntimeError:  # everybody has left
            return


def _is_cancelled(error: BaseException) -> bool:
    """Whether a task ends because it was cancelled, rather than because it waited for another one that was."""
    is_cancellation = isinstance(error, anyio.get_cancelled_exc_class())
    return is_cancellation and anyio.current_effective_deadline() == -math.inf


def _start(target: Callable[[], object]) -> threading.Thread:
    # Whoever works sees the context variables of whoever asked: traces stay whole.
    thread = threading.Thread(target=contextvars.copy_context().run, args=(target,), name="crew", daemon=True)
    thread.start()
    return thread


def _done(key: Hashable, work: Callable[[], Any]) -> Delivery:
    try:
        return Delivery(key, work())
    except BaseException as error:  # whatever it is, it is delivered
        return Delivery(key, error=error)
