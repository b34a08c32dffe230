"""The same platform without a socket, in both colours."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from tandem._deadline import Deadline
from tandem._sources import InMemory
from tandem._transport import AsyncTransport, ReplyTooLargeError, Request, Response, Transport, TransportError
from tandem._uploads import Upload
from tandem.sandbox import AsyncInProcessTransport, Context, Fault, InProcessTransport, Registry

from .bookshop import CORE, Bookshop, api, registry

AUTHORIZED = [("Authorization", "Bearer ann:books:read,books:write")]


def request(method: str, path: str, content: Any = None, **more: Any) -> Request:
    settings: dict[str, Any] = {"timeout": 5.0, **more}
    return Request(method, f"http://shop.test{CORE}{path}", list(AUTHORIZED), content, **settings)


class Colour:
    """Sends whole requests, and reads the first chunks of a stream."""

    def __init__(self, shop: Bookshop, name: str) -> None:
        self.name = name
        self.sync: Transport = InProcessTransport(shop)
        self.asynchronous: AsyncTransport = AsyncInProcessTransport(shop)

    def send(self, request: Request) -> Response:
        return self.sync.send(request) if self.name == "sync" else asyncio.run(self.asynchronous.send(request))

    def read(self, request: Request, chunks: int, between: Callable[[], None] = lambda: None) -> list[bytes]:
        return (
            self._read(request, chunks, between)
            if self.name == "sync"
            else asyncio.run(self._aread(request, chunks, between))
        )

    def _read(self, request: Request, chunks: int, between: Callable[[], None]) -> list[bytes]:
        with closing(self.sync.open(request)) as reply:
            arriving = reply.iter_bytes()
            first = next(arriving)
            between()
            return [first, *(next(arriving) for _ in range(chunks - 1))]

    async def _aread(self, request: Request, chunks: int, between: Callable[[], None]) -> list[bytes]:
        reply = await self.asynchronous.open(request)
        try:
            arriving = reply.iter_bytes()
            first = await anext(arriving)
            between()
            return [first, *[await anext(arriving) for _ in range(chunks - 1)]]
        finally:
            await reply.aclose()


@pytest.fixture(params=["sync", "async"])
def colour(request: pytest.FixtureRequest, shop: Bookshop) -> Colour:
    return Colour(shop, request.param)


def test_a_request_is_answered_as_over_a_socket(colour: Colour) -> None:
    reply = colour.send(request("POST", "/books", b'{"title": "A"}'))

    assert (reply.status_code, reply.headers["content-type"]) == (201, "application/json")
    assert b'"title":"A"' in reply.content


def test_a_body_may_come_in_pieces(colour: Colour) -> None:
    body = Upload([InMemory(b'{"title"'), InMemory(b': "A"}')])

    assert colour.send(request("POST", "/books", body)).status_code == 201


def test_the_base_url_is_the_one_that_was_asked_for(colour: Colour) -> None:
    reply = colour.send(Request("GET", "https://shop.test:8443/counter/a?q=1", []))

    assert b"a 1 at https://shop.test:8443" in reply.content


def test_events_arrive_as_they_are_sent(colour: Colour, shop: Bookshop) -> None:
    chunks = colour.read(request("GET", "/books/endless/watch"), 4)

    assert [b"book.read" in chunk for chunk in chunks] == [True, True, True, False]
    assert chunks[3] == b": heartbeat\n\n"


def test_closing_a_reply_closes_its_source(colour: Colour, shop: Bookshop) -> None:
    colour.read(request("GET", "/books/endless/watch"), 1)
    until = time.monotonic() + 3
    while shop.store.get("watcher", "last", namespace="") is None and time.monotonic() < until:
        time.sleep(0.01)

    assert shop.store.get("watcher", "last", namespace="") == {"left": True}


@pytest.mark.parametrize(
    ("fault", "stage"),
    [
        (Fault(cut="before"), "exchange"),
        (Fault(cut="headers"), "reply"),
        (Fault(cut="body"), "reply"),
        (Fault(truncate=5), "reply"),
    ],
)
def test_a_cut_connection_is_a_transport_error(colour: Colour, shop: Bookshop, fault: Fault, stage: str) -> None:
    shop.faults.add(fault)

    with pytest.raises(TransportError) as caught:
        colour.send(request("GET", "/books"))

    assert (caught.value.stage, caught.value.timed_out) == (stage, False)
    assert colour.send(request("GET", "/books")).status_code == 200


def test_silence_is_a_timeout(colour: Colour, shop: Bookshop) -> None:
    shop.faults.add(Fault(delay=0.5))

    with pytest.raises(TransportError) as caught:
        colour.send(request("GET", "/books", timeout=0.05))

    assert caught.value.timed_out


def test_a_deadline_bounds_the_whole_reply(colour: Colour) -> None:
    started = time.monotonic()

    with pytest.raises(TransportError) as caught:
        colour.send(request("GET", "/books/endless/watch", deadline=Deadline.after(0.3)))

    assert caught.value.timed_out
    assert time.monotonic() - started < 2


def test_a_reply_beyond_the_limit_is_refused(colour: Colour) -> None:
    with pytest.raises(ReplyTooLargeError):
        colour.send(request("GET", "/books", max_response_bytes=10))


def test_a_closed_platform_is_a_transport_error(colour: Colour, shop: Bookshop) -> None:
    shop.close()

    with pytest.raises(TransportError) as caught:
        colour.send(request("GET", "/books"))

    assert caught.value.stage == "connect"


def test_a_platform_that_closes_meanwhile_ends_the_reply(shop: Bookshop) -> None:
    reply = InProcessTransport(shop).open(request("GET", "/books/endless/watch"))
    threading.Timer(0.1, shop.close).start()

    with pytest.raises(TransportError):
        for _ in reply.iter_bytes():
            pass
    reply.close()


def test_many_threads_share_one_transport(shop: Bookshop) -> None:
    transport = InProcessTransport(shop)
    statuses: list[int] = []

    def work() -> None:
        statuses.extend(transport.send(request("POST", "/books", b'{"title": "A"}')).status_code for _ in range(10))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert statuses == [201] * 80
    assert shop.store.count("book", namespace=None) == 81


def test_many_tasks_share_one_transport(shop: Bookshop) -> None:
    async def work() -> list[Response]:
        transport = AsyncInProcessTransport(shop)
        return await asyncio.gather(*(transport.send(request("GET", "/books/seeded")) for _ in range(50)))

    assert {reply.status_code for reply in asyncio.run(work())} == {200}


def test_a_cancelled_task_leaves_and_the_source_is_closed(shop: Bookshop) -> None:
    async def work() -> None:
        task = asyncio.ensure_future(AsyncInProcessTransport(shop).send(request("GET", "/books/endless/watch")))
        while not any(entry.events for entry in shop.journal.entries()):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(work())
    until = time.monotonic() + 3
    while shop.store.get("watcher", "last", namespace="") is None and time.monotonic() < until:
        time.sleep(0.01)

    assert shop.store.get("watcher", "last", namespace="") == {"left": True}


def test_a_handler_that_calls_its_own_platform_is_refused_instead_of_waiting_for_itself() -> None:
    calls: list[TransportError] = []
    handlers = Registry().include(registry)

    @handlers.page("GET", "/loop")
    def loop(ctx: Context) -> None:
        try:
            InProcessTransport(ctx.platform).send(request("GET", "/books"))
        except TransportError as error:
            calls.append(error)

    shop = Bookshop(api(), handlers)
    InProcessTransport(shop).send(Request("GET", "http://x/loop", []))

    assert [error.stage for error in calls] == ["connect"]
    shop.close()
