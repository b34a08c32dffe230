"""Transports and wires that answer what they are told to, in both colours and without a socket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpcore
import httpx

from tandem import AsyncHttpxTransport, Headers, HttpxTransport, Request, Response
from tests.tandem.fakes import Answer, AsyncFakeReply, FakeReply

from .misbehaving import TOKEN_ENDPOINTS

TOKEN = b'{"data": {"access_token": "t", "expires_in": 3600, "accessToken": "t", "expiresIn": 3600}}'


class Scripted:
    """Answers what it is told to; token requests properly, unless they are what is tried."""

    def __init__(self) -> None:
        self.answer = Answer()
        self.own_tokens = True

    def send(self, request: Request) -> Response:
        if self.own_tokens and request.url.endswith(TOKEN_ENDPOINTS):
            return Response(200, Headers(), TOKEN)
        return Response(self.answer.status, Headers(self.answer.headers), b"".join(self._chunks()))

    def open(self, request: Request) -> FakeReply:
        return FakeReply(self.answer)

    def close(self) -> None:
        """Nothing to close."""

    def _chunks(self) -> Iterator[bytes]:
        return (chunk for chunk in self.answer.chunks if isinstance(chunk, bytes))


class AsyncScripted:
    """Answers as the other one does."""

    def __init__(self, scripted: Scripted) -> None:
        self._scripted = scripted

    async def send(self, request: Request) -> Response:
        return self._scripted.send(request)

    async def open(self, request: Request) -> AsyncFakeReply:
        return AsyncFakeReply(self._scripted.answer)

    async def aclose(self) -> None:
        """Nothing to close."""


class Wire(httpcore.NetworkBackend, httpcore.NetworkStream):
    """A network that answers each connection with the same bytes."""

    def __init__(self) -> None:
        self.raw = b""
        self._rest = b""

    def connect_tcp(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        self._rest = self.raw
        return self

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        found, self._rest = self._rest[:max_bytes], self._rest[max_bytes:]
        return found

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Nobody listens."""

    def close(self) -> None:
        """Nothing to close."""

    def get_extra_info(self, info: str) -> Any:
        return None


class AsyncWire(httpcore.AsyncNetworkBackend, httpcore.AsyncNetworkStream):
    """Answers as the other one does."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def connect_tcp(self, *args: Any, **kwargs: Any) -> httpcore.AsyncNetworkStream:
        self._wire.connect_tcp()
        return self

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._wire.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Nobody listens."""

    async def aclose(self) -> None:
        """Nothing to close."""

    def get_extra_info(self, info: str) -> Any:
        return None


def parsing(wire: Wire) -> HttpxTransport:
    """The default transport over this wire: its replies go through the HTTP parser."""
    transport = httpx.HTTPTransport(trust_env=False)
    transport._pool = httpcore.ConnectionPool(network_backend=wire, max_keepalive_connections=0)  # pyright: ignore[reportPrivateUsage]  # no public way
    return HttpxTransport(httpx.Client(transport=transport))


def async_parsing(wire: Wire) -> AsyncHttpxTransport:
    """The default transport over this wire: its replies go through the HTTP parser."""
    transport = httpx.AsyncHTTPTransport(trust_env=False)
    backend = AsyncWire(wire)
    transport._pool = httpcore.AsyncConnectionPool(network_backend=backend, max_keepalive_connections=0)  # pyright: ignore[reportPrivateUsage]  # no public way
    return AsyncHttpxTransport(httpx.AsyncClient(transport=transport))
