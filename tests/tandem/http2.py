"""A server that speaks just enough HTTP/2: every request gets the same small reply."""

from __future__ import annotations

import struct

import trustme

from .encrypted import TlsLoopback
from .loopback import Connection

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RST_STREAM, _SETTINGS = 0, 1, 3, 4
_ACK, _END_STREAM, _END_HEADERS = 1, 1, 4
_REFUSED_STREAM = 7  # nothing of it was processed (RFC 9113, section 7)
_STATUS_200 = b"\x88"  # an entry of the table that both sides know (RFC 7541, appendix A)


class Http2Loopback(TlsLoopback):
    """Offers HTTP/2 and speaks nothing else; `streams` are the requests that it answered."""

    def __init__(self, authority: trustme.CA, name: str, body: bytes) -> None:
        super().__init__(authority, name)
        self.context.set_alpn_protocols(["h2"])
        self.streams: list[int] = []
        self._body = body
        self._buffer = b""

    def _serve(self, connection: Connection) -> None:
        connection.raw = raw = self.context.wrap_socket(connection.raw, server_side=True)
        self._open.append(raw)
        with raw:
            assert self._take(connection, len(_PREFACE)) == _PREFACE
            raw.sendall(_frame(_SETTINGS, 0, 0))
            while head := self._take(connection, 9):
                size, kind, flags, stream = int.from_bytes(head[:3]), head[3], head[4], int.from_bytes(head[5:])
                self._take(connection, size)
                if kind == _SETTINGS and not flags & _ACK:
                    raw.sendall(_frame(_SETTINGS, _ACK, 0))
                if kind == _HEADERS:
                    self.streams.append(stream)
                    raw.sendall(self._answer(stream))

    def _answer(self, stream: int) -> bytes:
        head = _frame(_HEADERS, _END_HEADERS, stream, _STATUS_200)
        return head + _frame(_DATA, _END_STREAM, stream, self._body)

    def _take(self, connection: Connection, size: int) -> bytes:
        """So many bytes; fewer where the client has gone."""
        while len(self._buffer) < size:
            try:
                chunk = connection.raw.recv(65536)
            except OSError:
                chunk = b""
            if not chunk:
                return b""
            self._buffer += chunk
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken


class RefusingHttp2(Http2Loopback):
    """Hands every request back."""

    def __init__(self, authority: trustme.CA, name: str) -> None:
        super().__init__(authority, name, b"")

    def _answer(self, stream: int) -> bytes:
        return _frame(_RST_STREAM, 0, stream, _REFUSED_STREAM.to_bytes(4))


def _frame(kind: int, flags: int, stream: int, content: bytes = b"") -> bytes:
    return len(content).to_bytes(3) + struct.pack(">BBI", kind, flags, stream) + content
