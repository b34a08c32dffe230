"""Pages that are fetched ahead of the one that is read."""

from __future__ import annotations

import asyncio
import gc
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any, cast

import pytest
import trio

from tandem import (
    Call,
    CallSettings,
    Client,
    Core,
    Headers,
    InvalidRequestError,
    Page,
    Request,
    Response,
    RetryPolicy,
    ServerError,
)
from tandem._paging._prefetch import Flight
from tandem._places import Signal, called_off, nap
from tests.blocking import Blocking

from .acme import CONVENTIONS, HISTORY, LIST
from .conftest import PlainAsyncClient, PlainClient

LATENCY = 0.03


class Pages:
    """Serves numbered pages of two items, each after a while; knows how many were asked for at once."""

    def __init__(
        self,
        total: int = 10,
        *,
        broken: int | None = None,
        left: int | None = None,
        style: str = "numbers",
        busy: bool = False,
    ) -> None:
        self.total = total
        self.busy = busy
        self.style = style
        self.broken = broken
        self.left = left
        self.asked: list[int] = []
        self.at_once = 0
        self.called_off = 0
        self._now = 0
        self._lock = threading.Lock()

    def arrives(self, request: Request) -> int:
        with self._lock:
            found = re.search(r"(?:page=|cursor=c)(\d+)", request.url)
            number = int(found[1]) if found else 1
            self.asked.append(number)
            self._now += 1
            self.at_once = max(self.at_once, self._now)
            return number

    def leaves(self, number: int) -> Response:
        with self._lock:
            self._now -= 1
            broken, self.broken = self.broken, None if number == self.broken else self.broken
        if number == broken:
            return Response(500, Headers([]), b"{}")
        if self.busy and number > 1:
            return Response(503, Headers([("Retry-After", "30")]), b"{}")
        limits = [] if self.left is None else [("X-RateLimit-Limit", "100"), ("X-RateLimit-Remaining", str(self.left))]
        return Response(200, Headers(limits), json.dumps(self._body(number)).encode())

    def _body(self, number: int) -> dict[str, Any]:
        items, more = [number * 10, number * 10 + 1], number < self.total
        if self.style == "cursor":
            pagination = {"has_more": more, "next_cursor": f"c{number + 1}" if more else None}
            return {"data": {"events": items, "pagination": pagination}}
        known = {} if self.style == "no total" else {"per_page": 2, "total_pages": self.total}
        return {"data": items, "meta": {"page": number, "has_more": more, **known}}


class Threads:
    """The transport of a synchronous client."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def send(self, request: Request) -> Response:
        number = self._pages.arrives(request)
        time.sleep(LATENCY)
        return self._pages.leaves(number)

    def open(self, request: Request) -> Any:
        raise AssertionError(request)

    def close(self) -> None:
        pass


class Tasks:
    """The transport of an asynchronous client."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def send(self, request: Request) -> Response:
        number = self._pages.arrives(request)
        try:
            await _pause()
        except asyncio.CancelledError:
            self._pages.called_off += 1
            raise
        return self._pages.leaves(number)

    async def open(self, request: Request) -> Any:
        raise AssertionError(request)

    async def aclose(self) -> None:
        pass


async def _pause() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        await trio.sleep(LATENCY)
    else:
        await asyncio.sleep(LATENCY)


def core_of(transport: Any) -> Core[Any, Any]:
    return Core(CONVENTIONS, {"core": "http://localhost"}, lambda: transport, rng=lambda: 0.0)


def settings() -> CallSettings:
    return CallSettings(retry=RetryPolicy(max_attempts=1))


def patient() -> CallSettings:
    return CallSettings(retry=RetryPolicy(max_attempts=9))


def flying() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "tandem-prefetch"]


def ended(threads: list[threading.Thread]) -> bool:
    for thread in threads:
        thread.join(5)
    return not any(thread.is_alive() for thread in threads)


def listing(most: Any, **query: Any) -> Call[Any]:
    return Call(replace(LIST, authenticated=False), query=query, options={"prefetch": most})


Connect = Callable[[Pages], Client]


@pytest.fixture(params=["sync", "async"])
def connect(request: pytest.FixtureRequest) -> Iterator[Connect]:
    with ExitStack() as stack:
        if request.param == "sync":
            yield lambda pages: stack.enter_context(PlainClient(core_of(Threads(pages)), settings()))
        else:
            runner = stack.enter_context(asyncio.Runner())

            def make(pages: Pages) -> Client:
                client = PlainAsyncClient(core_of(Tasks(pages)), settings())
                return cast("Client", stack.enter_context(Blocking(client, runner)))

            yield make


def test_the_order_is_kept(connect: Connect) -> None:
    walked = list(connect(Pages(10)).paginate(listing(4)))

    assert walked == [page * 10 + item for page in range(1, 11) for item in (0, 1)]


def test_each_page_is_asked_for_once(connect: Connect) -> None:
    pages = Pages(10)

    list(connect(pages).paginate(listing(4)))

    assert sorted(pages.asked) == list(range(1, 11))


@pytest.mark.parametrize("most", [1, 3])
def test_no_more_are_on_their_way_than_was_said(connect: Connect, most: int) -> None:
    pages = Pages(12)

    list(connect(pages).paginate(listing(most)))

    assert pages.at_once == most


def test_it_begins_with_the_page_that_was_asked_for(connect: Connect) -> None:
    pages = Pages(5)

    list(connect(pages).paginate(listing(4, page=3)))

    assert sorted(pages.asked) == [3, 4, 5]


def test_an_error_is_raised_at_its_place(connect: Connect) -> None:
    seen: list[int | None] = []

    with pytest.raises(ServerError, match="500"):
        seen.extend(page.page for page in connect(Pages(6, broken=3)).paginate(listing(4)).pages())

    assert seen == [1, 2]


def test_after_an_error_the_walk_goes_on_with_the_same_page() -> None:
    with PlainClient(core_of(Threads(Pages(6, broken=3))), settings()) as client:
        walk = client.paginate(listing(4)).pages()
        list(islice(walk, 2))
        with pytest.raises(ServerError):
            next(walk)

        assert [page.page for page in walk] == [3, 4, 5, 6]


def test_the_rate_limit_is_not_overdrawn(connect: Connect) -> None:
    pages = Pages(10, left=2)

    list(connect(pages).paginate(listing(8)))

    assert pages.at_once == 2


def test_a_list_that_does_not_say_how_long_it_is_goes_one_ahead(connect: Connect) -> None:
    pages = Pages(5, style="no total")

    assert len(list(connect(pages).paginate(listing(8)))) == 10
    assert pages.at_once == 1


def test_a_list_by_cursor_goes_one_ahead(connect: Connect) -> None:
    pages = Pages(4, style="cursor")
    call = listing(8)._replace(operation=replace(HISTORY, authenticated=False), path=("t1",))

    assert len(list(connect(pages).paginate(call))) == 8
    assert (pages.asked, pages.at_once) == ([1, 2, 3, 4], 1)


def test_leaving_the_loop_calls_off_what_is_on_its_way() -> None:
    pages = Pages(50)

    async def leave_early() -> None:
        async with PlainAsyncClient(core_of(Tasks(pages)), settings()) as client:
            async for _ in client.paginate(listing(8)):
                break
            gc.collect()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    asyncio.run(leave_early())

    assert pages.called_off == 8
    assert len(pages.asked) == 9


def test_leaving_the_loop_asks_for_no_more() -> None:
    pages = Pages(50)
    with PlainClient(core_of(Threads(pages)), settings()) as client:
        assert list(islice(client.paginate(listing(8)), 3)) == [10, 11, 20]
        time.sleep(3 * LATENCY)

    assert len(pages.asked) <= 10


def test_leaving_the_loop_ends_the_pauses_of_what_is_refused() -> None:
    pages = Pages(50, busy=True)
    with PlainClient(core_of(Threads(pages)), patient()) as client:
        walk = client.paginate(listing(8)).pages()
        next(walk)
        time.sleep(3 * LATENCY)
        threads = flying()

        del walk

        assert len(threads) == 8
        assert ended(threads)
    assert len(pages.asked) == 9


def test_closing_the_client_ends_the_pauses_of_what_is_refused() -> None:
    pages = Pages(50, busy=True)
    client = PlainClient(core_of(Threads(pages)), patient())
    walk = client.paginate(listing(8)).pages()
    next(walk)
    time.sleep(3 * LATENCY)
    threads = flying()

    client.close()

    assert len(threads) == 8
    assert ended(threads)
    with pytest.raises(InvalidRequestError, match="closed"):
        next(walk)


def test_closing_the_client_calls_off_what_is_on_its_way() -> None:
    pages = Pages(50, busy=True)

    async def close_early() -> int:
        client = PlainAsyncClient(core_of(Tasks(pages)), patient())
        walk = client.paginate(listing(8)).pages()
        await anext(walk)
        await asyncio.sleep(3 * LATENCY)
        await client.aclose()
        for _ in range(5):
            await asyncio.sleep(0)
        async with asyncio.timeout(5):
            with pytest.raises(InvalidRequestError, match="closed"):
                await anext(walk)
        return len(asyncio.all_tasks())

    assert asyncio.run(close_early()) == 1
    assert len(pages.asked) == 9


def test_a_page_that_was_called_off_is_fetched_when_somebody_wants_it_after_all() -> None:
    page, asked = Page([1], {}), threading.Event()

    def fetch(_: Call[Any]) -> Page[int]:
        first = not asked.is_set()
        asked.set()
        if first:
            nap(5)
            raise AssertionError("it went on")
        return page

    flight = Flight(fetch, listing(1))
    asked.wait()
    flight.cancel()

    assert flight.result() is page


def test_what_goes_on_whatever_becomes_of_the_caller_is_not_called_off() -> None:
    off, rested = threading.Event(), threading.Event()
    off.set()

    def work() -> None:
        nap(0)
        rested.set()

    context = copy_context()
    context.run(called_off.set, off)
    context.run(partial(Signal.launch, work))

    assert rested.wait(5)


@pytest.mark.parametrize("threads", [0, 5])
def test_without_more_threads_pages_are_fetched_when_they_are_due(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, started = threading.Thread.start, list[threading.Thread]()

    def refuse(thread: threading.Thread) -> None:
        if len(started) == threads:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with PlainClient(core_of(Threads(Pages(9))), settings()) as client:
        assert [page.page for page in client.paginate(listing(3)).pages()] == list(range(1, 10))
    assert len(started) == threads


def test_where_tasks_need_a_keeper_pages_are_fetched_when_they_are_due() -> None:
    pages = Pages(3)

    async def walk() -> list[int]:
        async with PlainAsyncClient(core_of(Tasks(pages)), settings()) as client:
            return [item async for item in client.paginate(listing(8))]

    assert trio.run(walk) == [10, 11, 20, 21, 30, 31]
    assert pages.at_once == 1


def test_pages_ahead_take_a_fraction_of_the_time(connect: Connect) -> None:
    client = connect(Pages(24))

    began = time.monotonic()
    list(client.paginate(listing(8)))

    assert time.monotonic() - began < 24 * LATENCY / 2


@pytest.mark.parametrize("most", [-1, 1.5, True, "8", 10_000])
def test_a_number_that_is_none_is_refused(connect: Connect, most: object) -> None:
    with pytest.raises(InvalidRequestError, match="prefetch is a number of pages from 0 to 100"):
        connect(Pages()).paginate(listing(most))
