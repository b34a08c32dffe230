"""Compressed bodies, unpacked in pieces of bounded size: a small reply may stand for gigabytes."""

from __future__ import annotations

import zlib

from tandem._headers import Headers
from tandem._transport import TransportError

_PIECE = 1024 * 1024
_AUTO = zlib.MAX_WBITS | 32  # gzip or zlib, told by the first bytes


class Unpacker:
    """Bytes of a body go in by `feed`; `take` gives what they stand for."""

    __slots__ = ("_engine", "_pending", "_started")

    def __init__(self, headers: Headers) -> None:
        """Raises `TransportError` on an encoding that nobody asked for."""
        encoding = headers.get("content-encoding", "").strip().lower()
        if encoding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            # Each layer may grow a body a thousandfold before anyone can count it: one is enough.
            reason = "more than once" if "," in encoding else "in a way that was not asked for"
            raise TransportError(f"the reply is compressed {reason}", stage="reply")
        self._engine = None if encoding in {"", "identity"} else zlib.decompressobj(_AUTO)
        self._pending = b""
        self._started = False

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the body. Raises `TransportError` on a form that the encoding does not have."""
        if self._engine is not None and chunk and not self._started:
            self._started = True
            if chunk[0] & 0x0F != 8 and chunk[:1] != b"\x1f":
                self._engine = zlib.decompressobj(-zlib.MAX_WBITS)  # some servers' "deflate" has no zlib header
        self._pending += chunk

    def take(self) -> bytes:
        """The next piece; nothing when more bytes are needed."""
        pending, self._pending = self._pending, b""
        if self._engine is None or not pending:
            return pending
        try:
            piece = self._engine.decompress(pending, _PIECE)
        except zlib.error as problem:
            raise TransportError(f"the reply is not compressed as it says: {problem}", stage="reply") from problem
        self._pending = self._engine.unconsumed_tail
        return piece

    def finish(self) -> None:
        """The body has ended. Raises `TransportError` when what it stands for has not."""
        if self._engine is None or not self._started:
            return
        if not self._engine.eof or self._engine.unused_data:
            raise TransportError("the compressed reply does not end where it should", stage="reply")
