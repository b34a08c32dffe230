"""A server on a real socket that reads a body only as its plays tell it to, and files that have their ways."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from tandem import Call, Operation
from tandem._sources import PIECE

from .acme import UPLOAD
from .loopback import Connection, Loopback, Play, reply

KEYED = replace(UPLOAD, idempotent=True)
SIZE = 3 * PIECE + 17
REFUSED = reply(b'{"error": {"code": "RATE_LIMITED", "message": "Slow down"}}', 429)
OK = reply(b"{}")
MB = 1024 * 1024
MOST = 20 * MB
"""By how much a process may grow that moves a lot."""


def content(size: int = SIZE) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def upload(file: Any, operation: Operation[Any] = UPLOAD, **options: Any) -> Call[Any]:
    return Call(operation, body={"file": file, "note": "n"}, options=options or None)  # type: ignore[arg-type]  # tests pass wrong options on purpose


def a_file(folder: Path, size: int) -> Path:
    """A file of this size. What is large has no blocks on the disk."""
    found = folder / "report.bin"
    if size <= SIZE:
        found.write_bytes(content(size))
    else:
        with found.open("wb") as file:
            file.truncate(size)
    return found


class Steps(list[tuple[int, int | None]]):
    """What a progress callback was told."""

    def __call__(self, sent: int, total: int | None) -> None:
        self.append((sent, total))

    @property
    def starts(self) -> int:
        return [sent for sent, _ in self].count(0)


class Pipe(io.BytesIO):
    """A file that can be read once, from its start to its end, and nothing else."""

    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = 0, /) -> int:
        raise io.UnsupportedOperation("seek")

    def tell(self) -> int:
        raise io.UnsupportedOperation("tell")


class HeadFirst(Connection):
    """A connection whose bodies wait to be read."""

    head = b""

    def read_request(self) -> bytes | None:
        while b"\r\n\r\n" not in self._buffer:
            if not self._more():
                return None
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        self.head = head.lower()
        return head + b"\r\n\r\n"

    def body(self) -> Iterator[bytes]:
        """The body of the request, in pieces as they arrive or in its chunks. Raises OSError when it breaks off."""
        if b"transfer-encoding: chunked" in self.head:
            while size := int(self._line(), 16):
                yield from self._exactly(size)
                self._line()
            self._line()
            return
        lines = [line for line in self.head.split(b"\r\n") if line.startswith(b"content-length:")]
        yield from self._exactly(int(lines[0].split(b":")[1]))

    def _line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            self._must_have_more()
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def _exactly(self, size: int) -> Iterator[bytes]:
        while size:
            if not self._buffer:
                self._must_have_more()
            piece, self._buffer = self._buffer[:size], self._buffer[size:]
            size -= len(piece)
            yield piece

    def _must_have_more(self) -> None:
        if not self._more():
            raise ConnectionAbortedError("the body broke off")


class Upstream(Loopback):
    """Takes the body of each request, and then does what its plays say."""

    def __init__(self, *plays: Play, reads: bool = True) -> None:
        super().__init__(*(plays or (OK,)))
        self.bodies: list[bytes] = []
        self._reads = reads
        self.plays = [self._after_the_body(play) for play in self.plays]

    def _serve(self, connection: Connection) -> None:
        super()._serve(HeadFirst(self, connection.raw))

    def _after_the_body(self, play: Play) -> Play:
        def both(connection: Connection) -> bool:
            if self._reads:
                assert isinstance(connection, HeadFirst)
                self.bodies.append(b"".join(connection.body()))
            return play(connection)

        return both


def growth(module: str, *arguments: str) -> tuple[int, int]:
    """How much a program moved, and by how much it grew over having moved a little."""
    program = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(program, capture_output=True, text=True, check=True, timeout=120)
    amount, grown = done.stdout.split()
    return int(amount), int(grown)


def read_and_forget(connection: Connection, answer: Play = OK) -> bool:
    assert isinstance(connection, HeadFirst)
    for _ in connection.body():
        pass
    return answer(connection)
