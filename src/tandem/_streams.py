"""Event streams: opened by `with`, read by `for`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, cast

from . import _json
from ._calls import Call
from ._errors import StreamInterruptedError
from ._meta import ResponseMeta
from ._sse import EventDecoder, EventTooLargeError, ServerSentEvent
from ._transport import TransportError

if TYPE_CHECKING:
    from ._client import AsyncClient, Client
    from ._transport import AsyncReplyStream, ReplyStream

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """An event of a type that this version does not know, or whose data is not the JSON that was due."""

    type: str
    data: Any


class EventReader(Generic[T]):
    """Turns bytes into typed events. Pure; both colours of a stream read through it."""

    __slots__ = ("_call", "_decoder")

    def __init__(self, call: Call[T]) -> None:
        self._call = call
        self._decoder = EventDecoder()

    @property
    def last_event_id(self) -> str | None:
        return self._decoder.last_event_id

    def read(self, chunk: bytes) -> list[T | UnknownEvent]:
        return [self._typed(event) for event in self._decoder.feed(chunk)]

    def _typed(self, event: ServerSentEvent) -> T | UnknownEvent:
        try:
            raw = _json.loads(event.data.encode())
            value = self._call.operation.decode(raw)
        except Exception:  # whatever a decoder meets in a stranger's bytes: the user still sees the event
            return UnknownEvent(event.event, event.data)
        if isinstance(value, dict):  # a member that the document does not list
            data = cast("dict[str, Any]", value)
            return UnknownEvent(str(data.get("type", event.event)), data)
        return value


class Stream(Generic[T]):
    """Events as they arrive: `with client.….stream(…) as events: for event in events: …`.

    Leaving the `with` block closes the connection at once. `last_event_id` is where a later stream can go on.
    Raises StreamInterruptedError when the connection breaks.
    """

    __slots__ = ("_call", "_client", "_reader", "_reply", "response_meta")

    def __init__(self, client: Client, call: Call[T]) -> None:
        self._client = client
        self._call = call
        self._reader = EventReader(call)
        self._reply: ReplyStream | None = None
        self.response_meta: ResponseMeta | None = None

    @property
    def last_event_id(self) -> str | None:
        """The id of the last event that arrived."""
        return self._reader.last_event_id

    def __enter__(self) -> Self:
        self._reply, self.response_meta = self._client.open(self._call)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[T | UnknownEvent]:
        reply = self._client.opened(self._reply)
        try:
            for chunk in reply.iter_bytes():
                yield from self._reader.read(chunk)
        except (TransportError, EventTooLargeError) as problem:
            raise self._interrupted(problem) from problem

    def close(self) -> None:
        """Drop the connection. Safe to call twice."""
        if self._reply is not None:
            self._reply.close()

    def _interrupted(self, problem: Exception) -> StreamInterruptedError:
        return self._client.errors[StreamInterruptedError](
            f"The stream broke off: {problem}", last_event_id=self.last_event_id
        )


class AsyncStream(Generic[T]):
    """Events as they arrive: `async with client.….stream(…) as events: async for event in events: …`.

    Leaving the `async with` block closes the connection at once. `last_event_id` is where a later stream can go on.
    Raises StreamInterruptedError when the connection breaks.
    """

    __slots__ = ("_call", "_client", "_reader", "_reply", "response_meta")

    def __init__(self, client: AsyncClient, call: Call[T]) -> None:
        self._client = client
        self._call = call
        self._reader = EventReader(call)
        self._reply: AsyncReplyStream | None = None
        self.response_meta: ResponseMeta | None = None

    @property
    def last_event_id(self) -> str | None:
        """The id of the last event that arrived."""
        return self._reader.last_event_id

    async def __aenter__(self) -> Self:
        self._reply, self.response_meta = await self._client.open(self._call)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def __aiter__(self) -> AsyncIterator[T | UnknownEvent]:
        reply = self._client.opened(self._reply)
        try:
            async for chunk in reply.iter_bytes():
                for event in self._reader.read(chunk):
                    yield event
        except (TransportError, EventTooLargeError) as problem:
            raise self._interrupted(problem) from problem

    async def aclose(self) -> None:
        """Drop the connection. Safe to call twice."""
        if self._reply is not None:
            await self._reply.aclose()

    def _interrupted(self, problem: Exception) -> StreamInterruptedError:
        return self._client.errors[StreamInterruptedError](
            f"The stream broke off: {problem}", last_event_id=self.last_event_id
        )
