"""The one seam to the network. The client speaks to these Protocols; HTTP libraries stay behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Literal, Protocol

from ._deadline import NEVER, Deadline
from ._headers import Headers


class Body(Protocol):
    """A body that is read while it is sent, by threads or by tasks. Each walk over it begins at its start.

    A transport walks it to its end, once for each request, and lets what that raises (a `TransportError`) pass.
    """

    @property
    def length(self) -> int | None:
        """Its bytes, where that is known beforehand: it is the request's Content-Length."""
        ...

    def __iter__(self) -> Iterator[bytes]: ...

    def __aiter__(self) -> AsyncIterator[bytes]: ...


@dataclass(slots=True)
class Request:
    """One attempt, ready to send. The transport adds what frames the content: its length, or that it comes in chunks.

    `timeout` bounds each of connecting, writing and silence, in seconds; None is no limit. A `stream` is a reply whose
    body goes on for as long as the server likes: once it has begun, `idle_timeout` bounds its silence, and it does not
    keep a call from having a connection.
    """

    method: str
    url: str
    headers: list[tuple[str, str]] = field(repr=False)
    content: bytes | Body | None = field(default=None, repr=False)
    timeout: float | None = None
    deadline: Deadline = NEVER
    max_response_bytes: int | None = None
    stream: bool = False
    idle_timeout: float | None = None


@dataclass(slots=True)
class Response:
    """A whole reply."""

    status_code: int
    headers: Headers
    content: bytes = field(repr=False)


class TransportError(Exception):
    """No complete reply. `stage` says how far the attempt came; only "connect" proves that the server saw nothing.

    `reply` is what came before it broke off: status and headers, no body.
    """

    def __init__(
        self, message: str, *, stage: Literal["connect", "exchange", "reply"], timed_out: bool = False
    ) -> None:
        super().__init__(message)
        self.stage = stage
        self.timed_out = timed_out
        self.reply: Response | None = None


class BodyError(TransportError):
    """The body could not be read to its end: the server has not got a whole request, and cannot act on it."""

    def __init__(self, message: str) -> None:
        super().__init__(message, stage="exchange")


class ReplyTooLargeError(TransportError):
    """The reply went over `max_response_bytes`."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the reply is larger than {limit} bytes", stage="reply")


class Meter:
    """Watches a body arrive: its size and its deadline."""

    __slots__ = ("_left", "_request")

    def __init__(self, request: Request) -> None:
        self._request = request
        self._left = request.max_response_bytes

    def check(self, chunk: bytes) -> bytes:
        """The chunk, where it may still come. Raises `TransportError`."""
        if self._left is not None:
            self._left -= len(chunk)
            if self._left < 0:
                raise ReplyTooLargeError(self._request.max_response_bytes or 0)
        if self._request.deadline.expired:
            raise deadline_passed()
        return chunk


def deadline_passed() -> TransportError:
    return TransportError("the deadline passed", stage="reply", timed_out=True)


def whole(content: bytes | Body | None) -> bytes | None:
    """The content in one piece, for those who cannot take it in several. Raises `TransportError`."""
    return content if content is None or isinstance(content, bytes) else b"".join(content)


async def async_whole(content: bytes | Body | None) -> bytes | None:
    """The content in one piece, for those who cannot take it in several. Raises `TransportError`."""
    return content if content is None or isinstance(content, bytes) else b"".join([piece async for piece in content])


class ReplyStream(Protocol):
    """A reply whose body is still arriving."""

    status_code: int
    headers: Headers

    def iter_bytes(self) -> Iterator[bytes]:
        """The body, as it arrives. Raises `TransportError`."""
        ...

    def close(self) -> None:
        """Drop the connection or give it back. Safe to call twice."""
        ...


class Transport(Protocol):
    """Sends one request once. Raises `TransportError` and nothing else. Safe to use from many threads."""

    def send(self, request: Request) -> Response:
        """The whole reply."""
        ...

    def open(self, request: Request) -> ReplyStream:
        """The reply once its headers are here."""
        ...

    def close(self) -> None: ...


class AsyncReplyStream(Protocol):
    """A reply whose body is still arriving."""

    status_code: int
    headers: Headers

    def iter_bytes(self) -> AsyncIterator[bytes]:
        """The body, as it arrives. Raises `TransportError`."""
        ...

    async def aclose(self) -> None:
        """Drop the connection or give it back. Safe to call twice."""
        ...


class AsyncTransport(Protocol):
    """Sends one request once. Raises `TransportError` and nothing else (cancellation aside)."""

    async def send(self, request: Request) -> Response:
        """The whole reply."""
        ...

    async def open(self, request: Request) -> AsyncReplyStream:
        """The reply once its headers are here."""
        ...

    async def aclose(self) -> None: ...
