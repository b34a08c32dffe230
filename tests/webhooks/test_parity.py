"""Here too each asynchronous definition is its twin's text with `await`, and both colours have the same signatures."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import tandem.webhooks
from tandem.webhooks import Router
from tests.parity.washing import twins

PACKAGE = Path(tandem.webhooks.__file__).parent
NEIGHBOURS = {
    *("Router", "AsgiApp", "AwaitedStore", "AsyncClaimStore", "_LoopClients"),
    *("_send", "_live", "_awaited", "to_the_end", "async_django_view"),
}
"""What has no twin: it exists in one colour only, or (the router) has both colours in one class."""
PAIRS = [
    (name, washed.replace("async_call", "call"), twin)
    for path in sorted(PACKAGE.glob("*.py"))
    for name, washed, twin in twins(path.read_text())
    if name not in NEIGHBOURS
]


@pytest.mark.parametrize(("name", "washed", "twin"), [pair for pair in PAIRS if pair[0] != "async_call"])
def test_an_asynchronous_definition_is_its_twin_with_await(name: str, washed: str, twin: str | None) -> None:
    assert twin is not None, "it has no synchronous twin"
    assert washed.replace("redis.asyncio", "redis").replace("AwaitedStore", "ClaimStore") == twin


def test_the_pairs_are_the_ones_that_there_are() -> None:
    assert {name for name, _, _ in PAIRS} == {"AsyncHandling", "AsyncRedisStore", "async_call"}


@pytest.mark.parametrize(("one", "other"), [("handle", "ahandle"), ("recover", "arecover"), ("process", "aprocess")])
def test_both_colours_of_a_method_take_the_same(one: str, other: str) -> None:
    assert inspect.signature(getattr(Router, one)) == inspect.signature(getattr(Router, other))


@pytest.mark.parametrize("name", ["claim", "renew", "complete", "release", "unfinished"])
def test_stores_of_both_colours_have_the_same_methods(name: str) -> None:
    stores = (
        tandem.webhooks.AsyncClaimStore,
        tandem.webhooks.ClaimStore,
        tandem.webhooks.MemoryStore,
        tandem.webhooks.SqliteStore,
        tandem.webhooks.RedisStore,
        tandem.webhooks.AsyncRedisStore,
    )

    parameters = {tuple(inspect.signature(getattr(store, name)).parameters) for store in stores}
    assert len(parameters) == 1
