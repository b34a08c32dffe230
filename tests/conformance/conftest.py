"""Clients of either colour against a server that misbehaves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, cast

import pytest

from interactor import AsyncInteractorClient, InteractorClient
from tandem import Core, RetryPolicy
from tests.blocking import Blocking

from .misbehaving import Misbehaving

Connect = Callable[..., InteractorClient]
QUICK = RetryPolicy(base=0.001, cap=0.002)
ONCE = RetryPolicy(max_attempts=1)


def settings_for(server: Misbehaving, **settings: Any) -> dict[str, Any]:
    """What a client of this server is made with."""
    known: dict[str, Any] = {
        "client_id": "client_1",
        "client_secret": "canary-secret",
        "namespace": "user_1",
        "scopes": (),
        "account_server_url": server.url,
        "core_api_url": server.url,
        "retry": QUICK,
        "timeout": 10.0,
    }
    return {**known, **settings}


def core_of(client: InteractorClient) -> Core[Any, Any]:
    """What tests may change in a client: its clocks and its token."""
    core: Core[Any, Any] = client._core  # pyright: ignore[reportPrivateUsage]  # there is no other way in
    return core


@pytest.fixture(params=["sync", "async"])
def colour(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def connect(colour: str) -> Iterator[Connect]:
    """Makes clients of one colour; the asynchronous one is driven so that it looks like the other."""
    with ExitStack() as stack:
        if colour == "sync":

            def make(server: Misbehaving, **settings: Any) -> InteractorClient:
                return stack.enter_context(InteractorClient(**settings_for(server, **settings)))

        else:
            runner = stack.enter_context(asyncio.Runner())

            def make(server: Misbehaving, **settings: Any) -> InteractorClient:
                client = AsyncInteractorClient(**settings_for(server, **settings))
                return cast("InteractorClient", stack.enter_context(Blocking(client, runner)))

        yield make
