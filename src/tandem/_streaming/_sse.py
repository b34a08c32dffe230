"""Server-sent events from bytes, by the WHATWG specification (HTML, section 9.2.6). Pure."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any, NamedTuple, cast

_SKIPPED = r"(?:(?::.*+)?+\n)"  # a comment, or an empty line between events
_ID = r"(?:id: ?+([^\n\0]++)\n)"  # one with a NUL does not count
_HEAD = rf"{_ID}?+(?:event: ?+(.*+)\n)?+{_ID}?+"
_BLOCK = re.compile(rf"{_SKIPPED}*+{_HEAD}data: ?+(.*+(?:\ndata:.*+)*+)\n\n|({_SKIPPED}*+(?:.++\n)++\n|{_SKIPPED}++)")
"""An event as nearly all servers write them, read in one step; or else (the last group) lines to be read one by one."""

_alone = re.compile(rf"{_HEAD}data: ?+(.*+)\n\n").fullmatch
"""One event and nothing else: what a chunk is where a server sends as it writes."""

_NEXT_LINE = re.compile(r"\ndata: ?+")  # within the data of an event

_CR = 13  # a number is found in bytes ten times as fast as bytes are
_PATIENCE = 4096  # bytes of an event that wait for its end before they are taken apart

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST_ID = 4096  # characters; servers take heads of 8 kB and more


class ServerSentEvent(NamedTuple):
    """One event as it came over the wire. `id` is the last id that the stream had named by then."""

    data: str
    event: str = "message"
    id: str | None = None
    identified: bool = False
    """Whether the id is the event's own rather than that of an earlier one."""


class EventTooLargeError(Exception):
    """A line or an event went over the ceiling."""


class EventDecoder:
    """Feed it bytes in any chunking; it gives back the events that they complete.

    One that goes on where an earlier one was cut off begins with that one's `last_event_id` and `retry`.
    """

    __slots__ = (
        "_after_cr",
        "_at_rest",
        "_ceiling",
        "_data",
        "_event",
        "_id",
        "_identified",
        "_midway",
        "_pending",
        "_retry",
        "_searched",
        "_short",
        "_size",
        "_started",
        "last_event_id",
    )

    def __init__(
        self, ceiling: int = 16 * 1024 * 1024, *, last_event_id: str | None = None, retry: float | None = None
    ) -> None:
        self.last_event_id = last_event_id
        """Where a later stream goes on. An id counts once its event is complete: one that was cut off comes again."""
        self._retry = retry
        self._ceiling = ceiling
        self._short = min(_PATIENCE, ceiling)
        self._pending = bytearray()  # the beginning of an event; midway through one, the rest from a line's LF on
        self._searched = 0  # bytes of it that have no LF but that one
        self._started = self._after_cr = self._midway = self._identified = False
        self._at_rest = False  # between two events, with nothing left of the last chunk
        self._data: list[str] = []
        self._event = ""
        self._id = last_event_id
        self._size = 0

    @property
    def retry(self) -> float | None:
        """Seconds to wait before connecting again, when the server named them. That counts with the end of its line."""
        with suppress(EventTooLargeError):  # which `feed` reports
            self._take_pending_lines()
        return self._retry

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """The events that this chunk completes. Raises EventTooLargeError."""
        if self._at_rest and len(chunk) <= self._short and _CR not in chunk:
            alone = _alone(chunk.decode("utf-8", "replace"))
            if alone is not None:
                first, name, second, data = alone.groups()
                own = second or first
                if own is not None:
                    self._id = self.last_event_id = own
                    return [_new(ServerSentEvent, (data, name or "message", own, True))]
                return [_new(ServerSentEvent, (data, name or "message", self._id, False))]
        self._at_rest = False
        found = self._events_after(chunk)
        self._at_rest = self._started and not (self._pending or self._after_cr)
        return found

    def _events_after(self, chunk: bytes) -> list[ServerSentEvent]:
        if self._after_cr or _CR in chunk:
            chunk = self._with_lf(chunk)
        # Nearly always an event comes in one piece.
        whole = chunk if not self._pending and chunk.endswith(b"\n\n") else self._complete(chunk)
        found = self._events(whole) if whole else []
        if self._pending:
            self._hold_back()
        return found

    def _events(self, whole: bytes | bytearray) -> list[ServerSentEvent]:
        """Those in the bytes of events that are all complete."""
        text = whole.decode("utf-8", "replace") if self._started else self._text(whole)
        found: list[ServerSentEvent] = []
        if self._midway or len(whole) > self._ceiling:
            self._take_lines(text[self._midway :], found)
            self._midway = False
            return found
        last = self._id
        for first, name, second, data, others in _BLOCK.findall(text):
            if others:
                self._id = last
                self._take_lines(others, found)
                last = self._id
                continue
            if "\n" in data:
                data = _joined(data)
            if own := second or first:
                last = own
                found.append(_new(ServerSentEvent, (data, name or "message", own, True)))
            else:
                found.append(_new(ServerSentEvent, (data, name or "message", last, False)))
        self.last_event_id = self._id = last
        return found

    def _with_lf(self, chunk: bytes) -> bytes:
        """The chunk with each line ended by LF alone."""
        if self._after_cr and chunk:
            # The CR has ended its line already; an LF after it is its second half.
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        if _CR in chunk:
            self._after_cr = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return chunk

    def _complete(self, chunk: bytes) -> bytes | bytearray:
        """The bytes of the events that are complete with this chunk. What follows is kept."""
        pending = self._pending
        before = len(pending)
        pending += chunk
        end = pending.rfind(b"\n\n", before - 1 if before else 0) + 2
        if end < 2:
            return b""
        self._pending = pending[end:]
        del pending[end:]
        self._searched = 0
        return pending

    def _hold_back(self) -> None:
        """See to it that no more waits than may."""
        if len(self._pending) > min(_PATIENCE, self._ceiling):
            self._take_pending_lines()
            if len(self._pending) > self._ceiling:
                raise EventTooLargeError(f"a line of an event stream is longer than {self._ceiling} bytes")

    def _take_pending_lines(self) -> None:
        """Take the lines that are whole, though their event is not."""
        end = self._pending.rfind(b"\n", max(self._searched, self._midway))
        self._searched = len(self._pending)
        if end < 0:
            return
        lines = self._text(self._pending[: end + 1])
        del self._pending[:end]
        self._searched -= end
        self._take_lines(lines[self._midway :], [])
        self._midway = True

    def _text(self, encoded: bytes | bytearray) -> str:
        """The text of whole lines, without the byte order mark that a stream may begin with."""
        text = encoded.decode("utf-8", "replace")
        if not self._started:
            self._started = True
            text = text.removeprefix("\ufeff")
        return text

    def _take_lines(self, text: str, found: list[ServerSentEvent]) -> None:
        for line in text[:-1].split("\n"):  # at LF only: U+2028 is data
            if line:
                name, _, value = line.partition(":")
                self._take_field(name, value.removeprefix(" "))
            else:
                self._dispatch(found)

    def _take_field(self, name: str, value: str) -> None:
        if name == "data":
            self._size += (len(value) if value.isascii() else len(value.encode())) + 1
            if self._size > self._ceiling:
                raise EventTooLargeError(f"an event is larger than {self._ceiling} bytes")
            self._data.append(value)
        elif name == "event":
            self._event = value
        elif name == "id" and "\0" not in value:
            self._id = value
            self._identified = True
        elif name == "retry" and value.isascii() and value.isdigit() and len(value) <= 12:
            self._retry = int(value) / 1000
        # Anything else is a comment, or a field that does not exist.

    def _dispatch(self, found: list[ServerSentEvent]) -> None:
        """The event ends here, if there is one."""
        if self._data:
            found.append(ServerSentEvent("\n".join(self._data), self._event or "message", self._id, self._identified))
            self._data = []
        self.last_event_id = self._id
        self._event, self._size, self._identified = "", 0, False


def _joined(data: str) -> str:
    """The lines of an event's data, which came with their names but for the first."""
    joined = data.replace("\ndata: ", "\n")  # nearly always that is all, and three times as fast
    if len(data) - len(joined) == len("data: ") * joined.count("\n"):
        return joined
    return _NEXT_LINE.sub("\n", data)


# Makes a named tuple from its fields, without the detour through its own __new__.
_new: Any = cast("Any", tuple).__new__


def sent_id(event_id: object) -> str | None:
    """The id as it stands in a `Last-Event-ID` header: its UTF-8 bytes, one character each. Raises ValueError.

    None for an empty one, which names no event.
    """
    if event_id is None or event_id == "":
        return None
    if not isinstance(event_id, str):
        raise ValueError(f"last_event_id is the id of an event, not a value of type {type(event_id).__name__}")
    if len(event_id) > _LONGEST_ID or event_id != event_id.strip() or _CONTROL.search(event_id):
        raise ValueError(
            "last_event_id cannot be sent in a header: it is too long, has control characters or is padded"
        )
    try:
        return event_id.encode().decode("latin-1")
    except UnicodeEncodeError:
        raise ValueError("last_event_id is not valid Unicode text") from None
