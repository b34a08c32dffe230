"""The connections of one place, and the queue in front of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from tandem._transport import Request, async_whole, whole

from ._gates import AsyncGate, Gate
from ._proxies import Proxies, Proxy
from ._tls import ClientCert, tls_context


class Way(NamedTuple):
    """How a request gets to its server. What goes without TLS never needs certificates loaded."""

    proxy: Proxy | None
    secure: bool


class Wiring(NamedTuple):
    """How connections are made: how many, through which proxies, with which certificates."""

    max_connections: int
    proxies: Proxies
    trust_env: bool
    ca_bundle: str | os.PathLike[str] | None
    client_cert: ClientCert | None

    def way(self, url: str) -> Way:
        """How a request gets to this URL."""
        return Way(self.proxies.for_url(url), url[:6].lower() == "https:")

    def pool(self, way: Way) -> Any:
        """Connections for threads."""
        from ._network import LimitedBackend
        from ._pools import Pool, ProxyPool
        from ._unread import WatchedBackend

        options = self._options(way)
        options["network_backend"] = WatchedBackend(LimitedBackend())
        return ProxyPool(**options, **self._through(way.proxy)) if way.proxy else Pool(**options)

    def async_pool(self, way: Way) -> Any:
        """Connections for tasks."""
        import httpcore

        from ._pools import AsyncPool, AsyncProxyPool
        from ._unread import AsyncWatchedBackend

        options = self._options(way)
        network: Any = httpcore.AnyIOBackend()  # to the type checker it may be a class that says that anyio is missing
        options["network_backend"] = AsyncWatchedBackend(network)
        return AsyncProxyPool(**options, **self._through(way.proxy)) if way.proxy else AsyncPool(**options)

    def _options(self, way: Way) -> dict[str, Any]:
        context = tls_context(self.ca_bundle, self.client_cert, trust_env=self.trust_env) if way.secure else None
        return {
            "ssl_context": context,
            "max_connections": self.max_connections,
            "max_keepalive_connections": self.max_connections,
            "keepalive_expiry": 30.0,
        }

    def _through(self, proxy: Proxy) -> dict[str, Any]:
        way: dict[str, Any] = {"proxy_url": proxy.url}
        if proxy.auth is not None:
            way["proxy_auth"] = tuple(part.encode() for part in proxy.auth)
        if proxy.scheme == "https":
            # The client certificate is for the platform: a proxy does not get to see it.
            way["proxy_ssl_context"] = tls_context(self.ca_bundle, trust_env=self.trust_env)
        return way


class Hold:
    """One caller's hold on a connection, from its turn in the queue until its reply is read or given up."""

    __slots__ = ("_gate", "_raw", "_turn", "pool")

    def __init__(self, gate: Gate, turn: object, pool: Any, raw: Any) -> None:
        self._gate = gate
        self._turn = turn
        self._raw = raw
        self.pool = pool

    def release(self, *, whole: bool) -> None:
        """The caller is done, with the `whole` reply or with as much of it as came. Safe to call twice."""
        try:
            if not whole:
                for connection in take_orphans(self.pool, self._raw):
                    connection.close()
        finally:
            self._gate.leave(self._turn)


class Connections:
    """Those of the threads of one process."""

    def __init__(self, wiring: Wiring) -> None:
        from ._aims import Nothing, aimed  # the library is loaded with the first connection

        self._aimed, self._nothing = aimed, Nothing()
        self._recorder: Any = None
        self._wiring = wiring
        self._pools: dict[Way, Any] = {}
        self.gate = Gate(wiring.max_connections)

    def exchange(self, request: Request, extensions: dict[str, Any]) -> tuple[Any, Hold]:
        """The reply once its headers are here, and the hold on its connection."""
        turn = self.gate.enter(request.deadline)
        try:
            pool = self._pool(self._wiring.way(request.url))
            send, raw = self._way(pool, request, extensions)
            hold = Hold(self.gate, turn, pool, raw)
        except BaseException:  # cancellation too: what was taken is given back, then it goes on
            self.gate.leave(turn)
            raise
        try:
            return send(raw), hold
        except BaseException:  # cancellation too: what was taken is given back, then it goes on
            hold.release(whole=False)
            raise

    def close(self) -> None:
        for pool in self._pools.values():
            pool.close()

    def _pool(self, way: Way) -> Any:
        if way not in self._pools:
            self._pools.setdefault(way, self._wiring.pool(way))
        return self._pools[way]

    def _way(self, pool: Any, request: Request, extensions: dict[str, Any]) -> tuple[Callable[[Any], Any], Any]:
        """What sends the request, and the request as that takes it."""
        if self._recorder is None and "httpx" in sys.modules:  # in what is not loaded, nobody has put anything
            from ._recorders import Recorder

            self._recorder = Recorder()
        if self._recorder is not None and self._recorder.is_there():
            seen = self._recorder.visible(request, whole(request.content), extensions)
            return self._recorder.transport(pool).handle_request, seen
        return pool.handle_request, self._aimed(request, extensions, self._nothing)


class AsyncHold:
    """One caller's hold on a connection, from its turn in the queue until its reply is read or given up."""

    __slots__ = ("_gate", "_raw", "_turn", "pool")

    def __init__(self, gate: AsyncGate, turn: object, pool: Any, raw: Any) -> None:
        self._gate = gate
        self._turn = turn
        self._raw = raw
        self.pool = pool

    async def release(self, *, whole: bool) -> None:
        """The caller is done, with the `whole` reply or with as much of it as came. Safe to call twice."""
        try:
            if not whole:
                for connection in take_orphans(self.pool, self._raw):
                    await connection.aclose()
        finally:
            self._gate.leave(self._turn)


class AsyncConnections:
    """Those of the tasks of one event loop."""

    def __init__(self, wiring: Wiring) -> None:
        from ._aims import AsyncNothing, aimed  # the library is loaded with the first connection

        self._aimed, self._nothing = aimed, AsyncNothing()
        self._recorder: Any = None
        self._wiring = wiring
        self._pools: dict[Way, Any] = {}
        self.gate = AsyncGate(wiring.max_connections)

    async def exchange(self, request: Request, extensions: dict[str, Any]) -> tuple[Any, AsyncHold]:
        """The reply once its headers are here, and the hold on its connection."""
        turn = await self.gate.enter(request.deadline)
        try:
            pool = self._pool(self._wiring.way(request.url))
            send, raw = await self._way(pool, request, extensions)
            hold = AsyncHold(self.gate, turn, pool, raw)
        except BaseException:  # cancellation too: what was taken is given back, then it goes on
            self.gate.leave(turn)
            raise
        try:
            return await send(raw), hold
        except BaseException:  # cancellation too: what was taken is given back, then it goes on
            await hold.release(whole=False)
            raise

    async def aclose(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()

    def _pool(self, way: Way) -> Any:
        if way not in self._pools:
            self._pools.setdefault(way, self._wiring.async_pool(way))
        return self._pools[way]

    async def _way(self, pool: Any, request: Request, extensions: dict[str, Any]) -> tuple[Callable[[Any], Any], Any]:
        """What sends the request, and the request as that takes it."""
        if self._recorder is None and "httpx" in sys.modules:  # in what is not loaded, nobody has put anything
            from ._recorders import AsyncRecorder

            self._recorder = AsyncRecorder()
        if self._recorder is not None and self._recorder.is_there():
            seen = self._recorder.visible(request, await async_whole(request.content), extensions)
            return self._recorder.transport(pool).handle_async_request, seen
        return pool.handle_async_request, self._aimed(request, extensions, self._nothing)


def take_orphans(pool: Any, raw: Any) -> list[Any]:
    """What the pool still keeps for this request, which is over, taken out of it.

    The pool loses a place for ever where a task is cancelled while it gives its connection back or before it has
    used it, and where TLS fails behind a proxy.
    """
    with pool._optional_thread_lock:
        pool._requests[:] = [each for each in pool._requests if each.request.extensions is not raw.extensions]
        used = {id(each.connection) for each in pool._requests}
        unused = [each for each in pool._connections if id(each) not in used]
        orphans = [each for each in unused if not each.is_idle() or each.is_closed()]
        for each in orphans:
            pool._connections.remove(each)
    return [each for each in orphans if not each.is_closed()]
