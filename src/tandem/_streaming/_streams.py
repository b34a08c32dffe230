"""Event streams: opened by `with`, read by `for`, carried on over new connections when one ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from tandem._meta import ResponseMeta

from ._events import StreamGap, UnknownEvent
from ._following import Following
from ._walks import AsyncEventWalk, EventWalk

if TYPE_CHECKING:
    from tandem._client import AsyncClient, Client

T = TypeVar("T")


class Stream(Generic[T]):
    """Events as they arrive: `with client.….stream(…) as events: for event in events: …`.

    A connection that breaks, ends, or stays silent for `idle_timeout` seconds is replaced by another that goes on after
    the last event: none comes twice, and where some are missing there is a `StreamGap` between the others. The loop
    ends when what is followed is gone (the server ends the stream and answers 404, or 204, from then on).

    Leaving the `with` block closes the connection at once, and so does `close()` from another thread: the loop then
    ends. One thread at a time reads a stream. `last_event_id` is where a later stream can go on, in this process or
    another.
    Raises StreamInterruptedError when as many connections in a row as `retry` allows attempts brought no event.
    """

    __slots__ = ("_client", "_following", "_sleep", "_walk")

    def __init__(self, client: Client, following: Following[T], sleep: Callable[[float], Any] | None = None) -> None:
        self._client = client
        self._following = following
        self._sleep = sleep
        self._walk: EventWalk[T] | None = None

    def __repr__(self) -> str:
        state = "not open" if self._walk is None else "closed" if self._walk.closed else "open"
        after = "" if self.last_event_id is None else f", after event {self.last_event_id!r}"
        return f"<{type(self).__name__} of {self._following.name}, {state}{after}>"

    @property
    def last_event_id(self) -> str | None:
        """The id of the last event that you were given."""
        return self._following.last_event_id

    @property
    def reconnects(self) -> int:
        """How often the stream went on over a new connection."""
        return 0 if self._walk is None else self._walk.reconnects

    @property
    def response_meta(self) -> ResponseMeta | None:
        """How the connection that is read now came about."""
        return None if self._walk is None else self._walk.meta

    @property
    def closed(self) -> bool:
        """Whether `close` was called: a loop that has ended without that came to the end of what there is."""
        return self._walk is not None and self._walk.closed

    def __enter__(self) -> Self:
        walk = EventWalk(self._client, self._following, self._sleep)
        walk.begin()
        self._walk = walk
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[T | UnknownEvent | StreamGap]:
        return self._client.opened(self._walk)

    def close(self) -> None:
        """Drop the connection and end the loop, also one in another thread. Safe to call twice.

        A loop that is just connecting again ends when that has succeeded or failed, at the latest after `timeout`.
        """
        if self._walk is not None:
            self._walk.close()


class AsyncStream(Generic[T]):
    """Events as they arrive: `async with client.….stream(…) as events: async for event in events: …`.

    A connection that breaks, ends, or stays silent for `idle_timeout` seconds is replaced by another that goes on after
    the last event: none comes twice, and where some are missing there is a `StreamGap` between the others. The loop
    ends when what is followed is gone (the server ends the stream and answers 404, or 204, from then on).

    Leaving the `async with` block closes the connection at once, and so do cancellation and `aclose()` from another
    task: the loop then ends. One task at a time reads a stream. `last_event_id` is where a later stream can go on, in
    this process or another.
    Raises StreamInterruptedError when as many connections in a row as `retry` allows attempts brought no event.
    """

    __slots__ = ("_client", "_following", "_sleep", "_walk")

    def __init__(
        self, client: AsyncClient, following: Following[T], sleep: Callable[[float], Any] | None = None
    ) -> None:
        self._client = client
        self._following = following
        self._sleep = sleep
        self._walk: AsyncEventWalk[T] | None = None

    def __repr__(self) -> str:
        state = "not open" if self._walk is None else "closed" if self._walk.closed else "open"
        after = "" if self.last_event_id is None else f", after event {self.last_event_id!r}"
        return f"<{type(self).__name__} of {self._following.name}, {state}{after}>"

    @property
    def last_event_id(self) -> str | None:
        """The id of the last event that you were given."""
        return self._following.last_event_id

    @property
    def reconnects(self) -> int:
        """How often the stream went on over a new connection."""
        return 0 if self._walk is None else self._walk.reconnects

    @property
    def response_meta(self) -> ResponseMeta | None:
        """How the connection that is read now came about."""
        return None if self._walk is None else self._walk.meta

    @property
    def closed(self) -> bool:
        """Whether `aclose` was called: a loop that has ended without that came to the end of what there is."""
        return self._walk is not None and self._walk.closed

    async def __aenter__(self) -> Self:
        walk = AsyncEventWalk(self._client, self._following, self._sleep)
        await walk.begin()
        self._walk = walk
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> AsyncIterator[T | UnknownEvent | StreamGap]:
        return self._client.opened(self._walk)

    async def aclose(self) -> None:
        """Drop the connection and end the loop, also one in another task. Safe to call twice.

        A loop that is just connecting again ends when that has succeeded or failed, at the latest after `timeout`.
        """
        if self._walk is not None:
            await self._walk.aclose()
