"""`rooms.chat`: a question and the answer to it, as it is written."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from interactor_api.errors import InvalidRequestError, StreamInterruptedError

from tandem import StreamGap, UnknownEvent

from ._answers import Answer, stream_options

if TYPE_CHECKING:
    from interactor_api.models import Message
    from interactor_api.models.stream_event import StreamEvent

    from interactor._resources._rooms import AsyncRooms, Rooms
    from tandem import AsyncStream, RequestOptions, Stream

# Messages of a room, when some of its events are lost: back to the question, which is seldom far.
_A_LOOK, _LOOKED_THROUGH = 100, 1000
_ENDED = "The room's event stream ended before the answer was complete."
_ONCE = "A chat is one question, and this one is asked already. Call rooms.chat() again."


class Chat:
    """One question and the answer to it: what `client.rooms.chat(…)` gives.

        for event in client.rooms.chat(room.id, "Hello"): ...          # begins, reads to the end, closes
        with client.rooms.chat(room.id, "Hello") as reply: ...         # the same, closed when you leave
        print(client.rooms.chat(room.id, "Hello").text())

    Yields the events of this answer only, whatever else happens in the room, and a `StreamGap` where pieces of it are
    lost (the end is not: it is then looked up). The calls of tools among them are yours to answer; `rooms.run_tools`
    does it for you. Leaving the loop or the block closes the stream at once; the assistant goes on in the room.
    """

    __slots__ = ("_answer", "_content", "_key", "_options", "_room_id", "_rooms", "_stream", "_unsure")

    def __init__(
        self, rooms: Rooms, room_id: str, content: str, idempotency_key: str | None, options: RequestOptions | None
    ) -> None:
        rooms.stream(room_id, options=stream_options(options))  # sends nothing: what is wrong is said now
        self._rooms = rooms
        self._room_id = room_id
        self._content = content
        self._key = idempotency_key
        self._options = options
        self._answer = Answer()
        self._stream: Stream[StreamEvent] | None = None
        # A key of the caller's may have been used before: then the answer is there already, and no event will tell.
        self._unsure = idempotency_key is not None

    def __repr__(self) -> str:
        state = "not begun" if self._stream is None else self._answer.state
        return f"<{type(self).__name__} in {self._room_id}, {state}>"

    @property
    def sent(self) -> Message | None:
        """Your message, once it is sent."""
        return self._answer.sent

    @property
    def message(self) -> Message | None:
        """The assistant's last word, once it is complete."""
        return self._answer.message

    def __enter__(self) -> Self:
        if self._stream is not None:
            raise InvalidRequestError(_ONCE)
        # The stream comes first: an answer may be written before the reply to the question is here.
        self._stream = self._rooms.stream(self._room_id, options=stream_options(self._options))
        self._stream.__enter__()
        try:
            sent = self._rooms.messages.send(
                self._room_id, content=self._content, stream=True, idempotency_key=self._key, options=self._options
            )
        except BaseException:  # cancellation too: what was opened is closed, then it goes on
            self._stream.close()
            raise
        self._answer.ask(sent)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[StreamEvent | UnknownEvent | StreamGap]:
        return self._whole() if self._stream is None else ChatWalk(self)

    def text(self) -> str:
        """Read to the end: the text of the assistant's last message. Raises StreamInterruptedError without one.

        Where the chat was closed before its end, what had come of it by then.
        """
        for _ in self:
            pass
        return self._answer.text()

    def close(self) -> None:
        """Stop listening, at once; a loop in another thread ends. Safe to call twice."""
        if self._stream is not None:
            self._stream.close()

    def next_event(self) -> StreamEvent | UnknownEvent | StreamGap | None:
        """The next event of the answer; None after the last one."""
        while self._stream is not None and not self._answer.over:
            if self._unsure:
                self._unsure = False
                found = self._answer.found_in(self.said_since())
                if found is not None:
                    return found
            event: Any = next(iter(self._stream), None)
            if event is None:
                if not self._stream.closed:
                    raise StreamInterruptedError(_ENDED, last_event_id=self._stream.last_event_id)
                return None
            if isinstance(event, StreamGap):
                self._unsure = True
                return event
            if self._answer.takes(event):
                return event  # type: ignore[no-any-return]  # an event of the stream
        return None

    def said_since(self) -> list[Message]:
        """What the room has heard since the question, newest first: the question is the last, unless it is too far."""
        found: list[Message] = []
        options = stream_options(self._options)
        pager = self._rooms.messages.list(self._room_id, order="desc", per_page=_A_LOOK, options=options)
        for message in pager:
            found.append(message)
            if len(found) == _LOOKED_THROUGH or (self.sent is not None and message.id == self.sent.id):
                break
        return found

    def _whole(self) -> Iterator[StreamEvent | UnknownEvent | StreamGap]:
        with self:
            yield from ChatWalk(self)


class ChatWalk:
    """The way through a chat that has begun."""

    __slots__ = ("_chat",)

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> StreamEvent | UnknownEvent | StreamGap:
        event = self._chat.next_event()
        if event is None:
            raise StopIteration
        return event


class AsyncChat:
    """One question and the answer to it: what `client.rooms.chat(…)` gives.

        async for event in client.rooms.chat(room.id, "Hello"): ...    # begins, reads to the end, closes
        async with client.rooms.chat(room.id, "Hello") as reply: ...   # the same, closed when you leave
        print(await client.rooms.chat(room.id, "Hello").text())

    Yields the events of this answer only, whatever else happens in the room, and a `StreamGap` where pieces of it are
    lost (the end is not: it is then looked up). The calls of tools among them are yours to answer; `rooms.run_tools`
    does it for you. Leaving the loop or the block closes the stream at once; the assistant goes on in the room.
    """

    __slots__ = ("_answer", "_content", "_key", "_options", "_room_id", "_rooms", "_stream", "_unsure")

    def __init__(
        self, rooms: AsyncRooms, room_id: str, content: str, idempotency_key: str | None, options: RequestOptions | None
    ) -> None:
        rooms.stream(room_id, options=stream_options(options))  # sends nothing: what is wrong is said now
        self._rooms = rooms
        self._room_id = room_id
        self._content = content
        self._key = idempotency_key
        self._options = options
        self._answer = Answer()
        self._stream: AsyncStream[StreamEvent] | None = None
        # A key of the caller's may have been used before: then the answer is there already, and no event will tell.
        self._unsure = idempotency_key is not None

    def __repr__(self) -> str:
        state = "not begun" if self._stream is None else self._answer.state
        return f"<{type(self).__name__} in {self._room_id}, {state}>"

    @property
    def sent(self) -> Message | None:
        """Your message, once it is sent."""
        return self._answer.sent

    @property
    def message(self) -> Message | None:
        """The assistant's last word, once it is complete."""
        return self._answer.message

    async def __aenter__(self) -> Self:
        if self._stream is not None:
            raise InvalidRequestError(_ONCE)
        # The stream comes first: an answer may be written before the reply to the question is here.
        self._stream = self._rooms.stream(self._room_id, options=stream_options(self._options))
        await self._stream.__aenter__()
        try:
            sent = await self._rooms.messages.send(
                self._room_id, content=self._content, stream=True, idempotency_key=self._key, options=self._options
            )
        except BaseException:  # cancellation too: what was opened is closed, then it goes on
            await self._stream.aclose()
            raise
        self._answer.ask(sent)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> AsyncIterator[StreamEvent | UnknownEvent | StreamGap]:
        return self._whole() if self._stream is None else AsyncChatWalk(self)

    async def text(self) -> str:
        """Read to the end: the text of the assistant's last message. Raises StreamInterruptedError without one.

        Where the chat was closed before its end, what had come of it by then.
        """
        async for _ in self:
            pass
        return self._answer.text()

    async def aclose(self) -> None:
        """Stop listening, at once; a loop in another task ends. Safe to call twice."""
        if self._stream is not None:
            await self._stream.aclose()

    async def next_event(self) -> StreamEvent | UnknownEvent | StreamGap | None:
        """The next event of the answer; None after the last one."""
        while self._stream is not None and not self._answer.over:
            if self._unsure:
                self._unsure = False
                found = self._answer.found_in(await self.said_since())
                if found is not None:
                    return found
            event: Any = await anext(aiter(self._stream), None)
            if event is None:
                if not self._stream.closed:
                    raise StreamInterruptedError(_ENDED, last_event_id=self._stream.last_event_id)
                return None
            if isinstance(event, StreamGap):
                self._unsure = True
                return event
            if self._answer.takes(event):
                return event  # type: ignore[no-any-return]  # an event of the stream
        return None

    async def said_since(self) -> list[Message]:
        """What the room has heard since the question, newest first: the question is the last, unless it is too far."""
        found: list[Message] = []
        options = stream_options(self._options)
        pager = self._rooms.messages.list(self._room_id, order="desc", per_page=_A_LOOK, options=options)
        async for message in pager:
            found.append(message)
            if len(found) == _LOOKED_THROUGH or (self.sent is not None and message.id == self.sent.id):
                break
        return found

    async def _whole(self) -> AsyncIterator[StreamEvent | UnknownEvent | StreamGap]:
        async with self:
            async for event in AsyncChatWalk(self):
                yield event


class AsyncChatWalk:
    """The way through a chat that has begun."""

    __slots__ = ("_chat",)

    def __init__(self, chat: AsyncChat) -> None:
        self._chat = chat

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StreamEvent | UnknownEvent | StreamGap:
        event = await self._chat.next_event()
        if event is None:
            raise StopAsyncIteration
        return event
