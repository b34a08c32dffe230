"""Sockets for threads that keep to a deadline: whatever one waits for is shortened to what the deadline leaves.

A thread that waits cannot be called off, and a timeout for each read alone lets a reply drip for ever.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

from ._deadline import Deadline
from ._reading import current_limit

_SLICE = 64 * 1024


class LimitedBackend(httpcore.NetworkBackend):
    """Connects within the limit of the thread that connects."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = _addresses(host, port)
        limit = Deadline.after(current_limit.get().bound(timeout))
        problem: Exception = httpcore.ConnectError(f"{host} has no address")
        for number, address in enumerate(addresses):
            left = limit.remaining()
            if left is not None and left <= 0:
                raise httpcore.ConnectTimeout("timed out")
            # A dead address leaves time for the next one.
            share = None if left is None else left / (len(addresses) - number)
            try:
                return LimitedStream(self._inner.connect_tcp(address, port, share, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem


class LimitedStream(httpcore.NetworkStream):
    """Reads and writes within the limit of the thread that does."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # In slices: a server that takes a large body in sips would get a timeout's worth of patience for each.
        for start in range(0, len(buffer), _SLICE):
            self._inner.write(buffer[start : start + _SLICE], _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return LimitedStream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(timeout: float | None, late: type[Exception]) -> float | None:
    left = current_limit.get().bound(timeout)
    if left is not None and left <= 0:
        raise late("timed out")
    return left


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise httpcore.ConnectError(f"the name {host[:100]} has no address: {problem}") from problem
    return list(dict.fromkeys(str(address[4][0]) for address in found))
