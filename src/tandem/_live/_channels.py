"""Live channels as users hold them: opened by `with` or by the first message that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from tandem._calls import Call
from tandem._core import Core
from tandem._errors import InvalidRequestError
from tandem._settings import CallSettings, apply_options
from tandem._streaming._events import StreamGap, UnknownEvent
from tandem._streaming._following import Following

from ._reader import LiveReader
from ._refusals import refusal
from ._walks import AsyncLiveWalk, LiveWalk, Opening

if TYPE_CHECKING:
    from tandem._client import AsyncClient, Client

T = TypeVar("T")


class BaseChannel(Generic[T]):
    """What both colours of a channel are made of."""

    __slots__ = ("_following", "_opening", "_reader", "_sleep", "_walk")

    _walk: Any

    def __init__(
        self, core: Core[Any, Any], settings: CallSettings, call: Call[T], greeting: Sequence[Any], looks_around: bool
    ) -> None:
        most = apply_options(settings, call.options, core.conventions).max_response_bytes
        try:
            self._reader = LiveReader(
                call.operation.decode,
                partial(refusal, core.conventions, call.operation),
                greeting,
                max_size=most,
                looks_around=looks_around,
            )
        except (TypeError, ValueError, RecursionError) as problem:
            raise core.error(InvalidRequestError, f"The subscription cannot be sent: {problem}.") from None
        self._following = Following(core, call, settings, self._reader)
        self._opening = Opening(core, self._reader)
        self._sleep = core.sleep
        self._walk = None

    def __repr__(self) -> str:
        state = "not open" if self._walk is None else "closed" if self._walk.closed else "open"
        return f"<{type(self).__name__} {state}>"

    @property
    def reconnects(self) -> int:
        """How often the channel went on over a new connection."""
        found: int = 0 if self._walk is None else self._walk.reconnects
        return found

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._walk is not None and bool(self._walk.closed)


class LiveChannel(BaseChannel[T]):
    """What happens, as it happens: `with client.subscribe(…) as messages: for message in messages: …`.

    Once the `with` block begins, the subscription stands. A connection that breaks, or is silent for `idle_timeout`
    seconds, is replaced by another that subscribes anew. Nothing is kept for those who were away: between the messages
    of two connections there is a `StreamGap`, and what was missed is to be asked for. Messages of a kind that is not
    known are dicts, and what is no JSON object at all is an `UnknownEvent`.

    Leaving the `with` block closes the connection at once, and so does `close()` from another thread: the loop then
    ends. A subscription that the platform refuses raises what a refused call does, such as PermissionDeniedError: at
    once, or in the place of the next message. Raises StreamInterruptedError when as many connections in a row as
    `retry` allows attempts brought no message.
    """

    __slots__ = ("_client",)

    def __init__(
        self, client: Client, call: Call[T], greeting: Sequence[Any] = (), *, looks_around: bool = False
    ) -> None:
        super().__init__(*client.prepared(call), call, greeting, looks_around)
        self._client = client

    def __enter__(self) -> Self:
        if self._walk is None:
            # Held from the beginning, so that `close` ends the wait for it too.
            self._walk = LiveWalk(self._client, self._following, self._sleep, self._reader, self._opening)
            self._walk.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T | UnknownEvent | StreamGap:
        self.__enter__()
        message: T | UnknownEvent | StreamGap = next(self._walk)
        return message

    def close(self) -> None:
        """Drop the connection and end the loop, also one in another thread. Safe to call twice."""
        if self._walk is not None:
            self._walk.close()


class AsyncLiveChannel(BaseChannel[T]):
    """What happens, as it happens: `async with client.subscribe(…) as messages: async for message in messages: …`.

    Once the `async with` block begins, the subscription stands. A connection that breaks, or is silent for
    `idle_timeout` seconds, is replaced by another that subscribes anew. Nothing is kept for those who were away:
    between the messages of two connections there is a `StreamGap`, and what was missed is to be asked for. Messages of
    a kind that is not known are dicts, and what is no JSON object at all is an `UnknownEvent`.

    Leaving the `async with` block closes the connection at once, and so do cancellation and `aclose()` from another
    task: the loop then ends. A subscription that the platform refuses raises what a refused call does, such as
    PermissionDeniedError: at once, or in the place of the next message. Raises StreamInterruptedError when as many
    connections in a row as `retry` allows attempts brought no message.
    """

    __slots__ = ("_client",)

    def __init__(
        self, client: AsyncClient, call: Call[T], greeting: Sequence[Any] = (), *, looks_around: bool = False
    ) -> None:
        super().__init__(*client.prepared(call), call, greeting, looks_around)
        self._client = client

    async def __aenter__(self) -> Self:
        if self._walk is None:
            # Held from the beginning, so that `aclose` ends the wait for it too.
            self._walk = AsyncLiveWalk(self._client, self._following, self._sleep, self._reader, self._opening)
            await self._walk.begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T | UnknownEvent | StreamGap:
        await self.__aenter__()
        message: T | UnknownEvent | StreamGap = await anext(self._walk)
        return message

    async def aclose(self) -> None:
        """Drop the connection and end the loop, also one in another task. Safe to call twice."""
        if self._walk is not None:
            await self._walk.aclose()
