"""Replies of httpx whose bodies are still arriving, and its failures as ours."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any, Self

from tandem._headers import Headers
from tandem._transport import TransportError

from ._connections import AsyncHold, Hold
from ._encodings import Unpacker

_STAGES = {
    "ConnectError": "connect",
    "ConnectTimeout": "connect",
    "PoolTimeout": "connect",
    "UnsupportedProtocol": "connect",
    "ProxyError": "connect",
}

NO_CONNECTION = "no connection was made in time"
SILENCE = "the server stayed silent for too long"
_NO_ADDRESS = " was not found in time"
_TEXTS = {
    "LocalProtocolError": "the request cannot be written as HTTP/1.1",
    "ConnectTimeout": NO_CONNECTION,
    "WriteTimeout": "the server took no more of the request for too long",
    "ReadTimeout": SILENCE,
}


def failure(problem: Exception, *, reading: bool = False) -> TransportError:
    """An exception of the library as ours. Decided by name: httpx and its successor name them alike."""
    name = type(problem).__name__
    timed_out = isinstance(problem, TimeoutError) or name.endswith("Timeout")
    stage = "reply" if reading else _STAGES.get(name, "exchange")
    return TransportError(_text(name, str(problem)[:300]), stage=stage, timed_out=timed_out)  # type: ignore[arg-type]  # the values of _STAGES


def _text(name: str, said: str) -> str:
    if said.endswith(_NO_ADDRESS):  # it names the name
        return said
    # What the library says of a request that it cannot write quotes the header: that may be the token.
    return _TEXTS.get(name) or said or name


class HttpxReply:
    """A reply of httpx to a thread. It iterates itself: a generator that is left early would need cleaning up."""

    __slots__ = ("_body", "_chunks", "_hold", "_raw", "_unpacker", "_whole", "headers", "status_code")

    def __init__(self, raw: Any, hold: Hold | None = None) -> None:
        self._raw = raw
        self._hold = hold
        self._chunks: Iterator[bytes] | None = None
        self._unpacker: Unpacker | None = None
        self._whole = False
        if hasattr(raw, "status"):
            self.status_code: int = raw.status
            self.headers = Headers(raw.headers)
            self._body = raw.stream.__iter__
        else:  # that of the user's own client, or of a recorder
            self.status_code = raw.status_code
            self.headers = Headers(raw.headers.raw)
            self._body = raw.stream.__iter__ if raw.is_stream_consumed else raw.iter_raw

    def iter_bytes(self) -> Iterator[bytes]:
        if self._unpacker is None:
            self._unpacker = Unpacker(self.headers)
            self._chunks = self._body()
        return self

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        try:
            piece = self._piece()
        except TransportError:
            raise
        except Exception as problem:  # a cut connection or a wrong length: all mean "no whole reply"
            self._chunks = None
            raise failure(problem, reading=True) from problem
        if not piece:
            self.close()
            raise StopIteration
        return piece

    @property
    def connection(self) -> Any:
        """What it arrives on, for those who go on there in another protocol; None where that is not known."""
        return connection_of(self._raw)

    @property
    def limited(self) -> bool:
        """Whether its connection is one of ours, which heed deadlines by themselves."""
        return self._hold is not None

    def hang_up(self) -> None:
        """End the wait of another thread for the next bytes: that one closes the reply."""
        connection = connection_of(self._raw)
        if connection is not None:
            cut(connection)

    def close(self) -> None:
        hold, self._hold = self._hold, None
        try:
            self._run_out()
        finally:
            try:
                self._raw.close()
            except BaseException:  # cancellation too: the pool may not have got its connection back
                self._whole = False
                raise
            finally:
                if hold is not None:
                    hold.release(whole=self._whole)

    def _piece(self) -> bytes:
        """The next bytes; none at the end."""
        while self._unpacker is not None and self._chunks is not None:
            piece = self._unpacker.take()
            if piece:
                return piece
            chunk = next(self._chunks, None)
            if chunk is None:
                self._chunks = None
                self._whole = True
                self._unpacker.finish()
            else:
                self._unpacker.feed(chunk)
        return b""

    def _run_out(self) -> None:
        """Let the library's generators come to their end: some event loops warn of those that are dropped halfway."""
        chunks, self._chunks = self._chunks, None
        connection = connection_of(self._raw)
        if chunks is None or connection is None:
            return
        try:
            connection.close()
            for _ in chunks:
                pass
        except Exception:  # noqa: S110  # they end with the error of a closed connection, which is what was wanted
            pass


class AsyncHttpxReply:
    """A reply of httpx to a task. It iterates itself: a generator that is left early would need cleaning up."""

    __slots__ = ("_body", "_chunks", "_hold", "_raw", "_unpacker", "_whole", "headers", "status_code")

    def __init__(self, raw: Any, hold: AsyncHold | None = None) -> None:
        self._raw = raw
        self._hold = hold
        self._chunks: AsyncIterator[bytes] | None = None
        self._unpacker: Unpacker | None = None
        self._whole = False
        if hasattr(raw, "status"):
            self.status_code: int = raw.status
            self.headers = Headers(raw.headers)
            self._body = raw.stream.__aiter__
        else:  # that of the user's own client, or of a recorder
            self.status_code = raw.status_code
            self.headers = Headers(raw.headers.raw)
            self._body = raw.stream.__aiter__ if raw.is_stream_consumed else raw.aiter_raw

    def iter_bytes(self) -> AsyncIterator[bytes]:
        if self._unpacker is None:
            self._unpacker = Unpacker(self.headers)
            self._chunks = self._body()
        return self

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            piece = await self._piece()
        except TransportError:
            raise
        except Exception as problem:  # a cut connection or a wrong length: all mean "no whole reply"
            self._chunks = None
            raise failure(problem, reading=True) from problem
        if not piece:
            await self.aclose()
            raise StopAsyncIteration
        return piece

    @property
    def connection(self) -> Any:
        """What it arrives on, for those who go on there in another protocol; None where that is not known."""
        return connection_of(self._raw)

    @property
    def limited(self) -> bool:
        """Whether its connection is one of ours, which heed deadlines by themselves."""
        return self._hold is not None

    async def hang_up(self) -> None:
        """End the wait of another task for the next bytes: that one closes the reply."""
        connection = connection_of(self._raw)
        if connection is not None:
            await async_cut(connection)

    async def aclose(self) -> None:
        hold, self._hold = self._hold, None
        try:
            await self._run_out()
        finally:
            try:
                await self._raw.aclose()
            except BaseException:  # cancellation too: the pool may not have got its connection back
                self._whole = False
                raise
            finally:
                if hold is not None:
                    await hold.release(whole=self._whole)

    async def _piece(self) -> bytes:
        """The next bytes; none at the end."""
        while self._unpacker is not None and self._chunks is not None:
            piece = self._unpacker.take()
            if piece:
                return piece
            chunk = await anext(self._chunks, None)
            if chunk is None:
                self._chunks = None
                self._whole = True
                self._unpacker.finish()
            else:
                self._unpacker.feed(chunk)
        return b""

    async def _run_out(self) -> None:
        """Let the library's generators come to their end: some event loops warn of those that are dropped halfway."""
        chunks, self._chunks = self._chunks, None
        connection = connection_of(self._raw)
        if chunks is None or connection is None:
            return
        try:
            await connection.aclose()
            async for _ in chunks:
                pass
        except Exception:  # noqa: S110  # they end with the error of a closed connection, which is what was wanted
            pass


def cut(connection: Any) -> None:
    """Wake whoever reads from this connection: to close the file would leave a thread waiting in it."""
    raw = connection.get_extra_info("socket")
    with suppress(OSError):  # the server may have hung up already
        # Not the method of a TLS socket, which throws away what the other thread reads with.
        socket.socket.shutdown(raw, socket.SHUT_RDWR)


async def async_cut(connection: Any) -> None:
    """Wake whoever reads from this connection."""
    await connection.aclose()


def connection_of(raw: Any) -> Any:
    """What a reply of HTTP/1.1 arrives on, and nothing else does; None where that is not known."""
    extensions = raw.extensions
    return extensions.get("network_stream") if extensions.get("http_version") in {b"HTTP/1.1", b"HTTP/1.0"} else None
