"""Sockets for threads that keep to a deadline: whatever one waits for is shortened to what the deadline leaves.

A thread that waits cannot be called off, and a timeout for each read alone lets a reply drip for ever.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterable
from typing import Any

import httpcore

from tandem._deadline import Deadline

from ._reading import current_limit


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
        limit = Deadline.after(current_limit.get().bound(timeout))
        addresses = _addresses(host, port, limit.remaining())
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
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

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


def _addresses(host: str, port: int, seconds: float | None) -> list[str]:
    """Where a host is to be found. Nobody waits longer than `seconds` for a name."""
    try:
        found = _resolved(host, port, seconds)
    except (OSError, UnicodeError) as problem:
        raise httpcore.ConnectError(f"the name {host[:100]} has no address: {problem}") from problem
    return list(dict.fromkeys(str(address[4][0]) for address in found))


def _resolved(host: str, port: int, seconds: float | None) -> list[Any]:
    if seconds is None or _is_address(host):
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # The system cannot be told how long to look for a name, nor to stop: a thread is left behind with the question.
    question = _Question(host, port)
    threading.Thread(target=question.ask, name=f"look up {host[:100]}", daemon=True).start()
    if not question.answered.wait(seconds):
        raise httpcore.ConnectTimeout(f"the name {host[:100]} was not found in time")
    if isinstance(question.answer, Exception):
        raise question.answer
    return question.answer


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class _Question:
    """What the system is asked about a name, in a thread that may outlive whoever wants to know."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self.answer: list[Any] | Exception = []
        self.answered = threading.Event()

    def ask(self) -> None:
        try:
            self.answer = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        except Exception as problem:  # whatever it is, it belongs to the one who waits for the answer
            self.answer = problem
        self.answered.set()
