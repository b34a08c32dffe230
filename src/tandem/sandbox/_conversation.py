"""One request and its reply between a client in some thread and the platform in its own."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal, NamedTuple
from urllib.parse import urlsplit

from tandem._transport import Request, TransportError

from ._request import Message, Scope
from ._wire import CUT_EXTENSION

if TYPE_CHECKING:
    from ._platform import Platform


class End(enum.Enum):
    """The type of `END`."""

    END = enum.auto()


END: Final = End.END


class Start(NamedTuple):
    """The head of a reply."""

    status: int
    headers: list[tuple[bytes, bytes]]


Item = Start | bytes | TransportError | Literal[End.END]


class Conversation:
    """Speaks ASGI with the platform's app, and hands what it says to `deliver`, in order, ending in END or an error."""

    def __init__(self, platform: Platform, request: Request, deliver: Callable[[Item], None]) -> None:
        self._platform = platform
        self._deliver = deliver
        self._body: bytes | None = content_of(request)
        self._scope = scope_of(request)
        self._loop = platform.thread.loop
        self._gone = asyncio.Event()
        self._ended = False
        self._started = False

    def begin(self) -> None:
        """Start the request in the platform's thread."""
        self._platform.start()
        asyncio.run_coroutine_threadsafe(self._run(), self._loop)

    def leave(self) -> None:
        """The client reads no further. From any thread, any number of times."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._gone.set)

    async def _run(self) -> None:
        scope = {**self._scope, "extensions": {CUT_EXTENSION: self._cut}}
        try:
            await self._platform.app(scope, self._receive, self._send)
        finally:
            self._end(self._lost("the platform ended the exchange"))

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if self._gone.is_set():
            return
        if message["type"] == "http.response.start":
            self._started = True
            self._deliver(Start(message["status"], list(message["headers"])))
            return
        if message.get("body"):
            self._deliver(bytes(message["body"]))
        if not message.get("more_body", False):
            self._end(END)

    async def _cut(self, flush: bool) -> None:
        self._end(self._lost("the connection was cut"))
        self._gone.set()

    def _lost(self, text: str) -> TransportError:
        return TransportError(text, stage="reply" if self._started else "exchange")

    def _end(self, item: Item) -> None:
        if not self._ended:
            self._ended = True
            self._deliver(item)


def scope_of(request: Request) -> Scope:
    """The ASGI scope of a client's request."""
    url = urlsplit(request.url)
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in request.headers]
    if all(name != b"host" for name, _ in headers):
        headers.insert(0, (b"host", url.netloc.encode("latin-1", "replace")))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": url.scheme or "http",
        "path": url.path or "/",
        "raw_path": (url.path or "/").encode("latin-1", "replace"),
        "query_string": url.query.encode("latin-1", "replace"),
        "headers": headers,
        "client": None,
        "server": (url.hostname or "sandbox", url.port),
    }


def content_of(request: Request) -> bytes:
    """The body, whole."""
    content = request.content
    if content is None:
        return b""
    return content if isinstance(content, bytes) else b"".join(content)
