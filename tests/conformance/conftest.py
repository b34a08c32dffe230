"""Clients of either colour, of each platform, against a server that misbehaves.

A test that takes `product` or `connect` runs once for each platform; one marked `needs("keys")` only for those that
have them. What a platform lacks stands in `products`, with the reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tandem import Core, RetryPolicy
from tests.blocking import Blocking
from tests.scale import FULL

from .misbehaving import Misbehaving
from .products import INTERACTOR, PRODUCTS, SLOW, Product, having
from .wires import parametrize
from .wires import wire as wire

Connect = Callable[..., Any]
QUICK = RetryPolicy(base=0.001, cap=0.002)
ONCE = RetryPolicy(max_attempts=1)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*things): a rule for the platforms that have these")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    parametrize(metafunc)
    if "product" not in metafunc.fixturenames:
        return
    needs = [need for mark in metafunc.definition.iter_markers("needs") for need in mark.args]
    unknown = set(needs) - {lacked for each in PRODUCTS for lacked in each.lacks}
    assert not unknown, f"no platform lacks {unknown}"
    found = having(*needs)
    slow = metafunc.definition.path.stem in SLOW and not FULL
    metafunc.parametrize("product", found[:1] if slow else found, ids=str)


def settings_for(server: Misbehaving, product: Product = INTERACTOR, **settings: Any) -> dict[str, Any]:
    """What a client of this server is made with."""
    return {**product.settings(server.url), "retry": QUICK, "timeout": 10.0, **settings}


def core_of(client: Any) -> Core[Any, Any]:
    """What tests may change in a client: its clocks and its token."""
    core: Core[Any, Any] = client._core  # pyright: ignore[reportPrivateUsage]  # there is no other way in
    return core


@pytest.fixture(params=["sync", "async"])
def colour(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def connect(colour: str, product: Product) -> Iterator[Connect]:
    """Makes clients of one product and colour; the asynchronous one is driven so that it looks like the other."""
    with ExitStack() as stack:
        if colour == "sync":

            def make(server: Misbehaving, **settings: Any) -> Any:
                return stack.enter_context(product.client(**settings_for(server, product, **settings)))

        else:
            runner = stack.enter_context(asyncio.Runner())

            def make(server: Misbehaving, **settings: Any) -> Any:
                client = product.async_client(**settings_for(server, product, **settings))
                return stack.enter_context(Blocking(client, runner))

        yield make
