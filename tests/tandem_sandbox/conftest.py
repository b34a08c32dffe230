"""A bookshop of its own for every test, and an HTTP client that speaks to it over a real socket."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tandem.sandbox import SocketServer

from .bookshop import CORE, Bookshop, api, registry

ALL_SCOPES = {"Authorization": "Bearer ann:books:read,books:write"}


@pytest.fixture
def shop() -> Iterator[Bookshop]:
    made = Bookshop(api(), registry)
    yield made
    made.close()


@pytest.fixture
def server(shop: Bookshop) -> Iterator[SocketServer]:
    with SocketServer(shop) as running:
        yield running


@pytest.fixture
def http(server: SocketServer) -> Iterator[httpx.Client]:
    """Calls the core host with every scope."""
    with httpx.Client(base_url=server.url + CORE, headers=ALL_SCOPES, timeout=5) as client:
        yield client


@pytest.fixture
def control(server: SocketServer) -> Iterator[httpx.Client]:
    """Calls the controls."""
    with httpx.Client(base_url=f"{server.url}/_sandbox", timeout=5) as client:
        yield client
