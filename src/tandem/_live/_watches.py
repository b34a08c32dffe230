"""Following one thing until it is done: by a live channel, and by asking where that has nothing to say."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from tandem._calls import Call
from tandem._errors import TandemError
from tandem._places import AsyncSignal, Signal

from ._channels import AsyncLiveChannel, LiveChannel
from ._reader import MUTE, QUIET
from ._watching import Tracker, Watching

if TYPE_CHECKING:
    from tandem._client import AsyncClient, Client

U = TypeVar("U")


class BaseWatch(Generic[U]):
    """What both colours of a watch are made of."""

    __slots__ = (
        "__weakref__",
        "_begun",
        "_channel",
        "_client",
        "_last",
        "_left",
        "_over",
        "_place",
        "_sleep",
        "_watching",
    )

    _channel: Any
    _left: Any

    def __init__(
        self,
        client: Any,
        look: Call[Any],
        live: Call[Any],
        *,
        greeting: Sequence[Any],
        tracker: Tracker[U],
        interval: float,
    ) -> None:
        core, settings = client.prepared(look)
        self._client = client
        self._sleep = core.sleep
        self._watching = Watching(core, settings, look, live, greeting, tracker, interval)
        self._last: U | None = None
        self._channel = None
        self._left = None
        self._place: object = None
        self._begun = self._over = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'over' if self._over else 'open' if self._left else 'not open'}>"


class Watch(BaseWatch[U]):
    """Updates of one thing, each once, until the last: `for update in client.….watch(…): …`.

    The first update is the state as it is now. A connection that breaks is replaced, and the state is asked for, so
    that nothing final is missed; where the platform offers no live channel, it is asked for again and again.

    A loop that is left early leaves the connection open until the client closes: `with client.….watch(…) as updates:`
    closes it at once, and so does `close()`, from another thread too.
    """

    __slots__ = ()

    _client: Client
    _channel: LiveChannel[Any] | None
    _left: Signal | None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> U:
        self._begin()
        last, self._last = self._last, None
        if last is not None:  # whoever asked for it was called off while all was being closed
            return last
        while not self._over:
            try:
                update = self._step()
            except TandemError:
                self.close()
                raise
            if update is not None:
                return self._given(update)
        raise StopIteration

    def close(self) -> None:
        """Drop the connection and end the loop, also one in another thread. Safe to call twice."""
        self._over = True
        channel, self._channel = self._channel, None
        if self._left is not None:
            self._left.set()
        if channel is not None:
            channel.close()

    def hang_up(self) -> None:
        """The client is closed: whoever waits is woken to be told so."""
        if self._left is not None and self._place == Signal.place():
            self._left.set()

    def _begin(self) -> None:
        if self._left is None:
            self._left, self._place = Signal(), Signal.place()
            self._client.follows(self)
            self._watching.begin()

    def _step(self) -> U | None:
        channel = self._channel
        if self._watching.looks:
            return self._look()
        if channel is None:
            self._connect()
            return None
        return self._listen(channel)

    def _given(self, update: U) -> U:
        if self._watching.tracker.done:
            self._last = update
            self.close()
            self._last = None
        return update

    def _look(self) -> U | None:
        try:
            state = self._client.call(self._watching.look())
        except TandemError as error:
            self._watching.not_found(error)
            self._wait(self._watching.pause())
            return None
        return self._watching.found(state)

    def _connect(self) -> None:
        if self._begun:
            self._wait(self._watching.pause())
        self._begun = True
        if self._over or not self._watching.listens:
            return
        call = self._watching.channel()
        channel = LiveChannel(self._client, call, self._watching.greeting, looks_around=True)
        self._channel = channel
        try:
            channel.__enter__()
        except TandemError as error:
            self._channel = None
            self._watching.broke(error)
        else:
            self._watching.connected()
        if self._over:  # it was left meanwhile
            channel.close()

    def _listen(self, channel: LiveChannel[Any]) -> U | None:
        try:
            message = next(channel, None)
        except TandemError as error:
            self._channel = None
            channel.close()
            self._watching.broke(error)
            return None
        if message is None:
            self._channel = None
            return None
        if message is MUTE:
            self._watching.mute()
            return None
        if message is QUIET:
            self._watching.quiet()
            return None
        return self._watching.told(message)

    def _wait(self, seconds: float) -> None:
        if self._sleep is not None:
            self._sleep(seconds)
        elif self._left is not None:
            self._left.wait(seconds)


class AsyncWatch(BaseWatch[U]):
    """Updates of one thing, each once, until the last: `async for update in client.….watch(…): …`.

    The first update is the state as it is now. A connection that breaks is replaced, and the state is asked for, so
    that nothing final is missed; where the platform offers no live channel, it is asked for again and again.

    A loop that is left early leaves the connection open until the client closes: `async with client.….watch(…) as
    updates:` closes it at once, and so does `aclose()`, from another task too.
    """

    __slots__ = ()

    _client: AsyncClient
    _channel: AsyncLiveChannel[Any] | None
    _left: AsyncSignal | None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> U:
        self._begin()
        last, self._last = self._last, None
        if last is not None:  # whoever asked for it was called off while all was being closed
            return last
        while not self._over:
            try:
                update = await self._step()
            except TandemError:
                await self.aclose()
                raise
            if update is not None:
                return await self._given(update)
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Drop the connection and end the loop, also one in another task. Safe to call twice."""
        self._over = True
        channel, self._channel = self._channel, None
        if self._left is not None:
            self._left.set()
        if channel is not None:
            await channel.aclose()

    async def hang_up(self) -> None:
        """The client is closed: whoever waits is woken to be told so."""
        if self._left is not None and self._place == AsyncSignal.place():
            self._left.set()

    def _begin(self) -> None:
        if self._left is None:
            self._left, self._place = AsyncSignal(), AsyncSignal.place()
            self._client.follows(self)
            self._watching.begin()

    async def _step(self) -> U | None:
        channel = self._channel
        if self._watching.looks:
            return await self._look()
        if channel is None:
            await self._connect()
            return None
        return await self._listen(channel)

    async def _given(self, update: U) -> U:
        if self._watching.tracker.done:
            self._last = update
            await self.aclose()
            self._last = None
        return update

    async def _look(self) -> U | None:
        try:
            state = await self._client.call(self._watching.look())
        except TandemError as error:
            self._watching.not_found(error)
            await self._wait(self._watching.pause())
            return None
        return self._watching.found(state)

    async def _connect(self) -> None:
        if self._begun:
            await self._wait(self._watching.pause())
        self._begun = True
        if self._over or not self._watching.listens:
            return
        call = self._watching.channel()
        channel = AsyncLiveChannel(self._client, call, self._watching.greeting, looks_around=True)
        self._channel = channel
        try:
            await channel.__aenter__()
        except TandemError as error:
            self._channel = None
            self._watching.broke(error)
        else:
            self._watching.connected()
        if self._over:  # it was left meanwhile
            await channel.aclose()

    async def _listen(self, channel: AsyncLiveChannel[Any]) -> U | None:
        try:
            message = await anext(channel, None)
        except TandemError as error:
            self._channel = None
            await channel.aclose()
            self._watching.broke(error)
            return None
        if message is None:
            self._channel = None
            return None
        if message is MUTE:
            self._watching.mute()
            return None
        if message is QUIET:
            self._watching.quiet()
            return None
        return self._watching.told(message)

    async def _wait(self, seconds: float) -> None:
        if self._sleep is not None:
            await self._sleep(seconds)
        elif self._left is not None:
            await self._left.wait(seconds)
