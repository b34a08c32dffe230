"""Server-sent events from bytes, by the WHATWG specification (HTML, section 9.2.6). Pure."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Callable

_SKIPPED = r"(?:(?::.*+)?+\n)"  # a comment, or an empty line between events
_BLOCK = re.compile(
    rf"{_SKIPPED}*+(?:id: ?+(.++)\n)?+(?:event: ?+(.*+)\n)?+(?:id: ?+(.++)\n)?+data: ?+(.*+)\n\n"
    rf"|({_SKIPPED}*+(?:.++\n)++\n|{_SKIPPED}++)"
)
"""An event as nearly all servers write them, read in one step; or else (the last group) lines to be read one by one."""

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
        "_ceiling",
        "_data",
        "_event",
        "_id",
        "_identified",
        "_midway",
        "_pending",
        "_retry",
        "_searched",
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
        self._pending = bytearray()  # the beginning of an event; midway through one, the rest from a line's LF on
        self._searched = 0  # bytes of it that have no LF but that one
        self._started = self._after_cr = self._midway = self._identified = False
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
        if self._after_cr and chunk:
            # The CR has ended its line already; an LF after it is its second half.
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        if b"\r" in chunk:
            self._after_cr = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        found: list[ServerSentEvent] = []
        whole = self._complete(chunk)
        if whole:
            self._take_whole(whole, found)
        if len(self._pending) > _PATIENCE or len(self._pending) > self._ceiling:
            self._take_pending_lines()
            if len(self._pending) > self._ceiling:
                raise EventTooLargeError(f"a line of an event stream is longer than {self._ceiling} bytes")
        return found

    def _complete(self, chunk: bytes) -> bytes:
        """The bytes of the events that are complete with this chunk. What follows is kept."""
        pending = self._pending
        if not pending:
            end = chunk.rfind(b"\n\n") + 2 if b"\n\n" in chunk else 0
            pending += chunk[end:]
            return chunk[:end]
        before = len(pending)
        pending += chunk
        end = pending.rfind(b"\n\n", before - 1)
        if end < 0:
            return b""
        whole = bytes(pending[: end + 2])
        del pending[: end + 2]
        self._searched = 0
        return whole

    def _take_whole(self, whole: bytes, found: list[ServerSentEvent]) -> None:
        """Read events that are all complete."""
        text = self._text(whole)
        if self._midway:
            self._midway = False
            self._take_lines(text[1:], found)
        elif len(whole) > self._ceiling or "\0" in text:
            self._take_lines(text, found)
        else:
            self._take_blocks(text, found)

    def _take_blocks(self, text: str, found: list[ServerSentEvent]) -> None:
        last = self._id
        for first, name, second, data, others in _BLOCK.findall(text):
            if others:
                self._id = last
                self._take_lines(others, found)
                last = self._id
            elif own := second or first:
                last = own
                found.append(_as_event((data, name or "message", own, True)))
            else:
                found.append(_as_event((data, name or "message", last, False)))
        self.last_event_id = self._id = last

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


# A named tuple from its fields, without the detour through its own __new__.
_as_event: Callable[[tuple[str, str, str | None, bool]], ServerSentEvent] = partial(
    cast("Any", tuple).__new__, ServerSentEvent
)


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
