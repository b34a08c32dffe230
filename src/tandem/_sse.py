"""Server-sent events from bytes, by the WHATWG specification (HTML, section 9.2.6). Pure."""

from __future__ import annotations

from dataclasses import dataclass

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event as it came over the wire. `id` is the last id that the stream had named by then."""

    data: str
    event: str = "message"
    id: str | None = None


class EventTooLargeError(Exception):
    """A line or an event went over the ceiling."""


class EventDecoder:
    """Feed it bytes in any chunking; it gives back the events that they complete."""

    __slots__ = (
        "_after_cr",
        "_ceiling",
        "_data",
        "_event",
        "_id",
        "_pending",
        "_size",
        "_started",
        "last_event_id",
        "retry",
    )

    def __init__(self, ceiling: int = 16 * 1024 * 1024) -> None:
        self.last_event_id: str | None = None
        """Where a later stream goes on. An id counts once its event is complete: one that was cut off comes again."""
        self.retry: float | None = None
        """Seconds to wait before connecting again, when the server named them."""
        self._ceiling = ceiling
        self._pending = bytearray()
        self._started = self._after_cr = False
        self._data: list[bytes] = []
        self._event = b""
        self._id: str | None = None
        self._size = 0

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """The events that this chunk completes. Raises EventTooLargeError."""
        if self._after_cr and chunk:
            # The CR has ended its line already; an LF after it is its second half.
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        self._pending += chunk
        if not self._started and not self._start():
            return []
        if b"\n" not in chunk and b"\r" not in chunk and len(self._pending) <= self._ceiling:
            return []
        return [event for line in self._lines() if (event := self._line(line)) is not None]

    def _start(self) -> bool:
        """Take off the byte order mark, once enough has arrived to see whether there is one."""
        if len(self._pending) < len(_BOM) and _BOM.startswith(bytes(self._pending)):
            return False
        self._started = True
        if self._pending.startswith(_BOM):
            del self._pending[: len(_BOM)]
        return True

    def _lines(self) -> list[bytes]:
        buffer = bytes(self._pending)
        self._after_cr = buffer.endswith(b"\r")
        lines = buffer.splitlines()  # bytes split at CR, LF and CRLF only: U+2028 is data
        complete = self._after_cr or buffer.endswith(b"\n")
        self._pending = bytearray(b"" if complete or not lines else lines.pop())
        if len(self._pending) > self._ceiling:
            raise EventTooLargeError(f"a line of an event stream is longer than {self._ceiling} bytes")
        return lines

    def _line(self, line: bytes) -> ServerSentEvent | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._size += len(value) + 1
            if self._size > self._ceiling:
                raise EventTooLargeError(f"an event is larger than {self._ceiling} bytes")
            self._data.append(value)
        elif name == b"event":
            self._event = value
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.isdigit() and len(value) <= 12:
            self.retry = int(value) / 1000
        return None  # a comment, or a field that does not exist

    def _dispatch(self) -> ServerSentEvent | None:
        data, event = self._data, self._event
        self._data, self._event, self._size = [], b"", 0
        self.last_event_id = self._id
        if not data:
            return None
        name = event.decode("utf-8", "replace") or "message"
        return ServerSentEvent(b"\n".join(data).decode("utf-8", "replace"), name, self._id)
