"""Event streams over real sockets: silence, leaving while waiting, slow readers, many at once."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any, cast

import anyio
import anyio.lowlevel
import anyio.to_thread
import httpx
import pytest
import trio
import trustme

from tandem import (
    AsyncHttpxTransport,
    Call,
    CallSettings,
    Client,
    Core,
    HttpxTransport,
    Operation,
    RetryPolicy,
    StreamInterruptedError,
)

from .acme import CONVENTIONS, WATCH, AcmeDeadlineError, get
from .conftest import PlainAsyncClient, PlainClient
from .encrypted import TlsLoopback
from .loopback import Connection, Loopback, Play, head, reply

QUICK = RetryPolicy(base=0.001, cap=0.002)
Main = Callable[[], Coroutine[Any, Any, None]]
HEAD = head(content_type="text/event-stream")
Run = Callable[[Main], None]


def numbered(raw: Any) -> Any:
    return {"number": raw}


NUMBERS = replace(cast("Operation[Any]", WATCH), decode=numbered, authenticated=False)


def watch(**options: Any) -> Call[Any]:
    return Call(NUMBERS, ("t1",), options=options or None)  # type: ignore[arg-type]  # a dict of any


def core_of(transport: Any, url: str) -> Core[Any, Any]:
    return Core(CONVENTIONS, {"core": url}, lambda: transport, rng=lambda: 0.0)


def client_of(server: Loopback, **wiring: Any) -> Client:
    return PlainClient(core_of(HttpxTransport(**wiring), server.url), CallSettings(retry=QUICK))


@asynccontextmanager
async def async_client_of(server: Loopback, **wiring: Any) -> AsyncGenerator[PlainAsyncClient]:
    core = core_of(AsyncHttpxTransport(**wiring), server.url)
    async with PlainAsyncClient(core, CallSettings(retry=QUICK)) as client:
        yield client


@pytest.fixture(params=["asyncio", "trio"])
def run(request: pytest.FixtureRequest) -> Run:
    def in_asyncio(main: Main) -> None:
        asyncio.run(main())

    def in_trio(main: Main) -> None:
        trio.run(main)

    return in_trio if request.param == "trio" else in_asyncio


def play(*numbers: int, then: Play) -> Play:
    def events(connection: Connection) -> bool:
        connection.raw.sendall(HEAD + b"".join(b"id: %d\ndata: %d\n\n" % (each, each) for each in numbers))
        return then(connection)

    return events


def quiet(connection: Connection) -> bool:
    """Nothing more until the client has gone."""
    if connection.wait_for_the_end():
        connection.server.hung_up.set()
    return False


def hang_up(connection: Connection) -> bool:
    return False


def beat(connection: Connection) -> bool:
    """Heartbeats only, for as long as anyone listens."""
    while not connection.server.over.wait(0.05):
        connection.raw.sendall(b": heartbeat\n\n")
    return False


def numbers(events: Any, count: int) -> list[int]:
    return [next(events).data["number"] for _ in range(count)]


def test_a_silent_connection_is_replaced() -> None:
    started = time.monotonic()
    with Loopback(play(1, then=quiet), play(2, then=quiet)) as server, client_of(server) as client:
        with client.stream(watch(idle_timeout=0.1)) as stream:
            assert numbers(iter(stream), 2) == [1, 2]

        assert b"last-event-id: 1" in server.requests[1].lower()
        assert time.monotonic() - started < 15, "the timeout of a call is 30 s"


def test_a_silent_connection_is_replaced_in_async(run: Run) -> None:
    async def main() -> None:
        async with async_client_of(server) as client, client.stream(watch(idle_timeout=0.1)) as stream:
            seen = [await anext(aiter(stream)) for _ in range(2)]
            assert [getattr(event, "data", None) for event in seen] == [{"number": 1}, {"number": 2}]

    with Loopback(play(1, then=quiet), play(2, then=quiet)) as server:
        run(main)


def test_heartbeats_keep_a_stream_alive_beyond_the_timeout_of_a_call() -> None:
    def two(connection: Connection) -> bool:
        connection.raw.sendall(HEAD)
        for _ in range(6):
            connection.server.over.wait(0.1)
            connection.raw.sendall(b": heartbeat\n\n")
        connection.raw.sendall(b"data: 1\n\n")
        return quiet(connection)

    with Loopback(two) as server, client_of(server) as client:
        with client.stream(watch(timeout=0.3, idle_timeout=0.5)) as stream:
            assert numbers(iter(stream), 1) == [1]
        assert server.connections == 1


def test_a_client_of_your_own_sees_a_silent_connection_too() -> None:
    with Loopback(play(1, then=quiet), play(2, then=quiet)) as server, httpx.Client(trust_env=False) as own:
        client = PlainClient(core_of(HttpxTransport(own), server.url), CallSettings(retry=QUICK))
        with client.stream(watch(timeout=5, idle_timeout=0.1)) as stream:
            assert numbers(iter(stream), 2) == [1, 2]


@pytest.mark.parametrize("kind", ["plain", "tls"])
def test_closing_ends_a_loop_in_another_thread_at_once(kind: str, authority: trustme.CA, ca_bundle: str) -> None:
    server = (
        TlsLoopback(authority, "localhost", play(1, then=quiet)) if kind == "tls" else Loopback(play(1, then=quiet))
    )
    seen: list[Any] = []
    with server, client_of(server, ca_bundle=ca_bundle if kind == "tls" else None) as client:
        stream = client.stream(watch(idle_timeout=None))
        stream.__enter__()
        reading = threading.Event()

        def read() -> None:
            for event in stream:
                seen.append(event)
                reading.set()

        thread = threading.Thread(target=read)
        thread.start()
        assert reading.wait(10)
        stream.close()
        thread.join(10)

        assert not thread.is_alive()
        assert len(seen) == 1
        assert server.hung_up.wait(10)


def test_closing_ends_a_loop_that_waits_to_connect_again() -> None:
    with Loopback(play(1, then=hang_up)) as server:
        core = core_of(HttpxTransport(), server.url)
        pausing = threading.Event()

        def chance() -> float:
            pausing.set()
            return 1.0

        core.rng = chance
        patient = RetryPolicy(base=60, cap=60)
        with PlainClient(core, CallSettings(retry=patient)) as client, client.stream(watch()) as stream:
            walk = iter(stream)
            next(walk)
            thread = threading.Thread(target=lambda: list(walk))
            thread.start()
            assert pausing.wait(10)
            stream.close()
            thread.join(10)

            assert not thread.is_alive()


def test_closing_ends_a_loop_in_another_task_at_once(run: Run) -> None:
    async def main() -> None:
        seen: list[Any] = []

        async with async_client_of(server) as client, client.stream(watch(idle_timeout=None)) as stream:
            reading = anyio.Event()

            async def read() -> None:
                async for event in stream:
                    seen.append(event)
                    reading.set()

            with anyio.fail_after(10):
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(read)
                    await reading.wait()
                    await anyio.lowlevel.checkpoint()
                    await stream.aclose()
        assert len(seen) == 1

    with Loopback(play(1, then=quiet)) as server:
        run(main)
        assert server.hung_up.wait(10)


def test_cancelling_the_reader_closes_the_connection(run: Run) -> None:
    async def main() -> None:
        async with async_client_of(server) as client:
            with anyio.move_on_after(0.2) as scope:
                async with client.stream(watch(idle_timeout=None)) as stream:
                    async for _ in stream:
                        pass
            assert scope.cancelled_caught
            assert await anyio.to_thread.run_sync(server.hung_up.wait, 10)

    with Loopback(play(1, then=quiet)) as server:
        run(main)


def test_a_deadline_ends_a_stream_that_never_falls_silent() -> None:
    def endless(connection: Connection) -> bool:
        connection.raw.sendall(HEAD)
        return beat(connection)

    with (
        Loopback(endless) as server,
        client_of(server) as client,
        client.stream(watch(deadline=0.3)) as stream,
        pytest.raises(AcmeDeadlineError, match=r"within the deadline of 0\.3 s"),
    ):
        list(stream)


def test_a_slow_reader_slows_the_server_down() -> None:
    written = 0

    def flood(connection: Connection) -> bool:
        nonlocal written
        connection.raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        connection.raw.sendall(HEAD)
        block = b"data: " + b"7" * 9_993 + b"\n\n"
        for _ in range(5_000):
            connection.raw.sendall(block)
            written += len(block)
        return quiet(connection)

    with Loopback(flood) as server, client_of(server) as client, client.stream(watch()) as stream:
        next(iter(stream))
        before = -1
        while before != written:  # until the server waits for the reader
            before = written
            server.over.wait(0.2)

        assert written < 20_000_000, "50 MB were there to be had"


def test_streams_take_no_connection_from_the_calls() -> None:
    plays = [*[play(1, then=quiet)] * 3, reply(b'{"data": {}}')]
    with Loopback(*plays) as server, client_of(server, max_connections=1) as client, ExitStack() as streams:
        for _ in range(3):
            streams.enter_context(client.stream(watch()))

        assert client.call(get(timeout=5)._replace(operation=replace(get().operation, authenticated=False)))


def test_a_server_that_is_gone_interrupts_the_stream(run: Run) -> None:
    async def main() -> None:
        async with async_client_of(server) as client, client.stream(watch()) as stream:
            server.__exit__(None, None, None)
            with pytest.raises(StreamInterruptedError, match="4 times in a row") as caught:
                async for _ in stream:
                    pass
            assert caught.value.last_event_id == "1"

    server = Loopback(play(1, then=quiet)).__enter__()
    run(main)


def test_an_id_outside_ascii_goes_over_the_wire_as_utf_8() -> None:
    def snowman(connection: Connection) -> bool:
        connection.raw.sendall(HEAD + "id: é☃\ndata: 1\n\n".encode())
        return False

    with Loopback(snowman, play(2, then=quiet)) as server, client_of(server) as client:
        with client.stream(watch()) as stream:
            assert numbers(iter(stream), 2) == [1, 2]

        assert "last-event-id: é☃\r\n".encode() in server.requests[1]
