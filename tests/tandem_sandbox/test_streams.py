"""Server-sent events, as they leave."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import contextmanager

import httpx
import pytest

from tandem.sandbox import EventStream, Fault, ServerEvent, SocketServer
from tandem.sandbox._events import encode_event, frames

from .bookshop import CORE, Bookshop


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (ServerEvent({"a": "é\n"}), 'data: {"a":"é\\n"}\n\n'),
        (ServerEvent({}, event="x", id="7", retry=30), "retry: 30\nevent: x\nid: 7\ndata: {}\n\n"),
        (ServerEvent("one\ntwo\r\nthree\rfour"), "data: one\ndata: two\ndata: three\ndata: four\n\n"),
        (ServerEvent("a\u2028b\x0b"), "data: a\u2028b\x0b\n\n"),
        (ServerEvent(comment="still\nhere"), ": still\n: here\n\n"),
        (ServerEvent({}, event="x\ndata: y", id="1\r\n2\0"), "event: x data: y\nid: 1 2\ndata: {}\n\n"),
        (ServerEvent([]), "data: []\n\n"),
    ],
)
def test_an_event_is_written_as_the_specification_says(event: ServerEvent, text: str) -> None:
    assert encode_event(event).decode() == text


def lines(http: httpx.Client, path: str) -> list[str]:
    with http.stream("GET", path) as reply:
        return [line for line in reply.iter_lines() if line]


def test_a_stream_gives_its_events_and_ends(http: httpx.Client) -> None:
    with http.stream("GET", "/books/b1/watch") as reply:
        text = reply.read().decode()

    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["x-request-id"]
    assert [line for line in text.split("\n") if line.startswith("id")] == ["id: 1", "id: 2", "id: 3"]


def test_events_arrive_when_they_are_sent_and_heartbeats_in_between(http: httpx.Client, shop: Bookshop) -> None:
    with http.stream("GET", "/books/endless/watch") as reply:
        arriving = reply.iter_lines()
        first = [next(arriving) for _ in range(3)]
        silence = next(line for line in arriving if line.startswith(":"))
        shop.clock.advance(3600)
        rest = [line for line in arriving if line.startswith("data")]

    assert first[2] == 'data: {"type":"book.read","page":1}'
    assert silence == ": heartbeat"
    assert rest == ['data: {"type":"book.read","page":4}']


def test_the_source_is_closed_when_the_reader_leaves(http: httpx.Client, shop: Bookshop) -> None:
    with http.stream("GET", "/books/endless/watch") as reply:
        next(reply.iter_lines())

    assert eventually(lambda: shop.store.get("watcher", "last", namespace="") == {"left": True})


def test_the_source_is_closed_when_the_server_stops(shop: Bookshop) -> None:
    server = SocketServer(shop).start()
    with reading(server, "/books/endless/watch"):
        server.stop()

        assert shop.store.get("watcher", "last", namespace="") == {"left": True}


def test_an_event_that_breaks_the_document_ends_the_stream_and_is_in_the_journal(
    http: httpx.Client, shop: Bookshop
) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        lines(http, "/books/torn/watch")

    entry = shop.journal.entries()[-1]
    assert entry.events == 3
    assert entry.violations == ['reply event page: "four" is not of type "integer"']


@pytest.mark.parametrize(
    ("fault", "events"), [(Fault(events=2), 2), (Fault(cut="body"), 1), (Fault(events=0), 0), (Fault(cut="headers"), 0)]
)
def test_a_stream_can_be_cut_after_some_events(http: httpx.Client, shop: Bookshop, fault: Fault, events: int) -> None:
    shop.faults.add(fault)
    seen: list[str] = []
    with http.stream("GET", "/books/b1/watch") as reply, pytest.raises(httpx.RemoteProtocolError):
        seen.extend(line for line in reply.iter_lines() if line.startswith("data"))

    # httpx drops the lines it had buffered when the connection breaks: the journal counts what went out.
    assert (shop.journal.entries()[-1].events, shop.journal.entries()[-1].cut) == (events, True)


def test_a_stream_can_fall_silent_without_a_heartbeat(http: httpx.Client, shop: Bookshop) -> None:
    shop.faults.add(Fault(events=2, then="silence"))
    seen: list[str] = []
    timeout = httpx.Timeout(5, read=0.8)
    with http.stream("GET", "/books/endless/watch", timeout=timeout) as reply, pytest.raises(httpx.ReadTimeout):
        seen.extend(line for line in reply.iter_lines() if line)

    assert shop.journal.entries()[-1].events == 2
    assert eventually(lambda: shop.store.get("watcher", "last", namespace="") == {"left": True})


def test_a_stream_can_carry_garbage_in_the_place_of_an_event_and_goes_on(http: httpx.Client, shop: Bookshop) -> None:
    shop.faults.add(Fault(events=1, then="garbage"))

    content = http.get("/books/b1/watch").content

    first, second, third = content.removesuffix(b"\n\n").split(b"\n\n")
    assert b"id: 1" in first
    assert second == b'event: \xff\xfe\ndata: {"type": \xc3\x28'
    assert b"id: 3" in third


def test_a_stream_can_end_in_a_broken_chunk(http: httpx.Client, shop: Bookshop) -> None:
    shop.faults.add(Fault(events=2, then="broken"))

    with (
        http.stream("GET", "/books/b1/watch") as reply,
        pytest.raises(httpx.RemoteProtocolError, match="chunk"),
    ):
        reply.read()

    assert (shop.journal.entries()[-1].events, shop.journal.entries()[-1].cut) == (2, True)


def test_a_stream_can_drip(http: httpx.Client, shop: Bookshop) -> None:
    shop.faults.add(Fault(drip=0.0005))

    with http.stream("GET", "/books/b1/watch") as reply:
        chunks = list(reply.iter_raw())

    assert b"".join(chunks).count(b"\nid: ") == 3
    assert len(chunks) > 50


def test_a_stream_can_be_torn_within_an_event(server: SocketServer, shop: Bookshop) -> None:
    shop.faults.add(Fault(truncate=30))

    with reading(server, "/books/b1/watch") as connection:
        received = connection.makefile("rb").read()

    assert received.endswith(b"event: book.read\nid: 1\ndata: {\r\n")


def test_a_stream_can_fail_before_it_begins(http: httpx.Client, shop: Bookshop) -> None:
    shop.faults.add(Fault(status=503))
    shop.faults.add(Fault(cut="before"))

    assert http.get("/books/b1/watch").status_code == 503
    with pytest.raises(httpx.RemoteProtocolError):
        http.get("/books/b1/watch")


def test_a_source_that_raises_drops_its_reader_and_is_closed() -> None:
    closed: list[bool] = []

    async def source() -> AsyncIterator[ServerEvent]:
        try:
            yield ServerEvent({})
            raise LookupError
        finally:
            closed.append(True)

    async def read() -> int:
        count = 0
        try:
            async for _ in frames(EventStream(source()), asyncio.Event()):
                count += 1
        except LookupError:
            return count
        return -1

    assert asyncio.run(read()) == 1
    assert closed == [True]


def test_a_reader_that_stops_between_two_events_closes_the_source() -> None:
    closed: list[bool] = []

    async def source() -> AsyncIterator[ServerEvent]:
        try:
            while True:
                yield ServerEvent({})
        finally:
            closed.append(True)

    async def read() -> None:
        events = source()
        reading = frames(EventStream(events), asyncio.Event())
        await anext(reading)
        await reading.aclose()
        assert closed == [True]

    asyncio.run(read())


def eventually(condition: Callable[[], bool], seconds: float = 3) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.01)
    return False


@contextmanager
def reading(server: SocketServer, path: str) -> Generator[socket.socket]:
    """A connection on which the first bytes of a reply have arrived."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        head = f"GET {CORE}{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ann:books:read\r\n\r\n"
        connection.sendall(head.encode())
        connection.recv(1)
        yield connection
