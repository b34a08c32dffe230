"""What event streams promise, in figures: against a server in another process that cuts its connections."""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import Any

import pytest

from interactor import AsyncInteractorClient, InteractorClient, MessageDelta, RetryPolicy, StreamGap
from tests.scale import scaled

from .event_server import event_server, more_files

STREAMS, EVENTS = scaled(100, 6), scaled(1000, 200)
OPENINGS = scaled(50, 9)
IDLE = scaled(1000, 100)
THREADS = 20
PATIENT = RetryPolicy(max_attempts=8, base=0.01)
Figure = Callable[[str, object], None]

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with event_server() as found:
        yield found


def settings(url: str) -> dict[str, Any]:
    return {
        "client_id": "client_1",
        "client_secret": "secret",
        "namespace": "user_1",
        "account_server_url": url,
        "core_api_url": url,
        "retry": PATIENT,
    }


def number(event: object) -> object:
    return int(event.content) if isinstance(event, MessageDelta) else event


def resident() -> int:
    """Bytes of memory that this process holds."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def told(figure: Figure, colour: str, found: list[tuple[list[object], int]], seconds: float) -> None:
    cuts = sum(reconnects for _, reconnects in found)
    wrong = sum(events != list(range(1, EVENTS + 1)) for events, _ in found)
    figure(
        "figures", f"streams, {colour}: {STREAMS} x {EVENTS} events over {cuts} cuts: {wrong} wrong, {seconds:.1f} s"
    )
    assert wrong == 0
    assert cuts > STREAMS * EVENTS / 100


def test_every_event_comes_once_and_in_order_whatever_is_cut(url: str, record_property: Figure) -> None:
    with InteractorClient(**settings(url)) as client, ThreadPoolExecutor(THREADS) as pool:

        def read(index: int) -> tuple[list[object], int]:
            with client.rooms.stream(f"cut-{EVENTS}-{index}", last_event_id="0") as events:
                return [number(event) for event in events], events.reconnects

        started = time.monotonic()
        found = list(pool.map(read, range(STREAMS)))

    told(record_property, "sync", found, time.monotonic() - started)


def test_every_event_comes_once_and_in_order_whatever_is_cut_in_async(url: str, record_property: Figure) -> None:
    async def main() -> list[tuple[list[object], int]]:
        async with AsyncInteractorClient(**settings(url)) as client:

            async def read(index: int) -> tuple[list[object], int]:
                async with client.rooms.stream(f"cut-{EVENTS}-{index}", last_event_id="0") as events:
                    return [number(event) async for event in events], events.reconnects

            return await asyncio.gather(*map(read, range(STREAMS)))

    started = time.monotonic()
    found = asyncio.run(main())

    told(record_property, "async", found, time.monotonic() - started)


def test_the_first_piece_is_here_while_the_rest_is_still_to_come(url: str, record_property: Figure) -> None:
    delays: list[float] = []
    with InteractorClient(**settings(url)) as client:
        for _ in range(OPENINGS):
            with client.rooms.stream("first", last_event_id="0") as events:
                first = wait(next(iter(events)))
                second = wait(next(iter(events)))
                delays.append(first[1] - first[0])
                assert first[1] < second[0], "the rest was not written yet"

    told_delay(record_property, "sync", delays)


def test_the_first_piece_is_here_while_the_rest_is_still_to_come_in_async(url: str, record_property: Figure) -> None:
    async def main() -> list[float]:
        delays: list[float] = []
        async with AsyncInteractorClient(**settings(url)) as client:
            for _ in range(OPENINGS):
                async with client.rooms.stream("first", last_event_id="0") as events:
                    first = wait(await anext(aiter(events)))
                    second = wait(await anext(aiter(events)))
                    delays.append(first[1] - first[0])
                    assert first[1] < second[0], "the rest was not written yet"
        return delays

    told_delay(record_property, "async", asyncio.run(main()))


def wait(event: object) -> tuple[float, float]:
    """When an event was written and when it was here, in seconds of the clock that all processes share."""
    assert isinstance(event, MessageDelta)
    assert event.message_id is not None
    return int(event.message_id) / 1e9, time.monotonic()


def told_delay(figure: Figure, colour: str, delays: list[float]) -> None:
    median = statistics.median(delays) * 1000
    figure("figures", f"streams, {colour}: the first piece is here {median:.2f} ms after it was written (median)")
    assert median < 5


def test_an_idle_stream_costs_little_memory(url: str, record_property: Figure) -> None:
    async def main() -> float:
        async with AsyncInteractorClient(**settings(url)) as client, AsyncExitStack() as stack:

            async def begin(index: int) -> None:
                stream = await stack.enter_async_context(client.rooms.stream("idle"))
                reader = asyncio.ensure_future(anext(aiter(stream)))
                stack.push_async_callback(asyncio.wait, {reader})
                stack.callback(reader.cancel)

            for index in range(20):  # what is needed only once
                await begin(index)
            gc.collect()
            before = resident()
            await asyncio.gather(*map(begin, range(IDLE)))
            await asyncio.sleep(0.2)
            gc.collect()
            return (resident() - before) / IDLE

    more_files()
    each = asyncio.run(main())

    record_property("figures", f"streams: {IDLE} idle ones on one async client, {each / 1000:.1f} kB each")
    assert each < 100_000


def test_a_gap_would_be_seen(url: str) -> None:
    with InteractorClient(**settings(url)) as client, client.rooms.stream("first", last_event_id="7") as events:
        assert next(iter(events)) == StreamGap("7", "1")
