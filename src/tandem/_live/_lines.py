"""Connections that have become WebSockets, as replies whose bytes arrive: pings and answers are written on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any, Self

from tandem._deadline import Deadline
from tandem._headers import Headers
from tandem._transport import TransportError
from tandem._wire._arriving import failure
from tandem._wire._unread import UNWATCHED

from ._talk import Talk

_CHUNK = 64 * 1024
_FAREWELL = 0.5  # seconds for a goodbye that nobody waits for
_SILENCE = "the server stayed silent for too long"


class BaseLine:
    """What both colours of a line are made of."""

    def __init__(
        self, reply: Any, talk: Talk, patience: float | None, deadline: Deadline, glance: float | None = None
    ) -> None:
        self.status_code: int = reply.status_code
        self.headers: Headers = reply.headers
        self._reply = reply
        self._talk = talk
        self._half = self._rest = None if patience is None else patience / 2
        self._glance = glance if self._half is None or glance is None else min(glance, self._half / 2)
        self._deadline = deadline
        self._wire = reply.connection
        self._pen = self._wire.get_extra_info(UNWATCHED) or self._wire


class Line(BaseLine):
    """One such connection of a thread.

    Half the `patience` after the last byte the other side is asked for a sign of life; after all of it, it counts as
    dead. Where there is a `glance`, and nothing is said for so long before anything else, the next bytes are none.
    """

    def iter_bytes(self) -> Iterator[bytes]:
        return self

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        self._write(self._half)
        if self._talk.ending is not None:
            raise TransportError(self._talk.ending, stage="reply")
        seconds, self._rest = self._rest, self._half
        if self._glance is not None and not self._talk.heard:
            return self._at_first(self._glance)
        try:
            return self._read(seconds)
        except TransportError as problem:
            if not problem.timed_out:
                raise
        self._talk.ask()
        self._write(self._half)
        return self._read(self._half)

    def hang_up(self) -> None:
        """End the wait of another thread for the next bytes: that one closes the connection."""
        self._reply.hang_up()

    def close(self) -> None:
        try:
            self._talk.leave()
            with suppress(TransportError):
                self._write(_FAREWELL)
        finally:
            self._reply.close()

    def _at_first(self, glance: float) -> bytes:
        try:
            return self._read(glance)
        except TransportError as problem:
            if not problem.timed_out:
                raise
        self._glance = None
        if self._half is not None:
            self._rest = self._half - glance
        return b""

    def _read(self, seconds: float | None) -> bytes:
        try:
            chunk: bytes = self._wire.read(_CHUNK, timeout=self._deadline.bound(seconds))
        except Exception as problem:  # the library's or the socket's: to a reader all mean that nothing comes
            raise _failed(problem) from problem
        if not chunk:
            raise TransportError("the connection broke", stage="reply")
        return chunk

    def _write(self, seconds: float | None) -> None:
        content = self._talk.outgoing()
        try:
            if content:
                self._pen.write(content, timeout=self._deadline.bound(seconds))
        except Exception as problem:  # the library's or the socket's: to a reader all mean that nothing comes
            raise _failed(problem) from problem


class AsyncLine(BaseLine):
    """One such connection of a task.

    Half the `patience` after the last byte the other side is asked for a sign of life; after all of it, it counts as
    dead. Where there is a `glance`, and nothing is said for so long before anything else, the next bytes are none.
    """

    def iter_bytes(self) -> AsyncIterator[bytes]:
        return self

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        await self._write(self._half)
        if self._talk.ending is not None:
            raise TransportError(self._talk.ending, stage="reply")
        seconds, self._rest = self._rest, self._half
        if self._glance is not None and not self._talk.heard:
            return await self._at_first(self._glance)
        try:
            return await self._read(seconds)
        except TransportError as problem:
            if not problem.timed_out:
                raise
        self._talk.ask()
        await self._write(self._half)
        return await self._read(self._half)

    async def hang_up(self) -> None:
        """End the wait of another task for the next bytes: that one closes the connection."""
        await self._reply.hang_up()

    async def aclose(self) -> None:
        try:
            self._talk.leave()
            with suppress(TransportError):
                await self._write(_FAREWELL)
        finally:
            await self._reply.aclose()

    async def _at_first(self, glance: float) -> bytes:
        try:
            return await self._read(glance)
        except TransportError as problem:
            if not problem.timed_out:
                raise
        self._glance = None
        if self._half is not None:
            self._rest = self._half - glance
        return b""

    async def _read(self, seconds: float | None) -> bytes:
        try:
            chunk: bytes = await self._wire.read(_CHUNK, timeout=self._deadline.bound(seconds))
        except Exception as problem:  # the library's or the socket's: to a reader all mean that nothing comes
            raise _failed(problem) from problem
        if not chunk:
            raise TransportError("the connection broke", stage="reply")
        return chunk

    async def _write(self, seconds: float | None) -> None:
        content = self._talk.outgoing()
        try:
            if content:
                await self._pen.write(content, timeout=self._deadline.bound(seconds))
        except Exception as problem:  # the library's or the socket's: to a reader all mean that nothing comes
            raise _failed(problem) from problem


def _failed(problem: Exception) -> TransportError:
    found = failure(problem, reading=True)
    return TransportError(_SILENCE, stage="reply", timed_out=True) if found.timed_out else found
