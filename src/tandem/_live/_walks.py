"""The way through a live channel, over as many connections as it takes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from tandem._calls import Call, RequestOptions
from tandem._core import Core
from tandem._errors import ConfigurationError, ResponseDecodeError, TandemError
from tandem._meta import ResponseMeta
from tandem._streaming._events import StreamGap, UnknownEvent
from tandem._streaming._following import Following
from tandem._streaming._walks import AsyncEventWalk, EventWalk
from tandem._transport import AsyncReplyStream, ReplyStream

from ._connecting import AsyncConnecting, CalledOff, Connecting
from ._lines import AsyncLine, Line
from ._reader import LiveReader
from ._talk import Talk, accepts, handshake, new_key

if TYPE_CHECKING:
    from tandem._client import AsyncClient, Client

T = TypeVar("T")


class Opening:
    """What each connection begins with. Pure."""

    def __init__(self, core: Core[Any, Any], reader: LiveReader[Any]) -> None:
        self._core = core
        self._reader = reader
        self.key = ""

    def talk(self) -> Talk:
        """What is said over a new connection. Raises ConfigurationError where the library for it is not installed."""
        try:
            return self._reader.connect()
        except ImportError as missing:
            remedy = self._core.conventions.live_remedy
            raise self._core.error(ConfigurationError, f"Live channels need a library: {remedy}.") from missing

    def asked(self, call: Call[T]) -> Call[T]:
        """The call with what asks for a WebSocket."""
        self.key = new_key()
        options = call.options or RequestOptions()
        headers = {**(options.get("extra_headers") or {}), **handshake(self.key)}
        return call._replace(options={**options, "extra_headers": headers})

    def refuse(self, reply: Any) -> TandemError | None:
        """Why there is no speaking over this reply's connection, or None."""
        if not accepts(self.key, reply.headers.get("sec-websocket-accept")):
            return self._core.error(ResponseDecodeError, "The server's answer to the handshake is that to another one.")
        if getattr(reply, "connection", None) is None:
            return self._core.error(ConfigurationError, "This transport cannot hold a connection open for a WebSocket.")
        return None


class LiveWalk(EventWalk[T]):
    """For threads."""

    __slots__ = ("_connecting", "_opening", "_reader")

    def __init__(
        self,
        client: Client,
        following: Following[T],
        sleep: Callable[[float], Any] | None,
        reader: LiveReader[T],
        opening: Opening,
    ) -> None:
        super().__init__(client, following, sleep)
        self._reader = reader
        self._opening = opening
        self._connecting = Connecting()

    def begin(self) -> None:
        """Connect, and wait until the server has read the greeting. Raises what it says of that, if it refuses it."""
        with suppress(CalledOff):  # it was closed meanwhile
            super().begin()
            self._stand()

    def __next__(self) -> T | UnknownEvent | StreamGap:
        try:
            return super().__next__()
        except CalledOff:
            raise StopIteration from None
        except TandemError:  # who refuses to go on may keep the connection open
            self.close()
            raise

    def close(self) -> None:
        super().close()
        self._connecting.call_off()

    def _stand(self) -> None:
        try:
            while not (self._reader.ready or self._over):
                self._advance()
            self._reader.look_ahead()
        except BaseException:  # cancellation too: what was taken is given back, then it goes on
            self.close()
            raise

    def _open(self, call: Call[T]) -> tuple[ReplyStream, ResponseMeta]:
        talk = self._opening.talk()
        reply, meta = self._connecting.run(partial(super()._open, self._opening.asked(call)))
        refusal = self._opening.refuse(reply)
        if refusal is not None:
            reply.close()
            raise refusal
        patience, deadline = self._following.settings.idle_timeout, self._following.deadline
        return Line(reply, talk, patience, deadline, self._reader.glance), meta


class AsyncLiveWalk(AsyncEventWalk[T]):
    """For tasks."""

    __slots__ = ("_connecting", "_opening", "_reader")

    def __init__(
        self,
        client: AsyncClient,
        following: Following[T],
        sleep: Callable[[float], Any] | None,
        reader: LiveReader[T],
        opening: Opening,
    ) -> None:
        super().__init__(client, following, sleep)
        self._reader = reader
        self._opening = opening
        self._connecting = AsyncConnecting()

    async def begin(self) -> None:
        """Connect, and wait until the server has read the greeting. Raises what it says of that, if it refuses it."""
        with suppress(CalledOff):  # it was closed meanwhile
            await super().begin()
            await self._stand()

    async def __anext__(self) -> T | UnknownEvent | StreamGap:
        try:
            return await super().__anext__()
        except CalledOff:
            raise StopAsyncIteration from None
        except TandemError:  # who refuses to go on may keep the connection open
            await self.aclose()
            raise

    async def aclose(self) -> None:
        await super().aclose()
        self._connecting.call_off()

    async def _stand(self) -> None:
        try:
            while not (self._reader.ready or self._over):
                await self._advance()
            self._reader.look_ahead()
        except BaseException:  # cancellation too: what was taken is given back, then it goes on
            await self.aclose()
            raise

    async def _open(self, call: Call[T]) -> tuple[AsyncReplyStream, ResponseMeta]:
        talk = self._opening.talk()
        reply, meta = await self._connecting.run(partial(super()._open, self._opening.asked(call)))
        refusal = self._opening.refuse(reply)
        if refusal is not None:
            await reply.aclose()
            raise refusal
        patience, deadline = self._following.settings.idle_timeout, self._following.deadline
        return AsyncLine(reply, talk, patience, deadline, self._reader.glance), meta
