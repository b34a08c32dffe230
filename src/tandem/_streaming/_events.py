"""Typed events from the bytes of a stream, each once, over as many connections as it takes. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from tandem import _json
from tandem._calls import Call

from ._sse import EventDecoder, ServerSentEvent, sent_id

T = TypeVar("T")
_PLAIN = (dict, list, str, int, float, type(None))
_REMEMBERED = 1000  # events: what servers keep for those who come back is of that order
_FEW = 2  # steps by one after which numbers are believed to count
_STEPS_TO_A_HOLE = 20  # with fewer, they are numbers that are shared with other streams


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """An event of a type that this version does not know, or whose data is not the JSON that was due."""

    type: str
    data: Any


@dataclass(frozen=True, slots=True)
class StreamGap:
    """Events may be missing here: the stream broke off, and the server no longer had all that came meanwhile.

    They stood between the two ids. That may be certain only some events later, as long as it is not known whether a
    stream's ids count. `last_event_id` is None where the stream broke off before it had named a place to go on from;
    `next_event_id` is None where no event has come since. Ask the API for the state of things, then read on.
    """

    type: ClassVar[str] = "stream.gap"
    last_event_id: str | None
    next_event_id: str | None


class EventReader(Generic[T]):
    """Turns bytes into typed events. `connected` begins each connection after the first.

    Where an event is missing in the midst of a connection, it stops there: what is `lost` may come when the server is
    asked again. `asks_again` says whether it is.
    """

    __slots__ = ("_asks_again", "_call", "_decoder", "_ready", "_seen", "given", "last_event_id", "lost")

    def __init__(self, call: Call[T], *, asks_again: bool = True) -> None:
        self._call = call
        self._asks_again = asks_again
        self._decoder = EventDecoder(last_event_id=call.last_event_id)
        self._seen = Seen(call.last_event_id)
        self._ready: Iterator[T | UnknownEvent | StreamGap] = iter(())
        self.last_event_id = call.last_event_id
        """The id of the last event that was handed out: a later stream that goes on there misses none."""
        self.given = 0
        """How many events have been handed out."""
        self.lost = False
        """Whether an event is missing before the next one."""

    @property
    def retry(self) -> float | None:
        """The pause before connecting again, where the server named one."""
        return self._decoder.retry

    @property
    def place(self) -> str | None:
        """Where a new connection can go on. None where no event has named an id that can be sent."""
        try:
            sent_id(self.last_event_id)
        except ValueError:  # a stranger's id: not everything that can stand in an event can stand in a header
            return None
        return self.last_event_id or None

    def connected(self) -> None:
        """There is a new connection. An event that the old one did not complete comes again."""
        self._decoder = EventDecoder(last_event_id=self.last_event_id, retry=self.retry)
        self._seen.go_on(self.place)
        self.lost = False
        if self.place is None:
            # The server cannot know what has been seen: it begins with what happens next.
            self._ready = iter([StreamGap(self.last_event_id or None, None)])

    def feed(self, chunk: bytes) -> None:
        """The next bytes, when `next_event` has no more. Raises EventTooLargeError."""
        before = self._decoder.last_event_id
        self._ready = self._walk(self._decoder.feed(chunk), before)

    def next_event(self) -> T | UnknownEvent | StreamGap | None:
        """The next event of what was fed; None where there is none yet."""
        return next(self._ready, None)

    def _walk(self, found: list[ServerSentEvent], named: str | None) -> Iterator[T | UnknownEvent | StreamGap]:
        for event in found:
            if self._asks_again and self._seen.misses_one_before(event):
                self.lost = True
                return
            new = not event.identified or self._seen.is_new(event)
            gap = self._seen.gap_before(event) if new and event.identified else None
            if gap is not None:
                yield gap
            if new and (event.identified or event.id != named):
                self.last_event_id = event.id  # not that of one that comes again: it would lead back
            named = event.id
            if new:
                self.given += 1
                yield self._typed(event)
        if self._decoder.last_event_id != named:  # a block without data has named a place
            self.last_event_id = self._decoder.last_event_id

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


class Seen:
    """Tells events that come again from new ones, and notices when some are missing.

    An event is known again by its id and content: a server that has lost its memory and counts from 1 anew is heard.
    Ids are opaque, but where they are numbers that usually count by one, a hole between two of them is a gap. Where
    that is not known yet, it is doubted; what is doubted becomes one gap when it is known.
    """

    __slots__ = ("_doubted", "_due", "_first", "_holes", "_known", "_last", "_number", "_order", "_steps")

    def __init__(self, after: str | None) -> None:
        self._known = set[int]()
        self._order = deque[int]()
        self._steps = self._holes = 0
        self._doubted: tuple[str | None, str | None] = (None, None)  # the ids around what may be missing
        self._due = 0  # steps after which it is told; where as many are made, nothing is doubted
        self.go_on(after)

    def go_on(self, after: str | None) -> None:
        """A connection begins behind this event."""
        self._last, self._number, self._first = after, _number(after), True

    def is_new(self, event: ServerSentEvent) -> bool:
        """Whether this is the first time that the event is seen. From then on it is known."""
        mark = hash(event)
        if mark in self._known:
            return False
        self._known.add(mark)
        self._order.append(mark)
        if len(self._order) > _REMEMBERED:
            self._known.discard(self._order.popleft())
        return True

    def misses_one_before(self, event: ServerSentEvent) -> bool:
        """Whether a connection has left something out just before this event. The event is not seen by that."""
        if self._first or self._steps < _FEW or not (event.identified and self._leaps(event) and self._counts):
            return False
        return hash(event) not in self._known

    def gap_before(self, event: ServerSentEvent) -> StreamGap | None:
        """What is missing before this new event, as far as the ids can tell by now."""
        last, known, first = self._last, self._number, self._first
        self._last, self._number, self._first = event.id, _number(event.id), False
        if known is None or self._number is None:
            return None
        if self._number == known + 1:
            self._steps += 1
            return StreamGap(*self._doubted) if self._steps == self._due else None
        believed = self._counts and (first or self._steps >= _FEW)
        self._holes += 1
        if believed:
            return StreamGap(last, event.id)
        self._doubted = (self._doubted[0] if self._due > self._steps else last, event.id)
        self._due = max(self._steps + _FEW, (self._holes - 1) * _STEPS_TO_A_HOLE)
        return None

    @property
    def _counts(self) -> bool:
        """Whether ids count by one, but for a hole now and then."""
        return self._steps >= self._holes * _STEPS_TO_A_HOLE

    def _leaps(self, event: ServerSentEvent) -> bool:
        number = _number(event.id)
        return number is not None and self._number is not None and number != self._number + 1


def _number(event_id: str | None) -> int | None:
    plain = event_id is not None and len(event_id) <= 18 and event_id.isascii() and event_id.isdecimal()
    return int(event_id) if plain and event_id is not None else None
