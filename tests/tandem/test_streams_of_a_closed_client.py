"""A client that is closed takes its streams along, in whatever they are waiting."""

from __future__ import annotations

import threading
from typing import Any

import anyio
import anyio.lowlevel

from tandem import AsyncHttpxTransport, CallSettings, Core, HttpxTransport, InvalidRequestError, RetryPolicy

from .conftest import PlainAsyncClient, PlainClient
from .loopback import Loopback
from .test_streams_over_a_socket import client_of, core_of, hang_up, numbers, play, quiet, run, watch

__all__ = ["run"]  # a fixture

PATIENT = CallSettings(retry=RetryPolicy(base=60, cap=60))
Problems = list[BaseException]


def watched_pause(core: Core[Any, Any]) -> threading.Event:
    """Set as soon as somebody chooses how long to wait: as long as the policy allows."""
    pausing = threading.Event()

    def chance() -> float:
        pausing.set()
        return 1.0

    core.rng = chance
    return pausing


def reading(walk: Any, problems: Problems) -> threading.Thread:
    def read() -> None:
        try:
            list(walk)
        except InvalidRequestError as problem:
            problems.append(problem)

    thread = threading.Thread(target=read)
    thread.start()
    return thread


def test_a_thread_that_waits_for_bytes_is_told_at_once() -> None:
    problems: Problems = []

    with Loopback(play(1, then=quiet)) as server, client_of(server) as client:
        streams = [client.stream(watch(idle_timeout=None)).__enter__() for _ in range(5)]
        walks = [iter(stream) for stream in streams]
        for walk in walks:
            next(walk)
        threads = [reading(walk, problems) for walk in walks]
        client.close()
        for thread in threads:
            thread.join(10)

        assert not any(thread.is_alive() for thread in threads)
        assert server.hung_up.wait(10)
    assert ["closed" in str(problem) for problem in problems] == [True] * 5
    assert not any(stream.closed for stream in streams)


def test_a_thread_that_waits_to_connect_again_is_told_at_once() -> None:
    problems: Problems = []

    with Loopback(play(1, then=hang_up)) as server:
        core = core_of(HttpxTransport(), server.url)
        pausing = watched_pause(core)
        with PlainClient(core, PATIENT) as client, client.stream(watch()) as stream:
            walk = iter(stream)
            next(walk)
            thread = reading(walk, problems)
            assert pausing.wait(10)
            client.close()
            thread.join(10)

            assert not thread.is_alive()
    assert "closed" in str(problems[0])


def test_a_task_that_waits_to_connect_again_is_told_at_once(run: Any) -> None:
    problems: Problems = []

    async def read(walk: Any) -> None:
        try:
            async for _ in walk:
                pass
        except InvalidRequestError as problem:
            problems.append(problem)

    async def main() -> None:
        core = core_of(AsyncHttpxTransport(), server.url)
        pausing = watched_pause(core)
        with anyio.fail_after(10):
            async with (
                PlainAsyncClient(core, PATIENT) as client,
                client.stream(watch()) as stream,
                anyio.create_task_group() as tasks,
            ):
                walk = aiter(stream)
                await anext(walk)
                tasks.start_soon(read, walk)
                while not pausing.is_set():
                    await anyio.lowlevel.checkpoint()
                await client.aclose()

    with Loopback(play(1, then=hang_up)) as server:
        run(main)
    assert "closed" in str(problems[0])


def test_a_view_that_is_closed_ends_no_stream() -> None:
    with Loopback(play(1, 2, then=quiet)) as server, client_of(server) as client:
        view = client.with_options(timeout=1)
        with view.stream(watch()) as stream:
            walk = iter(stream)
            first = numbers(walk, 1)
            view.close()

            assert first + numbers(walk, 1) == [1, 2]
