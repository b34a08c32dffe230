"""The platform on a real socket of this machine."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import signal
import socket
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._connections import Connections
    from ._platform import Platform

_LOOPBACK = "127.0.0.1"


class SocketServer:
    """Serves a platform on a loopback port, from a thread of its own. Port 0 takes a free one.

    `with SocketServer(platform) as server: httpx.get(server.url + "/_sandbox/health")`
    """

    def __init__(self, platform: Platform, port: int = 0) -> None:
        self.platform = platform
        self._asked = port
        self._socket: socket.socket | None = None
        self._server: asyncio.Server | None = None
        self._connections: Connections | None = None

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._asked if self._socket is None else int(self._socket.getsockname()[1])

    @property
    def url(self) -> str:
        """`http://127.0.0.1:port`, without a slash at the end."""
        return f"http://{_LOOPBACK}:{self.port}"

    def start(self) -> SocketServer:
        """Listen. Raises OSError when the port is taken."""
        self.platform.start()
        self._socket = _listening(self._asked)
        try:
            self.platform.thread.run(self._open(self._socket))
        except BaseException:  # cancellation too: what was taken is given back, then it goes on
            self._socket.close()
            self._socket = None
            raise
        self.platform.on_close(self.stop)
        return self

    def stop(self) -> None:
        """Close the port and every connection. The platform and its state stay. Safe to call twice."""
        if self._socket is None:
            return
        self.platform.thread.run(self._shut())
        self._socket.close()
        self._socket = None

    def __enter__(self) -> SocketServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def _open(self, listening: socket.socket) -> None:
        # Imported late: whoever works in process needs no server.
        from ._connections import Connections

        self._connections = Connections(self.platform)
        self._server = await asyncio.get_running_loop().create_server(self._connections.connect, sock=listening)

    async def _shut(self) -> None:
        server, self._server = self._server, None
        if server is not None and self._socket is not None:
            await _let_in_no_more(self._socket)
            server.close()
        if self._connections is not None:
            await self._connections.close()


def serve_forever(platform: Platform, port: int, on_ready: Callable[[SocketServer], None]) -> None:
    """Serve until Ctrl-C or SIGTERM, in the main thread. `on_ready` is called when the port is open."""
    told: queue.SimpleQueue[int] = queue.SimpleQueue()  # the one queue that a signal may interrupt itself on
    signals = (signal.SIGINT, signal.SIGTERM)
    earlier = [signal.signal(number, lambda number, _frame: told.put(number)) for number in signals]
    try:
        with SocketServer(platform, port) as server:
            on_ready(server)
            told.get()
    finally:
        platform.close()
        for number, handler in zip(signals, earlier, strict=True):
            signal.signal(number, handler)


async def _let_in_no_more(listening: socket.socket) -> None:
    """Who was let in a moment ago is in: asyncio would drop that connection unclosed, were its server closed now."""
    with contextlib.suppress(NotImplementedError):  # the loop of Windows, which waits in another way
        asyncio.get_running_loop().remove_reader(listening)
    for _ in range(2):  # it becomes a connection, and is then told to the platform
        await asyncio.sleep(0)


def _listening(port: int) -> socket.socket:
    # With protocol 0 asyncio would not set TCP_NODELAY, and every reply would wait 40 ms for an acknowledgement.
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((_LOOPBACK, port))
        made.listen(512)
        made.setblocking(False)
    except BaseException:  # cancellation too: what was taken is given back, then it goes on
        made.close()
        raise
    return made
