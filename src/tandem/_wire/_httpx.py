"""The default transport: the connections of httpx, below its client, requests and replies."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from tandem._errors import ConfigurationError
from tandem._places import event_loop, process
from tandem._transport import Request, Response, TransportError

from ._arriving import AsyncHttpxReply, HttpxReply, failure
from ._connections import AsyncConnections, Connections, Wiring
from ._pieces import AsyncPieces, Pieces
from ._proxies import Proxies, refuse_proxy
from ._reading import async_read_whole, async_time_limit, read_whole, time_limit
from ._tls import ClientCert, refuse_tls

_MOST_STREAMS = 100_000
"""Streams have connections of their own: each takes one for as long as it lasts, and calls would starve behind them."""


def _wiring(
    max_connections: int,
    proxy: str | None,
    trust_env: bool,
    ca_bundle: str | os.PathLike[str] | None,
    client_cert: ClientCert | None,
) -> Wiring:
    problem = refuse_wiring(proxy=proxy, trust_env=trust_env, ca_bundle=ca_bundle, client_cert=client_cert)
    if problem:
        raise ConfigurationError(problem)
    return Wiring(max_connections, Proxies.of(proxy, trust_env=trust_env), trust_env, ca_bundle, client_cert)


def refuse_wiring(
    *,
    proxy: str | None,
    trust_env: bool,
    ca_bundle: str | os.PathLike[str] | None,
    client_cert: ClientCert | None,
) -> str | None:
    """Why no connection can be made this way, or None. Names no password. Reads only certificates that are given."""
    return refuse_proxy(proxy, trust_env=trust_env) or refuse_tls(ca_bundle, client_cert, trust_env=trust_env)


def _raw_headers(request: Request) -> list[tuple[bytes, bytes]]:
    # The library would encode as ASCII; an event id may hold any text, which stands here as its UTF-8 bytes.
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in request.headers]
    if request.content is None or isinstance(request.content, bytes):
        return headers
    from ._aims import framing  # the library is loaded with the first connection

    return headers + framing(request.method, request.content)


def _begun(extensions: dict[str, Any], request: Request) -> None:
    """From here on it is the body that is waited for. The library looks at this when it reads."""
    if request.stream:
        extensions["timeout"]["read"] = request.deadline.bound(request.idle_timeout)


def _extensions(request: Request) -> dict[str, Any]:
    seconds = request.deadline.bound(request.timeout)
    # A call waits for a connection as long as it may wait at all: want of a connection is no failure.
    return {
        "timeout": {"connect": seconds, "read": seconds, "write": seconds, "pool": request.deadline.remaining()},
    }


class Pools:
    """Something of its own for each place: connections belong to one process, and to one event loop.

    A child process finds its parent's under another name and leaves them alone.
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
        """That of this place, to be closed; None when there is none."""
        return self._pools.pop(self._place(), None)

    def _forget_dead_loops(self) -> None:
        for place in list(self._pools):
            is_closed = getattr(place, "is_closed", None)
            if is_closed is not None and is_closed():
                self._pools.pop(place, None)


class HttpxTransport:
    """Sends through httpx.

    `proxy` is a URL for every host; without it the environment names one (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`,
    `NO_PROXY`), unless `trust_env=False`. `ca_bundle` replaces the usual authorities, `client_cert` is a PEM file,
    (certificate, key) or (certificate, key, password). Raises ConfigurationError on what cannot be used.

    Give it your own `httpx.Client` to use its proxies, certificates and hooks instead: it is never closed here. Over
    it, a deadline bounds every silence and the body; only a head that comes byte by byte can last longer. Redirects
    are followed here or not at all, whatever it says: it would show the credentials to every origin.
    """

    def __init__(
        self,
        client: Any = None,
        *,
        max_connections: int = 100,
        proxy: str | None = None,
        trust_env: bool = True,
        ca_bundle: str | os.PathLike[str] | None = None,
        client_cert: ClientCert | None = None,
    ) -> None:
        self._client = client
        self._wiring = _wiring(max_connections, proxy, trust_env and client is None, ca_bundle, client_cert)
        self._endless = self._wiring._replace(max_connections=_MOST_STREAMS)
        self._pools, self._streams = Pools(process), Pools(process)

    def __repr__(self) -> str:
        return f"<HttpxTransport over {'your client' if self._client is not None else 'its own pool'}>"

    def send(self, request: Request) -> Response:
        return read_whole(self.open(request), request)

    def open(self, request: Request) -> HttpxReply:
        with time_limit(request.deadline):
            try:
                if self._client is not None:
                    built = self._build(request)
                    extensions = built.extensions
                    reply = HttpxReply(self._client.send(built, stream=True, follow_redirects=False))
                else:
                    extensions = _extensions(request)
                    reply = HttpxReply(*self._connections(request).exchange(request, extensions))
                _begun(extensions, request)
                return reply
            except TransportError:
                raise
            except Exception as problem:  # the library's, the socket's, the proxy's: to a caller all mean "no reply"
                raise failure(problem) from problem

    def close(self) -> None:
        for pools in (self._pools, self._streams):
            connections = pools.take()
            if connections is not None:
                connections.close()

    def _build(self, request: Request) -> Any:
        return self._client.build_request(
            request.method,
            request.url,
            headers=_raw_headers(request),
            content=Pieces.of(request.content),
            extensions=_extensions(request),
        )

    def _connections(self, request: Request) -> Connections:
        pools, wiring = (self._streams, self._endless) if request.stream else (self._pools, self._wiring)
        found: Connections = pools.here(lambda: Connections(wiring))
        return found


class AsyncHttpxTransport:
    """Sends through httpx.

    `proxy` is a URL for every host; without it the environment names one (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`,
    `NO_PROXY`), unless `trust_env=False`. `ca_bundle` replaces the usual authorities, `client_cert` is a PEM file,
    (certificate, key) or (certificate, key, password). Raises ConfigurationError on what cannot be used.

    Give it your own `httpx.AsyncClient` to use its proxies, certificates and hooks instead: it is never closed here.
    Redirects are followed here or not at all, whatever it says: it would show the credentials to every origin.
    """

    def __init__(
        self,
        client: Any = None,
        *,
        max_connections: int = 100,
        proxy: str | None = None,
        trust_env: bool = True,
        ca_bundle: str | os.PathLike[str] | None = None,
        client_cert: ClientCert | None = None,
    ) -> None:
        self._client = client
        self._wiring = _wiring(max_connections, proxy, trust_env and client is None, ca_bundle, client_cert)
        self._endless = self._wiring._replace(max_connections=_MOST_STREAMS)
        self._pools, self._streams = Pools(event_loop), Pools(event_loop)

    def __repr__(self) -> str:
        return f"<AsyncHttpxTransport over {'your client' if self._client is not None else 'its own pool'}>"

    async def send(self, request: Request) -> Response:
        return await async_read_whole(await self.open(request), request)

    async def open(self, request: Request) -> AsyncHttpxReply:
        with async_time_limit(request.deadline):
            try:
                if self._client is not None:
                    built = self._build(request)
                    extensions = built.extensions
                    reply = AsyncHttpxReply(await self._client.send(built, stream=True, follow_redirects=False))
                else:
                    extensions = _extensions(request)
                    reply = AsyncHttpxReply(*(await self._connections(request).exchange(request, extensions)))
                _begun(extensions, request)
                return reply
            except TransportError:
                raise
            except Exception as problem:  # the library's, the socket's, the proxy's: to a caller all mean "no reply"
                raise failure(problem) from problem

    async def aclose(self) -> None:
        for pools in (self._pools, self._streams):
            connections = pools.take()
            if connections is not None:
                await connections.aclose()

    def _build(self, request: Request) -> Any:
        return self._client.build_request(
            request.method,
            request.url,
            headers=_raw_headers(request),
            content=AsyncPieces.of(request.content),
            extensions=_extensions(request),
        )

    def _connections(self, request: Request) -> AsyncConnections:
        pools, wiring = (self._streams, self._endless) if request.stream else (self._pools, self._wiring)
        found: AsyncConnections = pools.here(lambda: AsyncConnections(wiring))
        return found
