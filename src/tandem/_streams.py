"""Event streams: opened by `with`, read by `for`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from . import _json
from ._calls import Call
from ._errors import ErrorFamily, StreamInterruptedError
from ._meta import ResponseMeta
from ._sse import EventDecoder, EventTooLargeError, ServerSentEvent
from ._transport import TransportError

if TYPE_CHECKING:
    from ._client import AsyncClient, Client
    from ._transport import AsyncReplyStream, ReplyStream

T = TypeVar("T")
_PLAIN = (dict, list, str, int, float, type(None))


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """An event of a type that this version does not know, or whose data is not the JSON that was due."""

    type: str
    data: Any


class EventReader(Generic[T]):
    """Turns bytes into typed events. Pure; both colours of a stream read through it."""

    __slots__ = ("_call", "_decoder", "last_event_id")

    def __init__(self, call: Call[T]) -> None:
        self._call = call
        self._decoder = EventDecoder()
        self.last_event_id: str | None = None
        """The id of the last event that was handed out: a later stream that goes on there misses none."""

    def read(self, chunk: bytes) -> Iterator[T | UnknownEvent]:
        for event in self._decoder.feed(chunk):
            self.last_event_id = event.id
            yield self._typed(event)
        self.last_event_id = self._decoder.last_event_id

    def interrupted(self, errors: ErrorFamily, problem: Exception) -> StreamInterruptedError:
        return errors[StreamInterruptedError](f"The stream broke off: {problem}", last_event_id=self.last_event_id)

    def _typed(self, event: ServerSentEvent) -> T | UnknownEvent:
        try:
            raw = _json.loads(event.data.encode())
            value = self._call.operation.decode(raw)
        except Exception:  # whatever a decoder meets in a stranger's bytes: the user still sees the event
            return UnknownEvent(event.event, event.data)
        if isinstance(value, _PLAIN):  # a member that the document does not list
            kind = raw.get("type") if _json.is_object(raw) else None
            return UnknownEvent(kind if isinstance(kind, str) else event.event, value)
        return value


class Stream(Generic[T]):
    """Events as they arrive: `with client.….stream(…) as events: for event in events: …`.

    Leaving the `with` block closes the connection at once. `last_event_id` is where a later stream can go on.
    Raises StreamInterruptedError when the connection breaks.
    """

    __slots__ = ("_call", "_client", "_events", "_reader", "_reply", "response_meta")

    def __init__(self, client: Client, call: Call[T]) -> None:
        self._client = client
        self._call = call
        self._reader = EventReader(call)
        self._reply: ReplyStream | None = None
        self._events: Iterator[T | UnknownEvent] | None = None
        self.response_meta: ResponseMeta | None = None

    @property
    def last_event_id(self) -> str | None:
        """The id of the last event that you were given."""
        return self._reader.last_event_id

    def __enter__(self) -> Self:
        self._reply, self.response_meta = self._client.open(self._call)
        self._events = EventWalk[T](self._reply, self._reader, self._client.errors)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[T | UnknownEvent]:
        return self._client.opened(self._events)

    def close(self) -> None:
        """Drop the connection. Safe to call twice."""
        if self._reply is not None:
            self._reply.close()


class EventWalk(Generic[T]):
    """The way through a stream. No generator: one that is left early would need cleaning up."""

    __slots__ = ("_chunks", "_errors", "_reader", "_ready", "_reply")

    def __init__(self, reply: ReplyStream, reader: EventReader[T], errors: ErrorFamily) -> None:
        self._reply = reply
        self._reader = reader
        self._errors = errors
        self._chunks: Iterator[bytes] | None = None
        self._ready: Iterator[T | UnknownEvent] = iter(())

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T | UnknownEvent:
        try:
            while True:
                for event in self._ready:
                    return event
                if self._chunks is None:
                    self._chunks = iter(self._reply.iter_bytes())
                self._ready = self._reader.read(next(self._chunks))
        except (TransportError, EventTooLargeError) as problem:
            raise self._reader.interrupted(self._errors, problem) from problem


class AsyncStream(Generic[T]):
    """Events as they arrive: `async with client.….stream(…) as events: async for event in events: …`.

    Leaving the `async with` block closes the connection at once. `last_event_id` is where a later stream can go on.
    Raises StreamInterruptedError when the connection breaks.
    """

    __slots__ = ("_call", "_client", "_events", "_reader", "_reply", "response_meta")

    def __init__(self, client: AsyncClient, call: Call[T]) -> None:
        self._client = client
        self._call = call
        self._reader = EventReader(call)
        self._reply: AsyncReplyStream | None = None
        self._events: AsyncIterator[T | UnknownEvent] | None = None
        self.response_meta: ResponseMeta | None = None

    @property
    def last_event_id(self) -> str | None:
        """The id of the last event that you were given."""
        return self._reader.last_event_id

    async def __aenter__(self) -> Self:
        self._reply, self.response_meta = await self._client.open(self._call)
        self._events = AsyncEventWalk[T](self._reply, self._reader, self._client.errors)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> AsyncIterator[T | UnknownEvent]:
        return self._client.opened(self._events)

    async def aclose(self) -> None:
        """Drop the connection. Safe to call twice."""
        if self._reply is not None:
            await self._reply.aclose()


class AsyncEventWalk(Generic[T]):
    """The way through a stream. No generator: one that is left early would need cleaning up."""

    __slots__ = ("_chunks", "_errors", "_reader", "_ready", "_reply")

    def __init__(self, reply: AsyncReplyStream, reader: EventReader[T], errors: ErrorFamily) -> None:
        self._reply = reply
        self._reader = reader
        self._errors = errors
        self._chunks: AsyncIterator[bytes] | None = None
        self._ready: Iterator[T | UnknownEvent] = iter(())

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T | UnknownEvent:
        try:
            while True:
                for event in self._ready:
                    return event
                if self._chunks is None:
                    self._chunks = aiter(self._reply.iter_bytes())
                self._ready = self._reader.read(await anext(self._chunks))
        except (TransportError, EventTooLargeError) as problem:
            raise self._reader.interrupted(self._errors, problem) from problem
