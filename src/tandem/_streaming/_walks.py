"""The way through an event stream, over as many connections as it takes."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from tandem._calls import Call
from tandem._errors import TandemError
from tandem._meta import ResponseMeta
from tandem._places import AsyncSignal, Signal
from tandem._transport import TransportError
from tandem._wire._reading import async_time_limit, time_limit

from ._events import StreamGap, UnknownEvent
from ._following import Following

if TYPE_CHECKING:
    from tandem._client import AsyncClient, Client
    from tandem._transport import AsyncReplyStream, ReplyStream

T = TypeVar("T")


class EventWalk(Generic[T]):
    """The way through a stream. No generator: one that is left early would need cleaning up."""

    __slots__ = (
        "__weakref__",
        "_chunks",
        "_client",
        "_cut",
        "_following",
        "_left",
        "_lock",
        "_over",
        "_place",
        "_reply",
        "_sleep",
        "_waiting",
        "closed",
        "meta",
        "reconnects",
    )

    def __init__(self, client: Client, following: Following[T], sleep: Callable[[float], Any] | None) -> None:
        self._client = client
        self._following = following
        self._sleep = sleep
        self._left = Signal()
        self._place = Signal.place()
        self._lock = threading.Lock()  # held for moments only, never while anyone waits
        self._over = self._cut = self._waiting = self.closed = False
        self._reply: ReplyStream | None = None
        self._chunks: Iterator[bytes] | None = None
        self.meta: ResponseMeta | None = None
        self.reconnects = 0

    def begin(self) -> None:
        self._client.follows(self)
        reply, self.meta = self._open(self._following.first_call())
        self._following.connected(again=False)
        self._take(reply)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T | UnknownEvent | StreamGap:
        while not self._over:
            event = self._following.next_event()
            if event is not None:
                return event
            try:
                self._advance()
            except TandemError:
                self._over = True
                raise
        raise StopIteration

    def close(self) -> None:
        with self._lock:
            self._over = self.closed = True
            reply, waiting = self._reply, self._waiting
        self._left.set()
        if reply is None:
            return
        # Two must not work on one connection: who waits for its bytes is woken, and then closes it.
        end = getattr(reply, "hang_up", reply.close) if waiting else reply.close
        end()

    def hang_up(self) -> None:
        """The client is closed: whoever waits for bytes, or to connect again, is woken to be told so."""
        if self._place != Signal.place():
            return  # those of another process or event loop are none of ours
        with self._lock:
            self._cut = True
            reply, waiting = self._reply, self._waiting
        self._left.set()
        if waiting and reply is not None:
            getattr(reply, "hang_up", reply.close)()

    def _advance(self) -> None:
        """Read on, or connect again."""
        try:
            if self._following.lost:
                raise TransportError("an event is missing", stage="reply")
            chunk = self._read()
        except TransportError as problem:
            self._following.broke(problem)
        else:
            if chunk is not None:
                self._following.feed(chunk)
                return
            self._following.broke(None)
        if not self._over:
            self._reconnect()

    def _read(self) -> bytes | None:
        """The next bytes; None at the end of the connection."""
        with self._lock:
            self._waiting = not (self._over or self._cut)
        try:
            if self._chunks is None or not self._waiting:
                return None
            with time_limit(self._following.deadline):
                return next(self._chunks, None)
        finally:
            with self._lock:
                self._waiting = False
                left = self._over
            if left and self._reply is not None:
                self._reply.close()

    def _reconnect(self) -> None:
        if self._reply is not None:
            self._reply.close()
        while not self._over:
            self._wait(self._following.pause())
            if self._over:
                return
            try:
                reply, self.meta = self._open(self._following.next_call())
            except TandemError as error:
                if self._following.ends_with(error):
                    self._over = True
            else:
                self._following.connected(again=True)
                self.reconnects += 1
                self._take(reply)
                return

    def _open(self, call: Call[T]) -> tuple[ReplyStream, ResponseMeta]:
        return self._client.open(call)

    def _take(self, reply: ReplyStream) -> None:
        with self._lock:
            self._reply, self._chunks = reply, iter(reply.iter_bytes())
            left = self._over
        if left:
            reply.close()

    def _wait(self, seconds: float) -> None:
        if self._sleep is None:
            self._left.wait(seconds)
        else:
            self._sleep(seconds)


class AsyncEventWalk(Generic[T]):
    """The way through a stream. No generator: one that is left early would need cleaning up."""

    __slots__ = (
        "__weakref__",
        "_chunks",
        "_client",
        "_cut",
        "_following",
        "_left",
        "_lock",
        "_over",
        "_place",
        "_reply",
        "_sleep",
        "_waiting",
        "closed",
        "meta",
        "reconnects",
    )

    def __init__(self, client: AsyncClient, following: Following[T], sleep: Callable[[float], Any] | None) -> None:
        self._client = client
        self._following = following
        self._sleep = sleep
        self._left = AsyncSignal()
        self._place = AsyncSignal.place()
        self._lock = threading.Lock()  # held for moments only, never while anyone waits
        self._over = self._cut = self._waiting = self.closed = False
        self._reply: AsyncReplyStream | None = None
        self._chunks: AsyncIterator[bytes] | None = None
        self.meta: ResponseMeta | None = None
        self.reconnects = 0

    async def begin(self) -> None:
        self._client.follows(self)
        reply, self.meta = await self._open(self._following.first_call())
        self._following.connected(again=False)
        await self._take(reply)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T | UnknownEvent | StreamGap:
        while not self._over:
            event = self._following.next_event()
            if event is not None:
                return event
            try:
                await self._advance()
            except TandemError:
                self._over = True
                raise
        raise StopAsyncIteration

    async def aclose(self) -> None:
        with self._lock:
            self._over = self.closed = True
            reply, waiting = self._reply, self._waiting
        self._left.set()
        if reply is None:
            return
        # Two must not work on one connection: who waits for its bytes is woken, and then closes it.
        end = getattr(reply, "hang_up", reply.aclose) if waiting else reply.aclose
        await end()

    async def hang_up(self) -> None:
        """The client is closed: whoever waits for bytes, or to connect again, is woken to be told so."""
        if self._place != AsyncSignal.place():
            return  # those of another process or event loop are none of ours
        with self._lock:
            self._cut = True
            reply, waiting = self._reply, self._waiting
        self._left.set()
        if waiting and reply is not None:
            await getattr(reply, "hang_up", reply.aclose)()

    async def _advance(self) -> None:
        """Read on, or connect again."""
        try:
            if self._following.lost:
                raise TransportError("an event is missing", stage="reply")
            chunk = await self._read()
        except TransportError as problem:
            self._following.broke(problem)
        else:
            if chunk is not None:
                self._following.feed(chunk)
                return
            self._following.broke(None)
        if not self._over:
            await self._reconnect()

    async def _read(self) -> bytes | None:
        """The next bytes; None at the end of the connection."""
        with self._lock:
            self._waiting = not (self._over or self._cut)
        try:
            if self._chunks is None or not self._waiting:
                return None
            with async_time_limit(self._following.deadline):
                return await anext(self._chunks, None)
        finally:
            with self._lock:
                self._waiting = False
                left = self._over
            if left and self._reply is not None:
                await self._reply.aclose()

    async def _reconnect(self) -> None:
        if self._reply is not None:
            await self._reply.aclose()
        while not self._over:
            await self._wait(self._following.pause())
            if self._over:
                return
            try:
                reply, self.meta = await self._open(self._following.next_call())
            except TandemError as error:
                if self._following.ends_with(error):
                    self._over = True
            else:
                self._following.connected(again=True)
                self.reconnects += 1
                await self._take(reply)
                return

    async def _open(self, call: Call[T]) -> tuple[AsyncReplyStream, ResponseMeta]:
        return await self._client.open(call)

    async def _take(self, reply: AsyncReplyStream) -> None:
        with self._lock:
            self._reply, self._chunks = reply, aiter(reply.iter_bytes())
            left = self._over
        if left:
            await reply.aclose()

    async def _wait(self, seconds: float) -> None:
        if self._sleep is None:
            await self._left.wait(seconds)
        else:
            await self._sleep(seconds)
