"""One caller fetches the token for all: threads, tasks, event loops, and what happens when that caller fails."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import trio

from tandem import APIStatusError, AsyncClient, Client, DeadlineExceededError, Request, Response
from tandem._core import Core
from tandem._places import AsyncSignal, Signal
from tandem._tokens import Lead, TokenCache, Wait

from .acme import get
from .conftest import world_of
from .fakes import Answer, Server, answer, silence, whole

OK = answer({"data": {}})


class Gate:
    """A token endpoint that answers when it is told to."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.open = threading.Event()

    def __call__(self, request: Request) -> Answer:
        self.asked.set()
        assert self.open.wait(10)
        return answer({"access_token": "fresh", "expires_in": 3600})


def run_threads(count: int, work: Callable[[], Any]) -> list[Any]:
    """What `work` returns or raises in each of the threads."""
    results: list[Any] = []
    barrier = threading.Barrier(count)

    def run() -> None:
        barrier.wait()
        try:
            results.append(work())
        except Exception as error:  # handed to the test
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(results) == count
    return results


def expired(colour: str, *steps: Any) -> tuple[Any, Server, Core[Any, Any]]:
    """A client whose token has expired, and whose server is in no hurry with the next."""
    client, server, clock, core = world_of(colour, *steps)
    if colour == "sync":
        client.call(get())
    else:
        asyncio.run(client.call(get()))
    clock.advance(3601)
    server.requests.clear()
    server.token_requests.clear()
    return client, server, core


def slow_token(request: Request) -> Answer:
    time.sleep(0.05)
    return answer({"access_token": "fresh", "expires_in": 3600})


@pytest.mark.parametrize("count", [10, 64])
def test_threads_with_an_expired_token_make_one_token_request(count: int) -> None:
    client, server, _ = expired("sync", OK)
    server.token_steps = [slow_token]

    run_threads(count, lambda: client.call(get()))

    assert len(server.token_requests) == 1
    assert server.sent("authorization") == ["Bearer fresh"] * count


class PatientTransport:
    """Gives other tasks their turn before each answer."""

    def __init__(self, server: Server, sleep: Callable[[float], Any]) -> None:
        self.server = server
        self.sleep = sleep

    async def send(self, request: Request) -> Response:
        await self.sleep(0.01)
        return whole(self.server.respond(request))


def patient(sleep: Callable[[float], Any]) -> tuple[AsyncClient, Server]:
    client, server, _, core = world_of("async", OK)
    core.make_transport = lambda: PatientTransport(server, sleep)
    return client, server


@pytest.mark.parametrize("count", [10, 64, 500])
def test_tasks_with_no_token_make_one_token_request(count: int) -> None:
    client, server = patient(asyncio.sleep)

    async def main() -> None:
        await asyncio.gather(*(client.call(get()) for _ in range(count)))

    asyncio.run(main())
    assert len(server.token_requests) == 1
    assert server.sent("authorization") == ["Bearer token-1"] * count


def test_tasks_of_trio_make_one_token_request() -> None:
    client, server = patient(trio.sleep)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(client.call, get())

    trio.run(main)
    assert len(server.token_requests) == 1
    assert len(server.requests) == 10


def test_two_event_loops_in_two_threads_do_not_wait_for_each_other() -> None:
    client, server = patient(asyncio.sleep)

    async def main() -> None:
        await asyncio.gather(*(client.call(get()) for _ in range(10)))

    run_threads(2, lambda: asyncio.run(main()))
    assert len(server.token_requests) <= 2
    assert len(server.requests) == 20


def test_within_the_buffer_one_renews_while_the_others_go_on() -> None:
    client, server, clock, _ = world_of("sync", OK)
    client.call(get())
    clock.advance(3600 - 30)
    gate = Gate()
    server.token_steps = [gate]
    leader = threading.Thread(target=client.call, args=(get(),))
    leader.start()
    assert gate.asked.wait(10)

    for _ in range(5):
        client.call(get())

    assert server.sent("authorization") == ["Bearer token-1"] * 6
    gate.open.set()
    leader.join(10)
    assert server.sent("authorization")[-1] == "Bearer fresh"
    assert len(server.token_requests) == 2


def test_those_who_wait_are_told_the_error_of_the_one_who_fetched() -> None:
    client, server, _ = expired("sync", OK)

    def refuse(request: Request) -> Answer:
        time.sleep(0.1)
        return answer({"error": {"code": "invalid_client", "message": "no"}}, 401)

    server.token_steps = [refuse]
    results = run_threads(10, lambda: client.call(get()))

    errors = [result for result in results if isinstance(result, APIStatusError)]
    assert len(server.token_requests) == 1
    assert len(errors) == 10
    assert len({id(error) for error in errors}) == 10, "each has an error, and so a traceback, of its own"


def test_a_deadline_ends_the_wait_for_another_callers_fetch() -> None:
    client, server, core = expired("sync", OK)
    gate = Gate()
    server.token_steps = [gate]
    leader = threading.Thread(target=client.call, args=(get(),))
    leader.start()
    assert gate.asked.wait(10)
    core.monotonic = time.monotonic

    with pytest.raises(DeadlineExceededError, match="No access token within"):
        client.call(get(deadline=0.05))

    gate.open.set()
    leader.join(10)


def test_the_deadline_of_the_one_who_fetches_is_not_told_to_those_with_more_time() -> None:
    client, server, clock, _ = world_of("sync", OK)
    gate = Gate()

    def too_late(request: Request) -> Answer:
        gate(request)
        clock.advance(6)
        raise silence()

    server.token_steps = [too_late]
    results: list[Any] = []
    leader = threading.Thread(target=lambda: results.append(_result(client, deadline=5)))
    patient_one = threading.Thread(target=lambda: results.append(_result(client)))
    leader.start()
    assert gate.asked.wait(10)
    patient_one.start()
    time.sleep(0.05)
    gate.open.set()
    leader.join(10)
    patient_one.join(10)

    assert [type(result).__name__ for result in results if isinstance(result, Exception)] == ["AcmeDeadlineError"]
    assert server.sent("authorization") == ["Bearer token-2"]


def _result(client: Client, **options: Any) -> Any:
    try:
        return client.call(get(**options))
    except Exception as error:  # handed to the test
        return error


def test_a_fetch_that_is_cancelled_passes_to_the_next_who_waits() -> None:
    client, server = patient(asyncio.sleep)

    async def main() -> None:
        leader = asyncio.create_task(client.call(get()))
        await asyncio.sleep(0)
        followers = [asyncio.create_task(client.call(get())) for _ in range(9)]
        await asyncio.sleep(0)
        leader.cancel()
        await asyncio.wait_for(asyncio.gather(*followers), 5)
        with pytest.raises(asyncio.CancelledError):
            await leader

    asyncio.run(main())
    assert len(server.token_requests) == 1
    assert len(server.requests) == 9


def test_one_who_waits_and_is_cancelled_does_not_disturb_the_others() -> None:
    client, server = patient(asyncio.sleep)

    async def main() -> None:
        tasks = [asyncio.create_task(client.call(get())) for _ in range(10)]
        await asyncio.sleep(0)
        tasks[5].cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert sum(isinstance(result, asyncio.CancelledError) for result in results) == 1

    asyncio.run(main())
    assert len(server.token_requests) == 1


def test_refused_calls_of_many_threads_fetch_one_new_token() -> None:
    client, server, _, _ = world_of("sync", OK)
    client.auth.token()

    def judge(request: Request) -> Answer:
        if ("authorization", "Bearer token-1") in request.headers:
            time.sleep(0.02)
            return answer(b"", 401)
        return OK

    server.steps[:] = [judge]
    server.token_steps = [slow_token]
    results = run_threads(10, lambda: client.call(get()))

    assert not [result for result in results if isinstance(result, Exception)]
    assert len(server.token_requests) == 2


class Elsewhere:
    """What callers wait for in a place that changes, as it does in a child process."""

    here = "parent"

    @staticmethod
    def place() -> object:
        return Elsewhere.here

    def set(self) -> None: ...


def test_a_child_process_does_not_wait_for_what_its_parent_had_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = TokenCache(60.0, lambda: 0.0)
    assert isinstance(cache.board(Elsewhere), Lead)
    assert isinstance(cache.board(Elsewhere), Wait)

    monkeypatch.setattr(Elsewhere, "here", "child")

    assert isinstance(cache.board(Elsewhere), Lead)


def test_threads_wait_by_process_and_tasks_by_event_loop() -> None:
    async def place() -> object:
        return AsyncSignal.place()

    assert Signal.place() == os.getpid()
    assert asyncio.run(place()) != asyncio.run(place())
    assert trio.run(place) is not None
