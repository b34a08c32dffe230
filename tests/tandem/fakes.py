"""A clock, a server and transports that tests own."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tandem import Headers, Request, Response, Token, TransportError
from tandem._transport import async_whole as async_body_of
from tandem._transport import whole as body_of


class Clock:
    """Time that passes only when someone sleeps or says so. `pauses` are the sleeps."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        return 1_000.0 + self.passed

    def time(self) -> float:
        return 1_800_000_000.0 + self.passed

    def advance(self, seconds: float) -> None:
        self.passed += seconds

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.advance(seconds)

    async def async_sleep(self, seconds: float) -> None:
        self.sleep(seconds)


@dataclass
class Answer:
    """One reply: its status, headers, and body in the chunks in which it arrives. An error among them cuts it off."""

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    chunks: list[bytes | TransportError] = field(default_factory=list[bytes | TransportError])


Step = Answer | TransportError | Callable[[Request], Answer]


def answer(body: Any = None, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """A reply with this body: bytes as they are, None as nothing, anything else as JSON."""
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return Answer(status, list((headers or {}).items()), [content])


def events(*chunks: bytes | TransportError) -> Answer:
    return Answer(200, [("Content-Type", "text/event-stream")], list(chunks))


def refused() -> TransportError:
    return TransportError("connection refused", stage="connect")


def reset() -> TransportError:
    return TransportError("connection reset", stage="exchange")


def silence() -> TransportError:
    return TransportError("silent for too long", stage="reply", timed_out=True)


class Server:
    """Answers with its steps in turn, and with the last one from then on. Token requests are answered apart."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps) or [answer({"data": {}})]
        self.requests: list[Request] = []
        self.token_requests: list[Request] = []
        self.token_steps: list[Step] = []
        self.closed = 0
        self.replies: list[FakeReply | AsyncFakeReply] = []
        self._lock = threading.Lock()

    def respond(self, request: Request) -> Answer:
        with self._lock:
            step = self._next(request)
        found = step(request) if callable(step) else step
        if isinstance(found, TransportError):
            raise found
        return found

    def _next(self, request: Request) -> Step:
        if request.url.endswith("/oauth/token"):
            self.token_requests.append(request)
            if self.token_steps:
                return self.token_steps.pop(0)
            return answer({"access_token": f"token-{len(self.token_requests)}", "expires_in": 3600})
        self.requests.append(request)
        return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]

    def sent(self, name: str) -> list[str | None]:
        """What each request had in this header."""
        return [header(request, name) for request in self.requests]


def header(request: Request, name: str) -> str | None:
    """The value of a header, which must not be there twice."""
    values = [value for key, value in request.headers if key.lower() == name.lower()]
    assert len(values) < 2
    return values[0] if values else None


def whole(found: Answer) -> Response:
    for chunk in found.chunks:
        if isinstance(chunk, TransportError):
            raise chunk
    return Response(found.status, Headers(found.headers), b"".join(c for c in found.chunks if isinstance(c, bytes)))


class FakeTransport:
    """The server without a network."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def send(self, request: Request) -> Response:
        return whole(self.server.respond(replace(request, content=body_of(request.content))))

    def open(self, request: Request) -> FakeReply:
        reply = FakeReply(self.server.respond(request))
        self.server.replies.append(reply)
        return reply

    def close(self) -> None:
        self.server.closed += 1


class AsyncFakeTransport:
    """The server without a network, for asynchronous clients."""

    def __init__(self, server: Server) -> None:
        self.server = server

    async def send(self, request: Request) -> Response:
        return whole(self.server.respond(replace(request, content=await async_body_of(request.content))))

    async def open(self, request: Request) -> AsyncFakeReply:
        reply = AsyncFakeReply(self.server.respond(request))
        self.server.replies.append(reply)
        return reply

    async def aclose(self) -> None:
        self.server.closed += 1


class FakeReply:
    def __init__(self, found: Answer) -> None:
        self.status_code = found.status
        self.headers = Headers(found.headers)
        self.closed = False
        self._chunks = found.chunks

    def iter_bytes(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            if isinstance(chunk, TransportError):
                raise chunk
            yield chunk

    def close(self) -> None:
        self.closed = True


class AsyncFakeReply:
    def __init__(self, found: Answer) -> None:
        self.status_code = found.status
        self.headers = Headers(found.headers)
        self.closed = False
        self._chunks = found.chunks

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            if isinstance(chunk, TransportError):
                raise chunk
            yield chunk

    async def aclose(self) -> None:
        self.closed = True


class SharedStore:
    """A token store that counts, and fails when it is told to."""

    def __init__(self) -> None:
        self.tokens: dict[str, Any] = {}
        self.failing = False
        self.log: list[str] = []

    def _note(self, word: str) -> None:
        self.log.append(word)
        if self.failing:
            raise ConnectionError("redis://:canary-password@store is down")

    def load(self, key: str) -> Token | None:
        self._note("load")
        return self.tokens.get(key)

    def save(self, key: str, token: Token) -> None:
        self._note("save")
        self.tokens[key] = token

    def discard(self, key: str, token: Token) -> None:
        self._note("discard")
        if self.tokens.get(key) == token:
            del self.tokens[key]


class AsyncSharedStore:
    """The same store for asynchronous clients."""

    def __init__(self, store: SharedStore) -> None:
        self._store = store

    async def load(self, key: str) -> Token | None:
        return self._store.load(key)

    async def save(self, key: str, token: Token) -> None:
        self._store.save(key, token)

    async def discard(self, key: str, token: Token) -> None:
        self._store.discard(key, token)
