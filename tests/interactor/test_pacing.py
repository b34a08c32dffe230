"""`throttle=True` against the limits that the platform really has, on the platform's own clock."""

from __future__ import annotations

import asyncio
import collections
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, cast

import pytest

from interactor import InteractorClient, RateLimitError, RetryPolicy
from interactor.sandbox import Sandbox
from tests.blocking import Blocking

CALLS = 1_000


@pytest.fixture
def strict() -> Iterator[Sandbox]:
    with Sandbox(enforce_limits=True) as sandbox:
        yield sandbox


@pytest.fixture(params=["sync", "async"])
def paced(request: pytest.FixtureRequest, strict: Sandbox) -> Iterator[InteractorClient]:
    """A client that lives in the sandbox's time: when it sleeps, that time passes."""
    settings: dict[str, Any] = {"in_process": True, "throttle": True, "retry": RetryPolicy(max_attempts=1)}

    async def async_sleep(seconds: float) -> None:
        strict.clock.advance(seconds)

    with ExitStack() as stack:
        if request.param == "sync":
            client: Any = strict.client("user_1", **settings)
            live_in(client, strict, strict.clock.advance)
            yield client
        else:
            runner = stack.enter_context(asyncio.Runner())
            client = strict.async_client("user_1", **settings)
            live_in(client, strict, async_sleep)
            yield cast("InteractorClient", stack.enter_context(Blocking(client, runner)))


def live_in(client: Any, sandbox: Sandbox, sleep: Any) -> None:
    client._core.monotonic = client._core.time = sandbox.clock.now
    client._core.sleep = sleep


def test_a_thousand_calls_of_many_kinds_are_never_refused(strict: Sandbox, paced: InteractorClient) -> None:
    began = strict.clock.now()
    bot = paced.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.")
    calls: list[Callable[[], object]] = [
        lambda: paced.assistants.get(bot.id),
        lambda: paced.rooms.create(assistant_id=bot.id),
        lambda: paced.for_namespace("user_2").assistants.list().first_page(),
        lambda: paced.workflows.list().first_page(),
        lambda: paced.for_namespace("user_3").rooms.list().first_page(),
    ]

    for number in range(CALLS):
        calls[number % len(calls)]()

    assert [entry for entry in strict.journal.entries() if entry.status == 429] == []
    assert 60 < strict.clock.now() - began < 300
    assert paced.rate_limit["client"].limit in {600, 1000}


def test_a_thousand_writes_of_the_narrowest_kind_are_never_refused(strict: Sandbox, paced: InteractorClient) -> None:
    bot = paced.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.")

    for _ in range(CALLS):
        paced.rooms.create(assistant_id=bot.id)

    assert [entry for entry in strict.journal.entries() if entry.status == 429] == []
    assert paced.rate_limit["namespace"].limit == 300


def test_the_first_call_of_each_namespace_goes_at_once(strict: Sandbox, paced: InteractorClient) -> None:
    began = strict.clock.now()

    for number in range(20):
        paced.for_namespace(f"org_{number}").assistants.list().first_page()

    assert strict.clock.now() - began < 2


def test_the_first_call_of_each_operation_goes_at_once(strict: Sandbox, paced: InteractorClient) -> None:
    began = strict.clock.now()

    for resource in (paced.assistants, paced.rooms, paced.tools, paced.data_sources, paced.workflows, paced.webhooks):
        resource.list().first_page()

    assert strict.clock.now() - began < 2


def test_without_pacing_the_same_calls_are_refused(strict: Sandbox) -> None:
    client = strict.client("user_1", in_process=True, retry=RetryPolicy(max_attempts=1))

    with pytest.raises(RateLimitError) as caught:
        collections.deque((client.assistants.list().first_page() for _ in range(CALLS)), maxlen=0)

    assert caught.value.rate_limit is not None
    assert client.rate_limit["namespace"] == caught.value.rate_limit
