"""A server on a real socket that misbehaves like real servers."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

Play = Callable[["Connection"], bool]
"""What the server does with one request; True keeps the connection open."""


class Connection:
    """One accepted connection."""

    def __init__(self, server: Loopback, raw: socket.socket) -> None:
        self.server = server
        self.raw = raw
        self.request = b""
        """The one that is being answered."""
        self._buffer = b""

    def read_request(self) -> bytes | None:
        """Head and body of the next request; None when the client has gone."""
        while b"\r\n\r\n" not in self._buffer:
            if not self._more():
                return None
        head, _, rest = self._buffer.partition(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        while len(rest) < length:
            if not self._more():
                return None
            rest = self._buffer.partition(b"\r\n\r\n")[2]
        self._buffer = rest[length:]
        return head + b"\r\n\r\n" + rest[:length]

    def wait_for_the_end(self) -> bool:
        """Whether the client hangs up within some seconds."""
        self.raw.settimeout(5)
        try:
            return self.raw.recv(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False

    def _more(self) -> bool:
        try:
            chunk = self.raw.recv(65536)
        except OSError:
            return False
        self._buffer += chunk
        return bool(chunk)


class Loopback:
    """Serves its plays in turn, and the last one from then on. Use it as a context manager."""

    def __init__(self, *plays: Play) -> None:
        self.plays = list(plays) or [reply(b"{}")]
        self.requests: list[bytes] = []
        self.connections = 0
        self.hung_up = threading.Event()
        self.over = threading.Event()
        """Set when the server stops, so that slow plays can stop too."""
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for raw in self._open:
            _end(raw)
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(raw)
            thread = threading.Thread(target=self._serve, args=(Connection(self, raw),))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: Connection) -> None:
        connection.raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection.raw:
            while (request := connection.read_request()) is not None:
                self.requests.append(request)
                connection.request = request
                play = self.plays.pop(0) if len(self.plays) > 1 else self.plays[0]
                try:
                    if not play(connection):
                        return
                except OSError:  # the client hung up
                    self.hung_up.set()
                    return


def _end(raw: socket.socket) -> None:
    try:
        raw.shutdown(socket.SHUT_RDWR)
    except OSError:
        raw.close()


def head(status: int = 200, **headers: str | int) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def reply(body: bytes, status: int = 200, **headers: str | int) -> Play:
    return raw(head(status, content_length=len(body), **headers) + body, keep=True)


def raw(content: bytes, *, keep: bool = False) -> Play:
    def play(connection: Connection) -> bool:
        connection.raw.sendall(content)
        return keep

    return play


def zipped(body: bytes) -> Play:
    return reply(gzip.compress(body), content_encoding="gzip")


def hang_up(connection: Connection) -> bool:
    return False


def cut_off(connection: Connection) -> bool:
    """A reset rather than an orderly end."""
    connection.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def stay_silent(connection: Connection) -> bool:
    connection.wait_for_the_end()
    return False


def drip(connection: Connection) -> bool:
    """A body of a hundred bytes, one every twentieth of a second."""
    connection.raw.sendall(head(content_length=100))
    for _ in range(100):
        connection.raw.sendall(b"x")
        time.sleep(0.05)
    return True


def drip_head(connection: Connection) -> bool:
    """A head that never ends."""
    connection.raw.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(100):
        connection.raw.sendall(f"X-{number}: y\r\n".encode())
        time.sleep(0.05)
    return False


def stream_events(connection: Connection) -> bool:
    """Some events, then silence until the client has gone."""
    connection.raw.sendall(head(content_type="text/event-stream") + b'id: 1\ndata: {"n": 1}\n\ndata: {"n": 2}\n\n')
    if connection.wait_for_the_end():
        connection.server.hung_up.set()
    return False
