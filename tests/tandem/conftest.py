"""One client over a scripted server, in both colours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
import trustme

from tandem import (
    AsyncAuth,
    AsyncClient,
    AsyncHttpxTransport,
    Auth,
    CallSettings,
    Client,
    Conventions,
    Core,
    HttpxTransport,
    Request,
    Response,
    RetryPolicy,
)
from tandem._wire._pyreqwest import AsyncPyreqwestTransport, PyreqwestTransport
from tests.blocking import Blocking

from .acme import CONVENTIONS, HOSTS, AcmeGrant
from .fakes import AsyncFakeTransport, AsyncSharedStore, Clock, FakeTransport, Server, SharedStore, Step
from .loopback import Loopback

MakeSend = Callable[..., Callable[[Request], Response]]
MakeWorld = Callable[..., "World"]
MakeClient = Callable[..., Client]


@dataclass
class World:
    """A client, the server that it speaks to, and the time that passes for it."""

    client: PlainClient
    server: Server
    clock: Clock
    core: Core[Any, Any]


class PlainClient(Client):
    def __init__(self, core: Core[Any, Any], settings: CallSettings) -> None:
        self._core = core
        self._settings = settings

    @property
    def auth(self) -> Auth:
        return self._auth


class PlainAsyncClient(AsyncClient):
    def __init__(self, core: Core[Any, Any], settings: CallSettings) -> None:
        self._core = core
        self._settings = settings

    @property
    def auth(self) -> AsyncAuth:
        return self._auth


def world_of(
    colour: str,
    *steps: Step,
    store: SharedStore | None = None,
    grant: AcmeGrant | None = None,
    conventions: Conventions = CONVENTIONS,
    retry: RetryPolicy | None = None,
    refresh_buffer: float = 60.0,
    **settings: Any,
) -> tuple[Any, Server, Clock, Core[Any, Any]]:
    """An undriven client of one colour."""
    server, clock, is_async = Server(*steps), Clock(), colour == "async"
    transport = AsyncFakeTransport(server) if is_async else FakeTransport(server)
    core: Core[Any, Any] = Core(
        conventions,
        HOSTS,
        lambda: transport,
        grant or AcmeGrant(),
        AsyncSharedStore(store) if is_async and store is not None else store,
        refresh_buffer,
        clock.monotonic,
        clock.time,
        lambda: 1.0,
        clock.async_sleep if is_async else clock.sleep,
    )
    make = PlainAsyncClient if is_async else PlainClient
    return make(core, CallSettings(retry=retry or RetryPolicy(), **settings)), server, clock, core


@pytest.fixture(params=["sync", "async"])
def colour(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make(colour: str) -> Iterator[MakeWorld]:
    """Makes worlds of one colour; an asynchronous client is driven so that it looks like the other."""
    with asyncio.Runner() as runner:

        def make_world(*steps: Step, **settings: Any) -> World:
            client, server, clock, core = world_of(colour, *steps, **settings)
            shown = client if colour == "sync" else Blocking(client, runner)
            return World(cast("PlainClient", shown), server, clock, core)

        yield make_world


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A certificate authority that nobody knows."""
    return trustme.CA()


@pytest.fixture
def ca_bundle(authority: trustme.CA, tmp_path: Path) -> str:
    """A file with that authority's certificate."""
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture
def sender(colour: str) -> Iterator[MakeSend]:
    """Makes transports of either colour that are driven alike."""
    made: list[Any] = []
    with asyncio.Runner() as runner:

        def make(**settings: Any) -> Callable[[Request], Response]:
            if colour == "sync":
                made.append(HttpxTransport(**settings))
                return made[-1].send  # type: ignore[no-any-return]
            other = AsyncHttpxTransport(**settings)
            made.append(other)
            return lambda request: runner.run(other.send(request))

        yield make
        for transport in made:
            transport.close() if colour == "sync" else runner.run(transport.aclose())


@pytest.fixture
def noted() -> list[str]:
    """Why requests of the fast transport went over httpx."""
    return []


@pytest.fixture
def fast(colour: str, noted: list[str]) -> Iterator[MakeSend]:
    """Makes fast transports of either colour that are driven alike."""
    made: list[Any] = []
    with asyncio.Runner() as runner:

        def make(**settings: Any) -> Callable[[Request], Response]:
            if colour == "sync":
                made.append(PyreqwestTransport(**settings, note=noted.append))
                return made[-1].send  # type: ignore[no-any-return]
            other = AsyncPyreqwestTransport(**settings, note=noted.append)
            made.append(other)
            return lambda request: runner.run(other.send(request))

        yield make
        for transport in made:
            transport.close() if colour == "sync" else runner.run(transport.aclose())


def core_of(transport: Callable[[], Any], server: Loopback) -> Core[Any, Any]:
    return Core(CONVENTIONS, {"core": server.url}, transport, rng=lambda: 0.0)


@pytest.fixture
def connect(colour: str) -> Iterator[MakeClient]:
    """Makes a client of one colour that speaks to a server."""
    with ExitStack() as stack:
        if colour == "sync":

            def make(server: Loopback, max_connections: int = 100, **settings: Any) -> Client:
                transport = partial(HttpxTransport, max_connections=max_connections)
                return stack.enter_context(PlainClient(core_of(transport, server), CallSettings(**settings)))
        else:
            runner = stack.enter_context(asyncio.Runner())

            def make(server: Loopback, max_connections: int = 100, **settings: Any) -> Client:
                transport = partial(AsyncHttpxTransport, max_connections=max_connections)
                client = PlainAsyncClient(core_of(transport, server), CallSettings(**settings))
                return cast("Client", stack.enter_context(Blocking(client, runner)))

        yield make
