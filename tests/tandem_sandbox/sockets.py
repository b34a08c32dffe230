"""Bytes as they really are on the wire."""

from __future__ import annotations

import socket

from tandem.sandbox import SocketServer

from .bookshop import CORE


def exchange(server: SocketServer, method: str, path: str, body: bytes = b"") -> bytes:
    """All that comes back on a fresh connection until the server closes it."""
    head = (
        f"{method} {CORE}{path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n"
        f"Authorization: Bearer ann:books:read,books:write\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(head.encode() + body)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received


def parts(received: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and whatever came of the body."""
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return int(status.split()[1]), headers, body
