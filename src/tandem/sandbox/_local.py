"""A sandbox as tests and programs use it: a platform, its server, and clients that are ready to call it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from ._channels import Channels
from ._clock import Clock
from ._closing import Closable, aclose_all, close_all
from ._delivering import DeliveringPlatform
from ._errors import SandboxError
from ._faults import FaultBook
from ._inprocess import AsyncInProcessTransport, InProcessTransport
from ._journal import Journal
from ._outbox import Outbox
from ._server import SocketServer

# Requests in process name a host too; no network ever sees it.
_IN_PROCESS = "http://localhost"


class _Client(Protocol):
    def close(self) -> None: ...


_P = TypeVar("_P", bound=DeliveringPlatform)
_C = TypeVar("_C", bound=_Client)
_A = TypeVar("_A", bound=Closable)


class LocalSandbox(Outbox[_P]):
    """What a product's `Sandbox` inherits. It brings the platform, and `settings_for` its clients.

    The server starts with the `with` block, or with the first use of `url`. Clients made with `in_process=True` need no
    server at all. All clients close with the sandbox. In an event loop, `async with` closes the asynchronous ones
    before it goes on.
    """

    def __init__(self, platform: _P, port: int = 0) -> None:
        self._platform = platform
        self._server = SocketServer(platform, port)
        self._serving = False
        self._closed = False
        self._clients: list[_Client] = []
        self._async_clients: list[Closable] = []

    # -- what a product knows

    def settings_for(self, root: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """The settings that a client of this sandbox needs beside the given ones; `root` is `scheme://host:port`."""
        return {}

    # -- where it is

    @property
    def url(self) -> str:
        """Root of the server, like `http://127.0.0.1:41233`."""
        return self.start()._server.url

    # -- steering

    @property
    def platform(self) -> _P:
        """The platform itself: its store, and all that the engine offers."""
        return self._platform

    @property
    def clock(self) -> Clock:
        """The platform's time: `clock.now()`, `clock.advance(3600)`."""
        return self._platform.clock

    @property
    def faults(self) -> FaultBook:
        """What goes wrong on purpose: `faults.add(Fault(path="/books*", status=503))`, `faults.clear()`."""
        return self._platform.faults

    @property
    def channels(self) -> Channels:
        """The live connections: `len(channels)` there are; `channels.drop()` breaks them all, `hush()` mutes them."""
        return self._platform.channels

    @property
    def journal(self) -> Journal:
        """The last thousand requests: `journal.entries(operation="books.create")`."""
        return self._platform.journal

    def reset(self) -> None:
        """Back to the state of a fresh sandbox: data, time, limits and faults. Its own clients stay good."""
        self._platform.start()
        self._platform.reset()

    def snapshot(self, name: str) -> None:
        """Keep the state under a name."""
        self._platform.start()
        self._platform.snapshots.take(name)

    def restore(self, name: str) -> None:
        """Go back to a snapshot, as often as you like. Raises `tandem.sandbox.UnknownSnapshotError`."""
        self._platform.restore(name)

    def start(self) -> Self:
        """Start the server, if it does not run yet. Raises OSError when the port is taken, which closes the sandbox."""
        if self._closed:
            raise SandboxError("This sandbox is closed. Make another one.")
        if not self._serving:
            try:
                self._server.start()
            except BaseException:  # whoever never got it cannot close it
                self.close()
                raise
            self._serving = True
        return self

    def close(self) -> None:
        """Close the clients, stop the server and let go of the database. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        for client in self._clients:
            client.close()
        close_all(self._async_clients)
        self._platform.close()

    async def aclose(self) -> None:
        """Close from within an event loop. Safe to call twice."""
        await aclose_all(self._async_clients)
        self._async_clients.clear()
        self.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        where = self._server.url if self._serving and not self._closed else "closed" if self._closed else "not started"
        return f"<Sandbox {where}>"

    def _client(self, kind: Callable[..., _C], in_process: bool, settings: dict[str, Any]) -> _C:
        if in_process:
            settings.setdefault("transport", InProcessTransport(self._platform))
        made = kind(**self._completed(settings, in_process))
        self._clients.append(made)
        return made

    def _async_client(self, kind: Callable[..., _A], in_process: bool, settings: dict[str, Any]) -> _A:
        if in_process:
            settings.setdefault("transport", AsyncInProcessTransport(self._platform))
        made = kind(**self._completed(settings, in_process))
        self._async_clients.append(made)
        return made

    def _completed(self, settings: dict[str, Any], in_process: bool) -> dict[str, Any]:
        return {**self.settings_for(_IN_PROCESS if in_process else self.url, settings), **settings}


def hosts_of(allow_hosts: Iterable[str]) -> tuple[str, ...]:
    """The hosts that a sandbox may call. Raises ValueError for one text, which would be taken letter by letter."""
    if isinstance(allow_hosts, str):
        raise ValueError("allow_hosts is a list of hosts: put brackets around it.")
    return tuple(allow_hosts)
