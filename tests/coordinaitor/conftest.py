"""A client of either colour before a doorkeeper, and the time that passes for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import pytest

from coordinaitor import AsyncOrchestratorClient, OrchestratorClient
from tandem import Core
from tandem._tokens import TokenCache
from tests.blocking import Blocking
from tests.tandem.fakes import AsyncFakeTransport, AsyncSharedStore, Clock, FakeTransport, SharedStore

from .doorkeeper import API_KEY, CODE, PASSWORD, Doorkeeper

Enter = Callable[..., "Visit"]
KEY: dict[str, Any] = {"api_key": API_KEY}
LOGIN: dict[str, Any] = {"email": "john@example.com", "password": PASSWORD}
EXCHANGE: dict[str, Any] = {
    "client_id": "app_1",
    "client_secret": "canary-secret",
    "code": CODE,
    "redirect_uri": "https://app.test/back",
}


@dataclass
class Visit:
    """A client, the platform that it speaks to, and the time that passes for it."""

    client: OrchestratorClient
    platform: Doorkeeper
    clock: Clock
    core: Core[Any, Any]


def visit(colour: str, platform: Doorkeeper, **settings: Any) -> tuple[Any, Clock]:
    """An undriven client of one colour, for which time passes only when it says so."""
    clock, is_async = Clock(), colour == "async"
    store: SharedStore | None = settings.pop("store", None)
    known: dict[str, Any] = {
        "base_url": "https://platform.test",
        "transport": AsyncFakeTransport(platform) if is_async else FakeTransport(platform),
        "token_store": AsyncSharedStore(store) if is_async and store is not None else store,
    }
    client = (AsyncOrchestratorClient if is_async else OrchestratorClient)(**{**known, **settings})
    core = client._core  # pyright: ignore[reportPrivateUsage]  # there is no other way to its clocks
    core.monotonic, core.time, core.rng = clock.monotonic, clock.time, lambda: 1.0
    core.sleep = clock.async_sleep if is_async else clock.sleep
    core.tokens = TokenCache(core.refresh_buffer, clock.monotonic)
    return client, clock


@pytest.fixture(params=["sync", "async"])
def colour(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def enter(colour: str) -> Iterator[Enter]:
    """Makes clients of one colour; an asynchronous one is driven so that it looks like the other."""
    with asyncio.Runner() as runner:

        def make(platform: Doorkeeper | None = None, **settings: Any) -> Visit:
            found = platform or Doorkeeper()
            client, clock = visit(colour, found, **settings)
            shown = client if colour == "sync" else Blocking(client, runner)
            core = client._core  # pyright: ignore[reportPrivateUsage]  # there is no other way in
            return Visit(cast("OrchestratorClient", shown), found, clock, core)

        yield make
