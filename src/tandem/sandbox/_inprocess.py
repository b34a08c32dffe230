"""The platform without a socket: the client's own transport Protocols, in both colours, bodies as they are sent."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from tandem._headers import Headers
from tandem._transport import ReplyTooLargeError, Request, Response, TransportError, async_whole

from ._conversation import END, Conversation, Item, Start
from ._errors import SandboxError

if TYPE_CHECKING:
    from ._platform import Platform

Stage = Literal["connect", "exchange", "reply"]


class InProcessTransport:
    """Sends requests straight into a platform, whatever the host of their URL.

    Any number of threads may share one. Closing it does not close the platform.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def send(self, request: Request) -> Response:
        """The whole reply."""
        reply = self.open(request)
        try:
            content = b"".join(reply.iter_bytes())
        finally:
            reply.close()
        return Response(reply.status_code, reply.headers, content)

    def open(self, request: Request) -> InProcessReply:
        """The reply once its headers are here."""
        items: queue.SimpleQueue[Item] = queue.SimpleQueue()
        conversation = _begin(self._platform, request, items.put)
        start = _first(_take(items, request, conversation, "exchange"))
        return InProcessReply(conversation, items, request, start)

    def close(self) -> None:
        """Nothing is held."""


class InProcessReply:
    """A reply whose body is still arriving."""

    def __init__(
        self, conversation: Conversation, items: queue.SimpleQueue[Item], request: Request, start: Start
    ) -> None:
        self.status_code = start.status
        self.headers = Headers(start.headers)
        self._conversation = conversation
        self._items = items
        self._request = request

    def iter_bytes(self) -> Iterator[bytes]:
        """The body, as it is sent."""
        meter = _Meter(self._request)
        while (chunk := meter.measured(_take(self._items, self._request, self._conversation, "reply"))) is not None:
            yield chunk

    def close(self) -> None:
        """Leave: a stream's source is closed. Safe to call twice."""
        self._conversation.leave()


class AsyncInProcessTransport:
    """Sends requests straight into a platform, whatever the host of their URL.

    Any number of asyncio tasks and loops may share one. Closing it does not close the platform.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def send(self, request: Request) -> Response:
        """The whole reply."""
        reply = await self.open(request)
        try:
            content = b"".join([chunk async for chunk in reply.iter_bytes()])
        finally:
            await reply.aclose()
        return Response(reply.status_code, reply.headers, content)

    async def open(self, request: Request) -> AsyncInProcessReply:
        """The reply once its headers are here."""
        request = replace(request, content=await async_whole(request.content))  # its files are read here, not there
        items: asyncio.Queue[Item] = asyncio.Queue()
        conversation = _begin(self._platform, request, _across(asyncio.get_running_loop(), items))
        start = _first(await _atake(items, request, conversation, "exchange"))
        return AsyncInProcessReply(conversation, items, request, start)

    async def aclose(self) -> None:
        """Nothing is held."""


class AsyncInProcessReply:
    """A reply whose body is still arriving."""

    def __init__(self, conversation: Conversation, items: asyncio.Queue[Item], request: Request, start: Start) -> None:
        self.status_code = start.status
        self.headers = Headers(start.headers)
        self._conversation = conversation
        self._items = items
        self._request = request

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        """The body, as it is sent."""
        meter = _Meter(self._request)
        while (
            chunk := meter.measured(await _atake(self._items, self._request, self._conversation, "reply"))
        ) is not None:
            yield chunk

    async def aclose(self) -> None:
        """Leave: a stream's source is closed. Safe to call twice."""
        self._conversation.leave()


def _begin(platform: Platform, request: Request, deliver: Callable[[Item], None]) -> Conversation:
    if platform.thread.is_here:
        # It would wait for itself.
        raise TransportError("a handler cannot call its own platform", stage="connect")
    try:
        conversation = Conversation(platform, request, deliver)
        conversation.begin()
    except SandboxError as error:
        raise TransportError(str(error), stage="connect") from error
    return conversation


def _take(items: queue.SimpleQueue[Item], request: Request, conversation: Conversation, stage: Stage) -> Item:
    try:
        return items.get(timeout=request.deadline.bound(_patience(request, stage)))
    except queue.Empty:
        conversation.leave()
        raise _silence(stage) from None


async def _atake(items: asyncio.Queue[Item], request: Request, conversation: Conversation, stage: Stage) -> Item:
    try:
        # Not wait_for, which in Python 3.11 may swallow a cancellation that meets an arriving item.
        async with asyncio.timeout(request.deadline.bound(_patience(request, stage))):
            return await items.get()
    except TimeoutError:
        conversation.leave()
        raise _silence(stage) from None
    except asyncio.CancelledError:
        conversation.leave()
        raise


def _across(loop: asyncio.AbstractEventLoop, items: asyncio.Queue[Item]) -> Callable[[Item], None]:
    def deliver(item: Item) -> None:
        if not loop.is_closed():  # the reader's loop may end before the platform has noticed
            loop.call_soon_threadsafe(items.put_nowait, item)

    return deliver


def _first(item: Item) -> Start:
    if isinstance(item, Start):
        return item
    raise item if isinstance(item, TransportError) else TransportError("no reply was sent", stage="exchange")


def _patience(request: Request, stage: Stage) -> float | None:
    return request.idle_timeout if request.stream and stage == "reply" else request.timeout


def _silence(stage: Stage) -> TransportError:
    return TransportError("the server stayed silent for too long", stage=stage, timed_out=True)


class _Meter:
    """Counts a body against the most that the caller takes."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._size = 0

    def measured(self, item: Item) -> bytes | None:
        """The chunk; None at the end of the body."""
        if isinstance(item, TransportError):
            raise item
        if item is END or not isinstance(item, bytes):
            return None
        self._size += len(item)
        limit = None if self._request.stream else self._request.max_response_bytes
        if limit is not None and self._size > limit:
            raise ReplyTooLargeError(limit)
        if self._request.deadline.expired:
            raise TransportError("the deadline passed", stage="reply", timed_out=True)
        return item
