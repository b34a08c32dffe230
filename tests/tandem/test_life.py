"""Many callers at once, callers that go away, and what stays behind."""

from __future__ import annotations

import asyncio
import gc
import random
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
import trio

from tandem import AsyncHttpxTransport, Core, HttpxTransport, InvalidRequestError, Request, TransportError
from tandem._deadline import Deadline
from tandem._wire._gates import AsyncGate, Gate
from tests.scale import scaled

from .acme import CONVENTIONS, HOSTS
from .conftest import MakeSend
from .loopback import Connection, Loopback, head, reply, stay_silent, stream_events

CANCELLATIONS = scaled(3_000, 1_000)
HEAD = head(content_length=4)


def ask(url: str, **settings: Any) -> Request:
    return Request("GET", url, [], timeout=30, **settings)


@asynccontextmanager
async def unhurried_server(seconds: float) -> AsyncGenerator[str, None]:
    """Answers on many connections, each reply in two parts with pauses of random length."""
    rng = random.Random(7)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                for part in (HEAD + b"ab", b"cd"):
                    await asyncio.sleep(rng.random() * seconds)
                    writer.write(part)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=512)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


def places(transport: Any) -> tuple[str, list[Any], list[Any]]:
    """What one transport has under way: its queue, its requests, and its connections that are in use."""
    connections = next(iter(transport._pools._pools.values()))
    pool = next(iter(connections._pools.values()))
    return repr(connections.gate), pool._requests, [each for each in pool.connections if not each.is_idle()]


def test_hundreds_of_tasks_share_the_connections_that_there_are() -> None:
    async def main() -> None:
        transport = AsyncHttpxTransport()
        async with unhurried_server(0.01) as url:
            replies = await asyncio.gather(*(transport.send(ask(url)) for _ in range(500)))
            await transport.aclose()
        assert {reply.content for reply in replies} == {b"abcd"}

    asyncio.run(main())


def test_many_threads_share_the_connections_that_there_are() -> None:
    found: list[bytes] = []

    with Loopback() as server:
        transport = HttpxTransport(max_connections=16)

        def work() -> None:
            for _ in range(10):
                found.append(transport.send(ask(server.url)).content)

        threads = [threading.Thread(target=work) for _ in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        transport.close()

    assert found == [b"{}"] * 640
    assert server.connections <= 16


@pytest.mark.proof
@pytest.mark.parametrize("way", ["of asyncio", "of anyio"])
def test_cancellation_at_any_moment_leaves_the_pool_working_and_empty(way: str) -> None:
    async def one(transport: AsyncHttpxTransport, url: str, after: float, room: asyncio.Semaphore) -> bool:
        async with room:
            if way == "of anyio":
                with anyio.move_on_after(after) as scope:
                    await transport.send(ask(url))
                return scope.cancelled_caught
            task = asyncio.create_task(transport.send(ask(url)))
            await asyncio.sleep(after)
            task.cancel()
            return isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)

    async def main() -> int:
        rng = random.Random(11)
        transport, room = AsyncHttpxTransport(max_connections=20), asyncio.Semaphore(30)
        async with unhurried_server(0.02) as url:
            work = [one(transport, url, rng.random() * 0.06, room) for _ in range(CANCELLATIONS)]
            called_off = sum(await asyncio.gather(*work))
            assert places(transport) == ("<AsyncGate 0 inside, 0 waiting>", [], [])
            async with asyncio.timeout(20):
                await asyncio.gather(*(transport.send(ask(url)) for _ in range(100)))
            await transport.aclose()
        return called_off

    called_off = asyncio.run(main())

    print(f"{called_off} of {CANCELLATIONS} calls called off")
    assert called_off > CANCELLATIONS / 10


def test_a_deadline_holds_in_the_queue(sender: MakeSend) -> None:
    taken = threading.Event()

    def hold(connection: Connection) -> bool:
        taken.set()
        return stay_silent(connection)

    with Loopback(hold) as server:
        send = sender(max_connections=1)
        started = time.monotonic()
        with pytest.raises(TransportError):
            send(ask(server.url, deadline=Deadline.after(0.3)))
        took = time.monotonic() - started

    assert taken.is_set()
    assert 0.25 < took < 0.6


def test_turns_come_in_the_order_of_arrival() -> None:
    gate, order, threads = Gate(1), list[int](), list[threading.Thread]()
    first = gate.enter(Deadline())

    def work(number: int) -> None:
        turn = gate.enter(Deadline())
        order.append(number)
        gate.leave(turn)

    for number in range(5):
        threads.append(threading.Thread(target=work, args=(number,)))
        threads[-1].start()
        while f"{number + 1} waiting" not in repr(gate):
            time.sleep(0.001)
    gate.leave(first)
    for thread in threads:
        thread.join(5)

    assert order == [0, 1, 2, 3, 4]
    assert repr(gate) == "<Gate 0 inside, 0 waiting>"


def test_who_gives_up_waiting_loses_nobody_s_turn() -> None:
    gate = Gate(1)
    turn = gate.enter(Deadline())

    with pytest.raises(TransportError, match="no connection became free") as caught:
        gate.enter(Deadline.after(0.02))

    assert (caught.value.stage, caught.value.timed_out) == ("connect", True)
    gate.leave(turn)
    gate.leave(turn)
    assert repr(gate) == "<Gate 0 inside, 0 waiting>"
    gate.leave(gate.enter(Deadline()))


def test_a_turn_that_comes_with_a_cancellation_goes_to_the_next() -> None:
    async def main() -> str:
        gate = AsyncGate(1)
        turn = await gate.enter(Deadline())
        waiting = [asyncio.create_task(gate.enter(Deadline())) for _ in range(2)]
        await asyncio.sleep(0.01)
        gate.leave(turn)
        waiting[0].cancel()
        await asyncio.wait(waiting, timeout=5)
        assert waiting[1].done()
        gate.leave(await waiting[1])
        return repr(gate)

    assert asyncio.run(main()) == "<AsyncGate 0 inside, 0 waiting>"


def test_a_stream_holds_its_place_until_it_ends_or_is_left(sender: MakeSend) -> None:
    with Loopback(stream_events, reply(b"2"), reply(b"3")) as server:
        transport = HttpxTransport(max_connections=1)
        stream = transport.open(ask(server.url))
        next(iter(stream.iter_bytes()))
        with pytest.raises(TransportError):
            transport.send(ask(server.url, deadline=Deadline.after(0.05)))
        stream.close()
        stream.close()

        assert transport.send(ask(server.url)).content == b"2"
        whole = transport.open(ask(server.url))
        assert b"".join(whole.iter_bytes()) == b"3"
        assert places(transport) == ("<Gate 0 inside, 0 waiting>", [], [])
        transport.close()


@pytest.mark.parametrize("play", [stream_events, reply(b"x" * 300_000)])
@pytest.mark.parametrize("run", [trio.run, asyncio.run])
def test_a_reply_that_is_left_early_leaves_nothing_behind(run: Any, play: Any) -> None:
    async def leave_early(transport: AsyncHttpxTransport, url: str) -> None:
        stream = await transport.open(ask(url))
        async for _ in stream.iter_bytes():
            break
        await stream.aclose()

    async def main() -> None:
        transport = AsyncHttpxTransport()
        for _ in range(3):
            await leave_early(transport, server.url)
            gc.collect()
        assert places(transport) == ("<AsyncGate 0 inside, 0 waiting>", [], [])
        await transport.aclose()

    with Loopback(play) as server, warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        run(main) if run is trio.run else run(main())
        gc.collect()

    assert [str(each.message) for each in seen] == []


DROP = """
import asyncio, gc, sys, threading
from tandem import AsyncHttpxTransport, HttpxTransport, Request
ask = lambda: Request("GET", sys.argv[1], [], timeout=5)
HttpxTransport().send(ask())
async def main():
    await AsyncHttpxTransport().send(ask())
asyncio.run(main())
gc.collect()
assert threading.active_count() == 1
"""


def test_what_is_dropped_without_a_close_gives_at_most_a_warning() -> None:
    with Loopback() as server:
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-c", DROP, server.url],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert all("ResourceWarning" in line for line in done.stderr.splitlines() if "Warning" in line)


# -- the transport of a client


def test_of_two_transports_made_at_once_one_is_used() -> None:
    """None waits for the other: a child that is forked meanwhile would wait for ever."""

    def make() -> str:
        made.append(f"number {len(made)}")
        mine = made[-1]
        if len(made) == 1:
            other = threading.Thread(target=lambda: core.transport, daemon=True)
            other.start()
            other.join(5)
        return mine

    made: list[str] = []
    core: Core[str, None] = Core(CONVENTIONS, HOSTS, make)

    assert (core.transport, core.transport, core.close()) == ("number 1",) * 3
    assert made == ["number 0", "number 1"]


def test_a_client_that_is_closed_while_its_transport_is_made_gets_none() -> None:
    core: Core[Any, None] = Core(CONVENTIONS, HOSTS, lambda: core.close())

    with pytest.raises(InvalidRequestError, match="closed"):
        _ = core.transport
