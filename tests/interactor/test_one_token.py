"""Many callers, one token request: proven by the sandbox's journal, over real HTTP."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from interactor import AsyncInteractorClient, InteractorClient
from interactor.sandbox import Sandbox

CALLERS = 10


def token_requests(platform: Sandbox) -> int:
    return len(platform.journal.entries(operation="oauth.token"))


def all_at_once(client: InteractorClient) -> None:
    with ThreadPoolExecutor(CALLERS) as pool:
        for future in [pool.submit(client.assistants.list().first_page) for _ in range(CALLERS)]:
            future.result()


async def all_at_once_async(client: AsyncInteractorClient) -> None:
    await asyncio.gather(*(client.assistants.list().first_page() for _ in range(CALLERS)))


@pytest.fixture
def own_platform() -> Sandbox:
    """A sandbox whose clock this test may move."""
    return Sandbox()


def test_threads_without_a_token_make_one_request(own_platform: Sandbox) -> None:
    with own_platform as platform, platform.client(namespace="threads") as client:
        all_at_once(client)
        assert token_requests(platform) == 1


def test_tasks_without_a_token_make_one_request(own_platform: Sandbox) -> None:
    async def scene(platform: Sandbox) -> None:
        async with platform.async_client(namespace="tasks") as client:
            await all_at_once_async(client)

    with own_platform as platform:
        asyncio.run(scene(platform))
        assert token_requests(platform) == 1


def test_threads_whose_token_has_expired_make_one_more_request(own_platform: Sandbox) -> None:
    with own_platform as platform, platform.client(namespace="threads") as client:
        all_at_once(client)
        platform.clock.advance(3600)  # the server refuses the old token from now on
        all_at_once(client)
        assert token_requests(platform) == 2


def test_tasks_whose_token_has_expired_make_one_more_request(own_platform: Sandbox) -> None:
    async def scene(platform: Sandbox) -> None:
        async with platform.async_client(namespace="tasks") as client:
            await all_at_once_async(client)
            platform.clock.advance(3600)  # the server refuses the old token from now on
            await all_at_once_async(client)

    with own_platform as platform:
        asyncio.run(scene(platform))
        assert token_requests(platform) == 2
