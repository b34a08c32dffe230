"""Renewing a session takes its time, while callers lose patience, log out, or come from somewhere else."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
import trio

from coordinaitor import AuthenticationError, DeadlineExceededError
from tandem import Request, Response
from tests.blocking import Blocking
from tests.tandem.fakes import AsyncFakeTransport, Clock, FakeTransport

from .conftest import EXCHANGE, LOGIN, Enter, visit
from .doorkeeper import LIFETIME, Doorkeeper

PATIENT = 10.0  # seconds that a test waits for what has to happen
WAYS = pytest.mark.parametrize(("way", "begin", "renew"), [(LOGIN, "login", "refresh"), (EXCHANGE, "token", "token")])


class Slow(FakeTransport):
    """The platform has heard who wants to renew; its answer waits for the gate. A logout waits at the exit."""

    def __init__(self, platform: Doorkeeper) -> None:
        super().__init__(platform)
        self.heard = threading.Event()
        self.gate = threading.Event()
        self.landed = threading.Event()
        self.exit = threading.Event()
        self.hears_late = False

    def send(self, request: Request) -> Response:
        if request.url.endswith("logout"):
            assert self.exit.wait(PATIENT)
        if not renews(request):
            return super().send(request)
        response = None if self.hears_late else super().send(request)
        self.heard.set()
        assert self.gate.wait(PATIENT)
        self.landed.set()
        return response or super().send(request)


class AsyncSlow(AsyncFakeTransport):
    """The same for tasks. The gate is one of threads: two event loops may wait for it."""

    def __init__(self, platform: Doorkeeper) -> None:
        super().__init__(platform)
        self.heard = threading.Event()
        self.gate = threading.Event()
        self.landed = threading.Event()
        self.exit = threading.Event()
        self.hears_late = False

    async def send(self, request: Request) -> Response:
        if request.url.endswith("logout"):
            await until(self.exit)
        if not renews(request):
            return await super().send(request)
        response = None if self.hears_late else await super().send(request)
        self.heard.set()
        await until(self.gate)
        self.landed.set()
        return response or await super().send(request)


def renews(request: Request) -> bool:
    content = request.content if isinstance(request.content, bytes) else b""
    return (b"refreshToken" in content and not request.url.endswith("logout")) or b"grant_type=refresh_token" in content


async def until(event: threading.Event) -> None:
    """Tasks cannot wait for what is a matter of threads."""
    with anyio.fail_after(PATIENT):
        while not event.is_set():
            await anyio.sleep(0.005)


class Scene:
    """A client of one colour whose token is `age` seconds old, and a platform in no hurry to renew it."""

    def __init__(self, colour: str, runner: asyncio.Runner, way: dict[str, Any], age: float) -> None:
        self.platform = Doorkeeper()
        self.slow: Any = (Slow if colour == "sync" else AsyncSlow)(self.platform)
        client, self.clock = visit(colour, self.platform, transport=self.slow, **way)
        self.client = client if colour == "sync" else Blocking(client, runner)
        self.client.tasks.get("task-1")
        self.clock.advance(age)

    @property
    def renewed_with(self) -> list[str]:
        bodies = [
            body.get("refreshToken") or body.get("refresh_token")
            for name, body in self.platform.doors
            if name != "logout"
        ]
        return [each for each in bodies if each]


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as found:
        yield found


@WAYS
def test_a_renewal_outlives_the_deadline_of_the_call_that_began_it(
    colour: str, runner: asyncio.Runner, way: dict[str, Any], begin: str, renew: str
) -> None:
    scene = Scene(colour, runner, way, LIFETIME)
    with pytest.raises(DeadlineExceededError, match="No access token within the deadline"):
        scene.client.tasks.get("task-1", options={"deadline": 0.1})
    assert scene.slow.heard.is_set()
    assert not scene.slow.landed.is_set()

    scene.slow.gate.set()
    scene.client.tasks.get("task-1")

    assert scene.platform.asked == [begin, renew]
    assert scene.renewed_with == ["refresh-1"]
    assert scene.platform.sent("authorization") == ["Bearer token-1", "Bearer token-2"]


def test_while_the_token_is_good_a_call_waits_for_its_renewal_half_of_its_time(
    colour: str, runner: asyncio.Runner
) -> None:
    scene = Scene(colour, runner, EXCHANGE, LIFETIME - 30)
    scene.slow.hears_late = True  # until it hears of the renewal, it takes the old token

    scene.client.tasks.get("task-1", options={"deadline": 0.2})
    assert not scene.slow.landed.is_set()
    scene.clock.advance(30)
    scene.slow.gate.set()
    scene.client.tasks.get("task-1")

    assert scene.platform.asked == ["token", "token"]
    assert scene.platform.sent("authorization") == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]


def test_a_renewal_outlives_a_task_that_is_cancelled() -> None:
    platform = Doorkeeper()
    slow = AsyncSlow(platform)
    client, clock = visit("async", platform, transport=slow, **EXCHANGE)

    async def main() -> None:
        await client.tasks.get("task-1")
        clock.advance(LIFETIME)
        leader = asyncio.create_task(client.tasks.get("task-1"))
        await until(slow.heard)
        leader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leader
        slow.gate.set()
        await client.tasks.get("task-1")

    asyncio.run(main())
    assert platform.asked == ["token", "token"]
    assert platform.sent("authorization") == ["Bearer token-1", "Bearer token-2"]


def test_a_renewal_outlives_a_task_of_trio_that_is_cancelled() -> None:
    platform = Doorkeeper()
    slow = AsyncSlow(platform)
    client, clock = visit("async", platform, transport=slow, **EXCHANGE)

    async def main() -> None:
        await client.tasks.get("task-1")
        clock.advance(LIFETIME)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.tasks.get, "task-1")
            await until(slow.heard)
            nursery.cancel_scope.cancel()
        slow.gate.set()
        await client.tasks.get("task-1")

    trio.run(main)
    assert platform.asked == ["token", "token"]
    assert platform.sent("authorization") == ["Bearer token-1", "Bearer token-2"]


def test_a_renewal_that_its_event_loop_ended_is_not_begun_again_with_the_same_refresh_token() -> None:
    platform = Doorkeeper()
    slow = AsyncSlow(platform)
    client, clock = visit("async", platform, transport=slow, **LOGIN)
    asyncio.run(client.tasks.get("task-1"))
    clock.advance(LIFETIME)
    with pytest.raises(DeadlineExceededError):
        asyncio.run(client.tasks.get("task-1", options={"deadline": 0.1}))

    asyncio.run(client.tasks.get("task-1"))

    assert platform.asked == ["login", "refresh", "login"]


@pytest.mark.parametrize("age", [LIFETIME - 30, LIFETIME])
def test_a_logout_during_a_renewal_ends_what_the_renewal_brings(colour: str, age: float) -> None:
    platform = Doorkeeper()
    slow: Any = (Slow if colour == "sync" else AsyncSlow)(platform)
    client, clock = visit(colour, platform, transport=slow, **LOGIN)
    (in_threads if colour == "sync" else in_tasks)(client, slow, clock, age)

    assert platform.asked == ["login", "refresh", "logout"]
    assert platform.doors[-1][1] == {"refreshToken": "refresh-2"}
    assert not client.auth.is_authenticated


def in_threads(client: Any, slow: Slow, clock: Clock, age: float) -> None:
    client.tasks.get("task-1")
    clock.advance(age)
    renewing = threading.Thread(target=client.auth.token)
    renewing.start()
    assert slow.heard.wait(PATIENT)
    ending = threading.Thread(target=client.auth.revoke)
    ending.start()
    slow.gate.set()
    renewing.join(PATIENT)
    slow.exit.set()
    ending.join(PATIENT)


def in_tasks(client: Any, slow: AsyncSlow, clock: Clock, age: float) -> None:
    async def main() -> None:
        await client.tasks.get("task-1")
        clock.advance(age)
        renewing = asyncio.create_task(client.auth.token())
        await until(slow.heard)
        ending = asyncio.create_task(client.auth.revoke())
        await asyncio.sleep(0)
        slow.gate.set()
        await renewing
        slow.exit.set()
        await ending

    asyncio.run(main())


@WAYS
def test_an_event_loop_waits_for_the_renewal_of_another(way: dict[str, Any], begin: str, renew: str) -> None:
    platform = Doorkeeper()
    slow = AsyncSlow(platform)
    client, clock = visit("async", platform, transport=slow, **way)
    client._core.sleep = None
    asyncio.run(client.tasks.get("task-1"))
    clock.advance(LIFETIME)
    found: list[Any] = []
    loops = [threading.Thread(target=lambda: found.append(asyncio.run(client.tasks.get("task-1")).id)) for _ in "ab"]

    loops[0].start()
    assert slow.heard.wait(PATIENT)
    loops[1].start()
    loops[1].join(0.2)
    assert loops[1].is_alive(), "it waits"
    slow.gate.set()
    for loop in loops:
        loop.join(PATIENT)

    assert found == ["task-1"] * 2
    assert platform.asked == [begin, renew]


def test_a_child_process_logs_in_anew_and_leaves_its_parent_its_session(
    enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    met = enter(**LOGIN)
    met.client.tasks.get("task-1")
    met.clock.advance(LIFETIME)

    with monkeypatch.context() as child:
        child.setattr(os, "getpid", lambda: -1)
        met.client.tasks.get("task-1")

    assert met.platform.asked == ["login", "login"]


def test_a_child_process_cannot_go_on_with_its_parents_code(enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    met = enter(**EXCHANGE)
    met.client.tasks.get("task-1")
    met.clock.advance(LIFETIME)

    with monkeypatch.context() as child:
        child.setattr(os, "getpid", lambda: -1)
        with pytest.raises(AuthenticationError, match="make a client with the new code"):
            met.client.tasks.get("task-1")
    met.client.tasks.get("task-1")

    assert [body.get("refresh_token") for _, body in met.platform.doors] == [None, "refresh-1"]
