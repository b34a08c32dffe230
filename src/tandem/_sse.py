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

    __slots__ = ("_ceiling", "_data", "_event", "_pending", "_size", "_started", "last_event_id", "retry")

    def __init__(self, ceiling: int = 16 * 1024 * 1024) -> None:
        self.last_event_id: str | None = None
        self.retry: float | None = None
        """Seconds to wait before connecting again, when the server named them."""
        self._ceiling = ceiling
        self._pending = b""
        self._data: list[bytes] = []
        self._event = b""
        self._size = 0
        self._started = False

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """The events that this chunk completes. Raises EventTooLargeError."""
        buffer = self._pending + chunk
        if not self._started:
            if len(buffer) < len(_BOM) and _BOM.startswith(buffer):
                self._pending = buffer
                return []
            self._started = True
            buffer = buffer.removeprefix(_BOM)
        lines = buffer.splitlines(keepends=True)  # bytes split at CR, LF and CRLF only: U+2028 is data
        # A CR at the end may be the first half of a CRLF: it waits for the next byte.
        complete = bool(lines) and lines[-1].endswith(b"\n")
        self._pending = lines.pop() if lines and not complete else b""
        if len(self._pending) > self._ceiling:
            raise EventTooLargeError(f"a line of an event stream is longer than {self._ceiling} bytes")
        return [event for line in lines if (event := self._line(line.rstrip(b"\r\n"))) is not None]

    def _line(self, line: bytes) -> ServerSentEvent | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._size += len(value)
            if self._size > self._ceiling:
                raise EventTooLargeError(f"an event is larger than {self._ceiling} bytes")
            self._data.append(value)
        elif name == b"event":
            self._event = value
        elif name == b"id" and b"\0" not in value:
            self.last_event_id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.isdigit() and len(value) <= 12:
            self.retry = int(value) / 1000
        return None  # a comment, or a field that does not exist

    def _dispatch(self) -> ServerSentEvent | None:
        data, event = self._data, self._event
        self._data, self._event, self._size = [], b"", 0
        if not data:
            return None
        name = event.decode("utf-8", "replace") or "message"
        return ServerSentEvent(b"\n".join(data).decode("utf-8", "replace"), name, self.last_event_id)
