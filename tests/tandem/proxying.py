"""A small proxy on a real socket. It resolves names by itself: every host is this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class LocalProxy:
    """Forwards `http` and tunnels `https`; `asked` are the first lines and headers that it saw."""

    def __init__(self, *, credentials: str | None = None) -> None:
        self.asked: list[bytes] = []
        self._credentials = credentials
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=32)
        self.port = int(self._listener.getsockname()[1])
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._open:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                each.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(client)
            self._start(self._serve, client)

    def _start(self, work: Callable[..., None], *arguments: socket.socket) -> None:
        thread = threading.Thread(target=work, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _serve(self, client: socket.socket) -> None:
        head = b""
        with client:
            while b"\r\n\r\n" not in head:
                chunk = client.recv(65536)
                if not chunk:
                    return
                head += chunk
            self.asked.append(head)
            if self._credentials and f"Basic {self._credentials}".encode() not in head:
                client.sendall(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
                return
            method, target, _ = head.split(b" ", 2)
            port = urlsplit(f"//{target.decode()}" if method == b"CONNECT" else target.decode()).port
            with socket.create_connection(("127.0.0.1", port or 80), 5) as server:
                self._open.append(server)
                if method == b"CONNECT":
                    client.sendall(b"HTTP/1.1 200 Go on\r\n\r\n")
                else:
                    server.sendall(head)
                self._start(self._copy, server, client)
                self._copy(client, server)

    @staticmethod
    def _copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(65536):
                target.sendall(chunk)
        for each in (target, source):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
