"""The default transport: httpx, below its client layer."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel

from ._headers import Headers
from ._transport import ReplyTooLargeError, Request, Response, TransportError

if TYPE_CHECKING:
    import ssl

_tls_lock = threading.Lock()
_tls: dict[str, ssl.SSLContext] = {}


def tls_context() -> ssl.SSLContext:
    """One TLS context for the whole process: building one costs more than everything else in a client."""
    import httpx

    with _tls_lock:
        if "default" not in _tls:
            _tls["default"] = httpx.create_ssl_context()
        return _tls["default"]


def _pool_options(max_connections: int) -> dict[str, Any]:
    import httpx

    limits = httpx.Limits(
        max_connections=max_connections, max_keepalive_connections=max_connections, keepalive_expiry=30.0
    )
    return {"limits": limits, "verify": tls_context(), "trust_env": False}


def _extensions(request: Request) -> dict[str, Any]:
    seconds = request.deadline.bound(request.timeout)
    # A call waits for a connection as long as it may wait at all: want of a connection is no failure.
    return {
        "timeout": {"connect": seconds, "read": seconds, "write": seconds, "pool": request.deadline.remaining()},
    }


_STAGES = {
    "ConnectError": "connect",
    "ConnectTimeout": "connect",
    "PoolTimeout": "connect",
    "UnsupportedProtocol": "connect",
    "ProxyError": "connect",
}


def failure(problem: Exception, *, reading: bool = False) -> TransportError:
    """An exception of the library as ours. Decided by name: httpx and its successor name them alike."""
    name = type(problem).__name__
    timed_out = isinstance(problem, TimeoutError) or name.endswith("Timeout")
    stage = "reply" if reading else _STAGES.get(name, "exchange")
    text = str(problem) or {"ReadTimeout": "the server stayed silent for too long"}.get(name, name)
    return TransportError(text, stage=stage, timed_out=timed_out)  # type: ignore[arg-type]  # the values of _STAGES


class HttpxTransport:
    """Sends through httpx.

    Give it your own `httpx.Client` to use its proxies, certificates and hooks: it is never closed here.
    """

    def __init__(self, client: Any = None, *, max_connections: int = 100) -> None:
        self._client = client
        self._max_connections = max_connections
        self._pool: Any = None
        self._pid = 0
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<HttpxTransport over {'your client' if self._client is not None else 'its own pool'}>"

    def send(self, request: Request) -> Response:
        with closing(self.open(request)) as reply:
            body = b"".join(_bounded(reply.iter_bytes(), request))
        return Response(reply.status_code, reply.headers, body)

    def open(self, request: Request) -> HttpxReply:
        try:
            return HttpxReply(self._exchange(request))
        except Exception as problem:  # the library's, the socket's, the proxy's: to a caller all mean "no reply"
            raise failure(problem) from problem

    def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None and self._pid == os.getpid():
            pool.close()

    def _exchange(self, request: Request) -> Any:
        extensions = _extensions(request)
        if self._client is not None:
            raw = self._client.build_request(
                request.method, request.url, headers=request.headers, content=request.content, extensions=extensions
            )
            return self._client.send(raw, stream=True)
        import httpx

        raw = httpx.Request(
            request.method, request.url, headers=request.headers, content=request.content, extensions=extensions
        )
        return self._own_pool().handle_request(raw)

    def _own_pool(self) -> Any:
        # A child process must not speak on its parent's connections: it gets a pool of its own.
        if self._pool is None or self._pid != os.getpid():
            import httpx

            with self._lock:
                if self._pool is None or self._pid != os.getpid():
                    self._pool = httpx.HTTPTransport(**_pool_options(self._max_connections))
                    self._pid = os.getpid()
        return self._pool


class AsyncHttpxTransport:
    """Sends through httpx.

    Give it your own `httpx.AsyncClient` to use its proxies, certificates and hooks: it is never closed here.
    """

    def __init__(self, client: Any = None, *, max_connections: int = 100) -> None:
        self._client = client
        self._max_connections = max_connections
        # Connections belong to an event loop: each loop has its own pool, gone with the loop.
        self._pool: anyio.lowlevel.RunVar[Any] = anyio.lowlevel.RunVar(f"tandem-pool-{id(self)}")

    def __repr__(self) -> str:
        return f"<AsyncHttpxTransport over {'your client' if self._client is not None else 'its own pool'}>"

    async def send(self, request: Request) -> Response:
        try:
            with anyio.fail_after(request.deadline.remaining()):
                async with aclosing(await self.open(request)) as reply:
                    body = b"".join([chunk async for chunk in _abounded(reply.iter_bytes(), request)])
        except TimeoutError as problem:
            raise TransportError("the deadline passed", stage="reply", timed_out=True) from problem
        return Response(reply.status_code, reply.headers, body)

    async def open(self, request: Request) -> AsyncHttpxReply:
        try:
            return AsyncHttpxReply(await self._exchange(request))
        except Exception as problem:  # the library's, the socket's, the proxy's: to a caller all mean "no reply"
            raise failure(problem) from problem

    async def aclose(self) -> None:
        pool = self._pool.get(None)
        self._pool.set(None)
        if pool is not None:
            await pool.aclose()

    async def _exchange(self, request: Request) -> Any:
        extensions = _extensions(request)
        if self._client is not None:
            raw = self._client.build_request(
                request.method, request.url, headers=request.headers, content=request.content, extensions=extensions
            )
            return await self._client.send(raw, stream=True)
        import httpx

        raw = httpx.Request(
            request.method, request.url, headers=request.headers, content=request.content, extensions=extensions
        )
        return await self._own_pool().handle_async_request(raw)

    def _own_pool(self) -> Any:
        pool = self._pool.get(None)
        if pool is None:
            import httpx

            pool = httpx.AsyncHTTPTransport(**_pool_options(self._max_connections))
            self._pool.set(pool)
        return pool


class HttpxReply:
    """A reply of httpx whose body is still arriving."""

    __slots__ = ("_raw", "headers", "status_code")

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.status_code: int = raw.status_code
        self.headers = Headers(raw.headers.raw)

    def iter_bytes(self) -> Iterator[bytes]:
        try:
            yield from self._raw.iter_bytes()
        except (
            Exception
        ) as problem:  # a cut connection, a wrong length, a broken gzip: to a caller all mean "no whole reply"
            raise failure(problem, reading=True) from problem

    def close(self) -> None:
        self._raw.close()


class AsyncHttpxReply:
    """A reply of httpx whose body is still arriving."""

    __slots__ = ("_raw", "headers", "status_code")

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.status_code: int = raw.status_code
        self.headers = Headers(raw.headers.raw)

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._raw.aiter_bytes():
                yield chunk
        except (
            Exception
        ) as problem:  # a cut connection, a wrong length, a broken gzip: to a caller all mean "no whole reply"
            raise failure(problem, reading=True) from problem

    async def aclose(self) -> None:
        await self._raw.aclose()


class _Meter:
    """Watches a body arrive: its size and its deadline."""

    __slots__ = ("_left", "_request")

    def __init__(self, request: Request) -> None:
        self._request = request
        self._left = request.max_response_bytes

    def check(self, chunk: bytes) -> bytes:
        if self._left is not None:
            self._left -= len(chunk)
            if self._left < 0:
                raise ReplyTooLargeError(self._request.max_response_bytes or 0)
        if self._request.deadline.expired:
            raise TransportError("the deadline passed", stage="reply", timed_out=True)
        return chunk


def _bounded(chunks: Iterator[bytes], request: Request) -> Iterator[bytes]:
    return map(_Meter(request).check, chunks)


async def _abounded(chunks: AsyncIterator[bytes], request: Request) -> AsyncIterator[bytes]:
    meter = _Meter(request)
    async for chunk in chunks:
        yield meter.check(chunk)
