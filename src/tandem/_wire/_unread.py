"""Connections that take no request while bytes wait on them that nobody asked for: it would take them for its reply.

Looked at in the last moment before a request is written. What arrives after that cannot be told from the reply: a
limit of HTTP/1.1 itself, which has no name for the request that a reply belongs to.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

_INNER = ("_inner", "_stream", "transport_stream")  # how streams call the one that they are laid over
_BUFFERS = ("_read_bio", "_incoming")  # and what an encrypted one has taken from it
_SIP = 64 * 1024  # bytes
_ERROR = re.compile(rb"HTTP/1\.\d [345]")  # not what a server sends on the way: 100, or a reply that begins early

UNWATCHED = "unwatched"
"""What to ask a stream for, to write where both sides speak at any time."""


class WatchedBackend(httpcore.NetworkBackend):
    """Connects as the one that it is given, to streams that are watched."""

    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        return WatchedStream(self._inner.connect_tcp(host, port, timeout, local_address, socket_options))


class WatchedStream(httpcore.NetworkStream):
    """Begins no request when its socket has more than the last reply, and writes none to its end that is refused."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self._answered = False
        self._written = 0

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._answered = True
        return self._inner.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._answered and has_unread(self._inner):
            raise httpcore.ConnectionNotAvailable  # the pool takes another one: nothing has been written yet
        if self._answered:
            self._answered, self._written = False, 0
        for piece in sips(buffer):
            if self._written > _SIP and is_refused(self._inner):
                raise httpcore.WriteError  # the pool goes on to the reply, and closes the connection behind it
            self._inner.write(piece, timeout)
            self._written += len(piece)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return WatchedStream(self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._inner if info == UNWATCHED else self._inner.get_extra_info(info)


class AsyncWatchedBackend(httpcore.AsyncNetworkBackend):
    """Connects as the one that it is given, to streams that are watched."""

    def __init__(self, inner: httpcore.AsyncNetworkBackend) -> None:
        self._inner = inner

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return AsyncWatchedStream(await self._inner.connect_tcp(host, port, timeout, local_address, socket_options))


class AsyncWatchedStream(httpcore.AsyncNetworkStream):
    """Begins no request when its socket has more than the last reply, and writes none to its end that is refused."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self._answered = False
        self._written = 0

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._answered = True
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._answered and has_unread(self._inner):
            raise httpcore.ConnectionNotAvailable  # the pool takes another one: nothing has been written yet
        if self._answered:
            self._answered, self._written = False, 0
        for piece in sips(buffer):
            if self._written > _SIP and is_refused(self._inner):
                raise httpcore.WriteError  # the pool goes on to the reply, and closes the connection behind it
            await self._inner.write(piece, timeout)
            self._written += len(piece)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return AsyncWatchedStream(await self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._inner if info == UNWATCHED else self._inner.get_extra_info(info)


def sips(buffer: bytes) -> Iterable[bytes]:
    """A large body in pieces: each has a timeout of its own, and what the network does not take yet is not copied."""
    if len(buffer) <= _SIP:
        return (buffer,) if buffer else ()
    return (buffer[start : start + _SIP] for start in range(0, len(buffer), _SIP))


def has_unread(stream: Any) -> bool:
    """Whether bytes wait in the socket, or in what a layer above has taken from it already."""
    if stream.get_extra_info("is_readable"):
        return True
    layer = stream
    while layer is not None:
        if any(getattr(getattr(layer, name, None), "pending", 0) for name in _BUFFERS):
            return True
        if getattr(getattr(layer, "_protocol", None), "read_queue", None):
            return True
        layer = next((found for name in _INNER if (found := getattr(layer, name, None)) is not None), None)
    return False


def is_refused(stream: Any) -> bool:
    """Whether an error has come, or the end, before its request is all written: nobody reads the rest.

    Not told over TLS, whose sockets have other news too.
    """
    if stream.get_extra_info("ssl_object") is not None or not stream.get_extra_info("is_readable"):
        return False
    raw = stream.get_extra_info("socket")
    try:
        # Another name for the same connection: the sockets of event loops do not let anyone look into them.
        with socket.fromfd(raw.fileno(), raw.family, raw.type) as same:
            begun = same.recv(len(b"HTTP/1.1 4"), socket.MSG_PEEK)
    except OSError:
        return True
    return not begun or _ERROR.match(begun) is not None
