"""Server-sent events from bytes, by the WHATWG specification (HTML, section 9.2.6). Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

_BOM = b"\xef\xbb\xbf"
_USUAL = re.compile(rb"(?:id: ?([^\n\0]*)\n)?(?:event: ?([^\n]*)\n)?(?:id: ?([^\n\0]*)\n)?data: ?([^\n]*)\n\n")
"""A whole event as nearly all servers write them, where no line ends with CR: read in one step."""

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
        "_pending",
        "_size",
        "_started",
        "last_event_id",
        "retry",
    )

    def __init__(
        self, ceiling: int = 16 * 1024 * 1024, *, last_event_id: str | None = None, retry: float | None = None
    ) -> None:
        self.last_event_id = last_event_id
        """Where a later stream goes on. An id counts once its event is complete: one that was cut off comes again."""
        self.retry = retry
        """Seconds to wait before connecting again, when the server named them."""
        self._ceiling = ceiling
        self._pending = bytearray()
        self._started = self._after_cr = self._identified = False
        self._data: list[bytes] = []
        self._event = b""
        self._id = last_event_id
        self._size = 0

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """The events that this chunk completes. Raises EventTooLargeError."""
        if self._after_cr and chunk:
            # The CR has ended its line already; an LF after it is its second half.
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        if b"\n" not in chunk and b"\r" not in chunk:
            self._pending += chunk
            self._check_pending()
            return []
        if self._pending:
            self._pending += chunk
            chunk = bytes(self._pending)
            self._pending.clear()
        if not self._started:
            self._started = True
            chunk = chunk.removeprefix(_BOM)
        found: list[ServerSentEvent] = []
        midway = self._data or self._event or self._identified
        at = 0 if midway or b"\r" in chunk else self._take_usual(chunk, found)
        if at < len(chunk):
            self._take_rest(chunk[at:] if at else chunk, found)
        return found

    def _take_usual(self, buffer: bytes, found: list[ServerSentEvent]) -> int:
        """Read whole events from the front; returns where the first one begins that is not like them."""
        at = 0
        while (match := _USUAL.match(buffer, at)) is not None:
            first, event, second, data = match.groups()
            if len(data) >= self._ceiling:
                break
            own = first if second is None else second
            if own is not None:
                self._id = own.decode("utf-8", "replace")
            name = event.decode("utf-8", "replace") if event else "message"
            found.append(ServerSentEvent(data.decode("utf-8", "replace"), name, self._id, own is not None))
            at = match.end()
        if at:
            self.last_event_id = self._id
        return at

    def _take_rest(self, buffer: bytes, found: list[ServerSentEvent]) -> None:
        self._after_cr = buffer.endswith(b"\r")
        lines = buffer.splitlines()  # bytes split at CR, LF and CRLF only: U+2028 is data
        if not self._after_cr and not buffer.endswith(b"\n"):
            self._pending += lines.pop()
            self._check_pending()
        for line in lines:
            self._take(line, found)

    def _check_pending(self) -> None:
        if len(self._pending) > self._ceiling:
            raise EventTooLargeError(f"a line of an event stream is longer than {self._ceiling} bytes")

    def _take(self, line: bytes, found: list[ServerSentEvent]) -> None:
        if not line:
            if self._data:
                found.append(self._event_of(self._data))
            self._dispatched()
        elif line.startswith(b"data:"):  # by far the most frequent: not taken apart at the colon
            self._add(line[6:] if line.startswith(b" ", 5) else line[5:])
        else:
            name, _, value = line.partition(b":")
            self._field(name, value.removeprefix(b" "))

    def _add(self, value: bytes) -> None:
        self._size += len(value) + 1
        if self._size > self._ceiling:
            raise EventTooLargeError(f"an event is larger than {self._ceiling} bytes")
        self._data.append(value)

    def _field(self, name: bytes, value: bytes) -> None:
        if name == b"event":
            self._event = value
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")
            self._identified = True
        elif name == b"data":
            self._add(value)
        elif name == b"retry" and value.isdigit() and len(value) <= 12:
            self.retry = int(value) / 1000
        # Anything else is a comment, or a field that does not exist.

    def _event_of(self, data: list[bytes]) -> ServerSentEvent:
        name = self._event.decode("utf-8", "replace") or "message"
        text = data[0] if len(data) == 1 else b"\n".join(data)
        return ServerSentEvent(text.decode("utf-8", "replace"), name, self._id, self._identified)

    def _dispatched(self) -> None:
        self.last_event_id = self._id
        self._event, self._size, self._identified = b"", 0, False
        if self._data:
            self._data = []


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
