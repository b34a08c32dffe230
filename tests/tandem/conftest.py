"""One client over a scripted server, in both colours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
import trustme

from tandem import (
    AsyncClient,
    AsyncHttpxTransport,
    CallSettings,
    Client,
    Conventions,
    Core,
    HttpxTransport,
    Request,
    Response,
    RetryPolicy,
)
from tests.blocking import Blocking

from .acme import CONVENTIONS, HOSTS, AcmeGrant
from .fakes import AsyncFakeTransport, AsyncSharedStore, Clock, FakeTransport, Server, SharedStore, Step

MakeSend = Callable[..., Callable[[Request], Response]]
MakeWorld = Callable[..., "World"]


@dataclass
class World:
    """A client, the server that it speaks to, and the time that passes for it."""

    client: Client
    server: Server
    clock: Clock
    core: Core[Any, Any]


class PlainClient(Client):
    def __init__(self, core: Core[Any, Any], settings: CallSettings) -> None:
        self._core = core
        self._settings = settings


class PlainAsyncClient(AsyncClient):
    def __init__(self, core: Core[Any, Any], settings: CallSettings) -> None:
        self._core = core
        self._settings = settings


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
            return World(cast("Client", shown), server, clock, core)

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
