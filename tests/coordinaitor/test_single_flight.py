"""However many call at once, one of them begins or renews the session."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from coordinaitor import OrchestratorClient
from tandem import Request, Response
from tests.tandem.fakes import AsyncFakeTransport, FakeTransport

from .conftest import EXCHANGE, LOGIN, visit
from .doorkeeper import LIFETIME, Doorkeeper

CALLERS = 20
WAYS = pytest.mark.parametrize(("way", "asked"), [(LOGIN, ["login", "refresh"]), (EXCHANGE, ["token", "token"])])


class Slow(FakeTransport):
    """Holds a door's answer back until all callers stand there."""

    def __init__(self, platform: Doorkeeper) -> None:
        super().__init__(platform)
        self.gate = threading.Barrier(CALLERS)

    def send(self, request: Request) -> Response:
        response = super().send(request)
        if "token" in request.url or "auth" in request.url:
            threading.Event().wait(0.05)
        return response


class AsyncSlow(AsyncFakeTransport):
    """Gives way to every other task before a door is answered."""

    async def send(self, request: Request) -> Response:
        for _ in range(CALLERS):
            await asyncio.sleep(0)
        return await super().send(request)


@WAYS
def test_threads_begin_and_renew_one_session(way: dict[str, Any], asked: list[str]) -> None:
    platform = Doorkeeper()
    slow = Slow(platform)
    client, clock = visit("sync", platform, transport=slow, **way)

    def call(_: int) -> None:
        slow.gate.wait(10)
        client.tasks.get("task-1")

    with ThreadPoolExecutor(CALLERS) as pool:
        list(pool.map(call, range(CALLERS)))
        clock.advance(LIFETIME + 1)
        list(pool.map(call, range(CALLERS)))

    assert platform.asked == asked
    assert platform.sent("authorization") == ["Bearer token-1"] * CALLERS + ["Bearer token-2"] * CALLERS


@WAYS
def test_tasks_begin_and_renew_one_session(way: dict[str, Any], asked: list[str]) -> None:
    platform = Doorkeeper()
    client, clock = visit("async", platform, transport=AsyncSlow(platform), **way)

    async def scene() -> None:
        await asyncio.gather(*(client.tasks.get("task-1") for _ in range(CALLERS)))
        clock.advance(LIFETIME + 1)
        await asyncio.gather(*(client.tasks.get("task-1") for _ in range(CALLERS)))

    asyncio.run(scene())

    assert platform.asked == asked
    assert platform.sent("authorization") == ["Bearer token-1"] * CALLERS + ["Bearer token-2"] * CALLERS


def test_two_event_loops_never_renew_with_the_same_refresh_token() -> None:
    platform = Doorkeeper()
    client, clock = visit("async", platform, transport=AsyncSlow(platform), **LOGIN)
    asyncio.run(client.tasks.get("task-1"))
    clock.advance(LIFETIME + 1)
    gate = threading.Barrier(2)

    def loop() -> None:
        gate.wait(10)
        asyncio.run(client.tasks.get("task-1"))

    threads = [threading.Thread(target=loop) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    used = [body["refreshToken"] for name, body in platform.doors if name == "refresh"]
    assert len(used) == len(set(used))
    assert len(platform.requests) == 3


def test_a_client_that_is_told_apart_has_a_session_of_its_own() -> None:
    platform = Doorkeeper()
    first, _ = visit("sync", platform, **LOGIN)
    other, _ = visit("sync", platform, **LOGIN)
    clients: list[OrchestratorClient] = [first, other]

    for client in clients:
        client.tasks.get("task-1")

    assert platform.asked == ["login", "login"]
