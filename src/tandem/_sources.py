"""What a body is made of: bytes in memory, files on disk, files that somebody has opened. Read piece by piece."""

from __future__ import annotations

import inspect
import os
import stat
from pathlib import Path
from typing import Any, Protocol

from ._transport import BodyError

PIECE = 256 * 1024
"""Bytes that are read at once. A thread is asked for each, which costs more than reading fewer."""
_BYTES = bytes | bytearray | memoryview


class Source(Protocol):
    """One part of a body."""

    name: str
    length: int | None
    """Its bytes; None where only reading it will tell."""
    blocks: bool
    """Whether reading it may take a while, so that an event loop should not do it."""

    @property
    def rewinds(self) -> bool:
        """Whether it can be read from its start, for the first time or again."""
        ...

    def read(self, offset: int) -> bytes:
        """The piece that follows after `offset` bytes; nothing at the end. 0 begins anew."""
        ...


class InMemory:
    """Bytes that are there already."""

    name = "the body"
    blocks = False
    rewinds = True

    def __init__(self, content: bytes) -> None:
        self.length: int | None = len(content)
        self.content = content

    def read(self, offset: int) -> bytes:
        return self.content[offset : offset + PIECE]


class OnDisk:
    """A file by its path.

    Opened for each piece: nothing is left to close, wherever a call may end or be called off.
    """

    blocks = True
    rewinds = True

    def __init__(self, path: Path) -> None:
        """Raises OSError on what cannot be read, ValueError on what has no size."""
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise ValueError(f"{path.name or path} is not a regular file. Open it, and pass what you opened")
        with path.open("rb", buffering=0):
            pass
        self.name = path.name
        self.length: int | None = found.st_size
        self._path = path.absolute()
        self._state = _state(found)

    def read(self, offset: int) -> bytes:
        with self._path.open("rb", buffering=0) as file:
            if _state(os.fstat(file.fileno())) != self._state:
                raise changed(self)
            file.seek(offset)
            return file.read(PIECE)


class Opened:
    """A file that its owner has opened, from where it stands. Never closed here."""

    blocks = True

    def __init__(self, file: Any, name: str) -> None:
        """Raises ValueError, OSError or TypeError on what cannot be read as bytes."""
        as_bytes(file.read(0))
        self.name = name
        self._file = file
        self._begun = False
        self._start = _position(file)
        self.length: int | None = None if self._start is None else file.seek(0, os.SEEK_END) - self._start
        if self._start is not None:
            file.seek(self._start)

    @property
    def rewinds(self) -> bool:
        return self._start is not None or not self._begun

    def read(self, offset: int) -> bytes:
        if offset == 0:
            if not self.rewinds:
                raise BodyError(f"{self.name} has been read, and cannot be rewound")
            if self._start is not None:
                self._file.seek(self._start)
        self._begun = True
        return as_bytes(self._file.read(PIECE))


def as_bytes(value: Any) -> bytes:
    """What a file gave. Raises ValueError on anything but bytes."""
    if inspect.iscoroutine(value):
        value.close()
        raise ValueError("a file is opened by open(), not by an asynchronous library")
    if not isinstance(value, _BYTES):
        raise ValueError(f"a file is bytes or opened in binary mode, not {type(value).__name__}")
    return bytes(value)  # pyright: ignore[reportUnknownArgumentType]  # a memoryview of any format is bytes too


def changed(source: Source) -> BodyError:
    return BodyError(f"{source.name} changed while it was sent. Send a copy that nobody writes to")


def _position(file: Any) -> int | None:
    """Where the file stands; None for one that has no places, such as a pipe."""
    try:
        position: int | None = file.tell() if file.seekable() else None
    except (AttributeError, OSError):
        return None
    return position


def _state(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
