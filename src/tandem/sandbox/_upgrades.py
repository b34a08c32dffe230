"""WebSocket connections: uvicorn's protocol, with the sandbox's log."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

_TURNS = 10  # of the event loop


def upgraded(transports: dict[Any, asyncio.Transport], logger: logging.Logger) -> type[asyncio.Protocol]:
    """What takes a connection over that has become a WebSocket: known by its caller's address while it is open."""

    class Channel(WebSocketsSansIOProtocol):
        def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any]) -> None:
            super().__init__(config, server_state, app_state)
            self.logger = self.conn.logger = logger
            self._hushed = False

        def hush(self) -> None:
            """Neither hear nor answer any more, pings included."""
            self._hushed = True
            self.stop_keepalive()

        def handle_ping(self, turns: int = _TURNS) -> None:
            # A caller takes the answer for a sign that what it said before was heard: the platform has its turn first.
            if turns:
                self.loop.call_soon(self.handle_ping, turns - 1)
            elif not self.transport.is_closing():
                super().handle_ping()

        def data_received(self, data: bytes) -> None:
            if not self._hushed:
                super().data_received(data)

        def shutdown(self) -> None:
            if not self.transport.is_closing():  # who has just said goodbye is not to be sent away
                super().shutdown()

        async def send(self, message: Any) -> None:
            await super().send(message)
            if message["type"] == "websocket.http.response.body":
                self.handshake_complete = True  # it was refused, which is an answer too

        def connection_lost(self, exc: Exception | None) -> None:
            transports.pop(self.client, None)
            super().connection_lost(exc)

    return Channel
