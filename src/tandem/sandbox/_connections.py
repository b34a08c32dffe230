"""HTTP connections: uvicorn's protocol, with a way to drop one on purpose."""

from __future__ import annotations

import asyncio
import logging
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from ._doors import HUSH_EXTENSION
from ._request import Receive, Scope, Send
from ._wire import CUT_EXTENSION, RAW_EXTENSION

if TYPE_CHECKING:
    from ._platform import Platform

_KEEP_ALIVE = 75  # seconds; longer than clients keep idle connections, so that they never meet a closing one
_GRACE = 0.05  # seconds for replies on their way when the server stops


class _Worthwhile(logging.Filter):
    """Lets errors pass, but neither a stranger's garbage nor the work that a stop cancels."""

    def filter(self, record: logging.LogRecord) -> bool:
        cancelled = record.exc_info is not None and isinstance(record.exc_info[1], asyncio.CancelledError)
        return record.levelno >= logging.ERROR and not cancelled


_logger = logging.getLogger("tandem.sandbox.server")
_logger.addFilter(_Worthwhile())


class _Connection(H11Protocol):
    """Known by its caller's address while it is open."""

    def __init__(self, config: Config, state: ServerState, transports: dict[Any, asyncio.Transport]) -> None:
        super().__init__(config, state, {})
        self.logger = _logger
        self._transports = transports

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._transports[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._transports.pop(self.client, None)
        super().connection_lost(exc)


class Connections:
    """All connections of one server. Made and used in the platform's thread."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._state = ServerState()
        self._transports: dict[Any, asyncio.Transport] = {}
        self._config = Config(
            self._app,
            loop="asyncio",
            http=_Connection,
            ws=self._upgraded(),
            ws_per_message_deflate=False,
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE,
        )
        self._config.load()

    def connect(self) -> asyncio.Protocol:
        """One more of them."""
        return _Connection(self._config, self._state, self._transports)

    async def close(self) -> None:
        """Let go what is idle, wait a moment for the rest, and then drop it."""
        for connection in list(self._state.connections):
            connection.shutdown()
        await self._settle(_GRACE)
        for transport in list(self._transports.values()):
            transport.abort()
        await self._settle(_GRACE)
        for task in list(self._state.tasks):
            task.cancel()
        await self._settle(1)

    async def _settle(self, seconds: float) -> None:
        if self._state.tasks:
            await asyncio.wait(self._state.tasks, timeout=seconds)

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def cut(flush: bool) -> None:
            transport = self._transports.get(scope.get("client"))
            if transport is not None:
                (transport.close if flush else transport.abort)()

        async def write(content: bytes) -> None:
            transport = self._transports.get(scope.get("client"))
            if transport is not None:
                transport.write(content)

        async def hush() -> None:
            transport = self._transports.get(scope.get("client"))
            if transport is not None:
                protocol: Any = transport.get_protocol()
                protocol.hush()

        own = {CUT_EXTENSION: cut, RAW_EXTENSION: write, HUSH_EXTENSION: hush}
        await self._platform.app({**scope, "extensions": {**scope.get("extensions", {}), **own}}, receive, send)

    def _upgraded(self) -> Any:
        """What speaks with callers who ask for a WebSocket. Without the library for it, they are answered in HTTP."""
        if "x-websocket" not in self._platform.api.document or find_spec("websockets") is None:
            return "none"
        from ._upgrades import upgraded

        return upgraded(self._transports, _logger)
