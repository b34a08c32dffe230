"""The default transport: httpx, below its client layer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any

from ._headers import Headers
from ._places import event_loop, process
from ._reading import async_read_whole, async_time_limit, read_whole, time_limit
from ._transport import Request, Response, TransportError

if TYPE_CHECKING:
    import ssl

_tls: dict[str, ssl.SSLContext] = {}


def tls_context() -> ssl.SSLContext:
    """One TLS context for the whole process: building one costs more than everything else in a client."""
    if "default" not in _tls:
        import httpx

        _tls.setdefault("default", httpx.create_ssl_context())
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

_TEXTS = {
    "LocalProtocolError": "the request cannot be written as HTTP/1.1",
    "ReadTimeout": "the server stayed silent for too long",
}


def failure(problem: Exception, *, reading: bool = False) -> TransportError:
    """An exception of the library as ours. Decided by name: httpx and its successor name them alike."""
    name = type(problem).__name__
    timed_out = isinstance(problem, TimeoutError) or name.endswith("Timeout")
    stage = "reply" if reading else _STAGES.get(name, "exchange")
    # What the library says of a request that it cannot write quotes the header: that may be the token.
    text = _TEXTS.get(name) or str(problem)[:300] or name
    return TransportError(text, stage=stage, timed_out=timed_out)  # type: ignore[arg-type]  # the values of _STAGES


class Pools:
    """A connection pool for each place: connections belong to one process, and to one event loop.

    A child process finds its parent's pool under another name and leaves it alone.
    """

    __slots__ = ("_place", "_pools")

    def __init__(self, place: Callable[[], object]) -> None:
        self._place = place
        self._pools: dict[object, Any] = {}

    def here(self, make: Callable[[], Any]) -> Any:
        place = self._place()
        pool = self._pools.get(place)
        if pool is None:
            self._forget_dead_loops()
            pool = self._pools.setdefault(place, make())  # no lock: a child process might inherit it locked
        return pool

    def take(self) -> Any:
        """The pool of this place, to be closed; None when there is none."""
        return self._pools.pop(self._place(), None)

    def _forget_dead_loops(self) -> None:
        for place in list(self._pools):
            is_closed = getattr(place, "is_closed", None)
            if is_closed is not None and is_closed():
                self._pools.pop(place, None)


class HttpxTransport:
    """Sends through httpx.

    Give it your own `httpx.Client` to use its proxies, certificates and hooks: it is never closed here.
    """

    def __init__(self, client: Any = None, *, max_connections: int = 100) -> None:
        self._client = client
        self._max_connections = max_connections
        self._pools = Pools(process)

    def __repr__(self) -> str:
        return f"<HttpxTransport over {'your client' if self._client is not None else 'its own pool'}>"

    def send(self, request: Request) -> Response:
        return read_whole(self.open(request), request)

    def open(self, request: Request) -> HttpxReply:
        try:
            with time_limit(request.deadline):
                return HttpxReply(self._exchange(request))
        except TransportError:
            raise
        except Exception as problem:  # the library's, the socket's, the proxy's: to a caller all mean "no reply"
            raise failure(problem) from problem

    def close(self) -> None:
        pool = self._pools.take()
        if pool is not None:
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
        return self._pools.here(self._new_pool).handle_request(raw)

    def _new_pool(self) -> Any:
        import httpx

        return httpx.HTTPTransport(**_pool_options(self._max_connections))


class AsyncHttpxTransport:
    """Sends through httpx.

    Give it your own `httpx.AsyncClient` to use its proxies, certificates and hooks: it is never closed here.
    """

    def __init__(self, client: Any = None, *, max_connections: int = 100) -> None:
        self._client = client
        self._max_connections = max_connections
        self._pools = Pools(event_loop)

    def __repr__(self) -> str:
        return f"<AsyncHttpxTransport over {'your client' if self._client is not None else 'its own pool'}>"

    async def send(self, request: Request) -> Response:
        return await async_read_whole(await self.open(request), request)

    async def open(self, request: Request) -> AsyncHttpxReply:
        try:
            with async_time_limit(request.deadline):
                return AsyncHttpxReply(await self._exchange(request))
        except TransportError:
            raise
        except Exception as problem:  # the library's, the socket's, the proxy's: to a caller all mean "no reply"
            raise failure(problem) from problem

    async def aclose(self) -> None:
        pool = self._pools.take()
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
        return await self._pools.here(self._new_pool).handle_async_request(raw)

    def _new_pool(self) -> Any:
        import httpx

        return httpx.AsyncHTTPTransport(**_pool_options(self._max_connections))


class HttpxReply:
    """A reply of httpx whose body is still arriving."""

    __slots__ = ("_raw", "headers", "status_code")

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.status_code: int = raw.status_code
        self.headers = Headers(raw.headers.raw)

    def iter_bytes(self) -> Iterator[bytes]:
        try:
            refuse_stacked_encodings(self.headers)
            yield from self._raw.iter_bytes()
        except TransportError:
            raise
        except Exception as problem:  # a cut connection, a wrong length, a broken gzip: all mean "no whole reply"
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
            refuse_stacked_encodings(self.headers)
            async for chunk in self._raw.aiter_bytes():
                yield chunk
        except TransportError:
            raise
        except Exception as problem:  # a cut connection, a wrong length, a broken gzip: all mean "no whole reply"
            raise failure(problem, reading=True) from problem

    async def aclose(self) -> None:
        await self._raw.aclose()


def refuse_stacked_encodings(headers: Headers) -> None:
    """Each layer of compression may grow a body a thousandfold before anyone can count it: one is enough."""
    if "," in headers.get("content-encoding", ""):
        raise TransportError("the reply is compressed more than once", stage="reply")
