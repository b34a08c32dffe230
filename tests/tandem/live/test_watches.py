"""Following one thing until it is done, whatever happens to the connection."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from tandem import (
    APIStatusError,
    AsyncHttpxTransport,
    Call,
    CallSettings,
    Core,
    InvalidRequestError,
    NotFoundError,
    RetryPolicy,
)
from tandem._live._watches import AsyncWatch
from tests.tandem.acme import CONVENTIONS, AcmeDeadlineError
from tests.tandem.conftest import PlainAsyncClient
from tests.tandem.loopback import head

from .conftest import GREETING, QUICK, Live, Things
from .server import LIVE, LOOK, LiveServer, Peer

Connect = Callable[..., Live]


def versions(updates: Any) -> list[int]:
    return [update["version"] for update in updates]


def test_the_first_update_is_the_state_as_it_is_and_the_last_one_is_final(live: Live, server: LiveServer) -> None:
    server.change("t1")
    with live.watch() as updates:
        first = next(updates)
        server.change("other")
        server.change("t1")
        server.change("t1", state="done")
        server.change("t1")

        assert [first, *updates] == [
            {"id": "t1", "version": 1},
            {"id": "t1", "version": 2},
            {"id": "t1", "version": 3, "state": "done"},
        ]
    assert (server.connected, server.looks) == (1, 1)


def test_what_is_done_already_is_told_once(live: Live, server: LiveServer) -> None:
    server.change("t1", state="done")

    assert versions(live.watch()) == [1]


def test_a_loop_to_the_end_leaves_no_connection_behind(live: Live, server: LiveServer) -> None:
    server.change("t1", state="done")

    for _ in live.watch():
        pass

    server.wait_until_empty()
    assert server.goodbyes == 1


def test_what_happened_while_there_was_no_connection_is_asked_for(live: Live, server: LiveServer) -> None:
    server.change("t1")
    with live.watch() as updates:
        next(updates)
        server.drop_all()
        server.things["t1"] = {"id": "t1", "version": 9, "state": "done"}  # and nobody is told

        assert versions(updates) == [9]
    assert server.connected == 2


def test_an_update_comes_once_whether_it_was_told_or_found(live: Live, server: LiveServer) -> None:
    server.change("t1")
    server.on_connect = lambda peer: server.publish({"type": "thing.changed", **server.things["t1"]})
    with live.watch() as updates:
        next(updates)
        server.drop_all()
        threading.Timer(0.1, server.change, ("t1",), {"state": "done"}).start()

        assert versions(updates) == [2]


@pytest.mark.parametrize("refusal", [head(404, content_length=0), head(200, content_length=0), head(426)])
def test_the_state_is_asked_for_again_and_again_where_there_is_no_channel(
    live: Live, server: LiveServer, refusal: bytes
) -> None:
    server.change("t1")
    server.refusal = refusal
    updates = live.watch()

    first = next(updates)
    threading.Timer(0.1, server.change, ("t1",), {"state": "done"}).start()

    assert versions([first, *updates]) == [1, 2]
    assert server.looks > 2
    assert sum(request.startswith(b"GET /live") for request in server.requests) == 1


@pytest.mark.parametrize("when", ["at once", "later"])
def test_the_state_is_asked_for_at_the_interval_once_the_subscription_is_refused(
    live: Live, server: LiveServer, when: str
) -> None:
    server.change("t1")
    refusal = {"type": "error", "error": {"code": "NOT_FOUND", "message": "no such channel"}}
    if when == "at once":
        server.on_connect = lambda peer: peer.say(json.dumps(refusal))

    with live.watch(interval=0.02) as updates:
        first = next(updates)
        if when == "later":
            server.publish(refusal)
        threading.Timer(0.2, server.things["t1"].update, (), {"version": 2, "state": "done"}).start()

        assert versions([first, *updates]) == [1, 2]
    assert server.looks > 2
    assert server.connected == 1


def test_a_missing_library_is_told_once_and_the_state_is_asked_for(
    live: Live, server: LiveServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "websockets.protocol", None)
    server.change("t1")
    updates = live.watch()

    with caplog.at_level(logging.WARNING, "tandem"):
        first = next(updates)
        threading.Timer(0.1, server.change, ("t1",), {"state": "done"}).start()
        assert versions([first, *updates]) == [1, 2]

    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "pip install websockets" in caplog.text


def test_a_channel_that_fails_for_a_while_is_tried_again(live: Live, server: LiveServer) -> None:
    server.change("t1")
    server.refusal = head(503, content_length=0)
    with live.watch() as updates:
        first = next(updates)
        server.refusal = None
        while not server.peers:
            time.sleep(0.001)  # in the sync colour nobody connects while nobody asks
            if server.looks:
                break
        threading.Timer(0.2, server.change, ("t1",), {"state": "done"}).start()

        assert versions([first, *updates]) == [1, 2]
        assert server.connected == 1


def test_an_outage_that_ends_is_survived(live: Live, server: LiveServer) -> None:
    server.change("t1")
    with live.watch() as updates:
        next(updates)
        server.outage = server.refusal = head(503, content_length=0)
        server.drop_all()
        server.things["t1"] = {"id": "t1", "version": 2, "state": "done"}
        looks = server.looks
        threading.Thread(target=end_outage, args=(server, looks + 3)).start()

        assert versions(updates) == [2]


def end_outage(server: LiveServer, looks: int) -> None:
    while server.looks < looks:
        time.sleep(0.001)
    server.outage = server.refusal = None


def test_an_outage_that_lasts_is_told(connect: Connect, server: LiveServer) -> None:
    server.change("t1")
    with connect(retry=RetryPolicy(max_attempts=2, base=0.001)).watch() as updates:
        next(updates)
        server.outage = server.refusal = head(503, content_length=0)
        looks = server.looks
        server.drop_all()

        with pytest.raises(APIStatusError):
            next(updates)

    assert server.looks - looks == 4  # two questions, two attempts each


def test_what_is_not_there_is_an_error_at_once_and_what_is_deleted_at_the_next_question(
    live: Live, server: LiveServer
) -> None:
    with pytest.raises(NotFoundError):
        next(live.watch())

    server.change("t1")
    with live.watch() as updates:
        next(updates)
        del server.things["t1"]
        server.drop_all()
        with pytest.raises(NotFoundError):
            next(updates)
        assert list(updates) == []


@pytest.mark.parametrize("refusal", [None, head(404, content_length=0)], ids=["listening", "asking"])
def test_a_deadline_bounds_it_all(live: Live, server: LiveServer, refusal: bytes | None) -> None:
    server.change("t1")
    server.refusal = refusal

    with live.watch(deadline=0.3) as updates, pytest.raises(AcmeDeadlineError):
        list(updates)


@pytest.mark.parametrize("where", ["listening", "asking", "a question", "a connection"])
def test_the_error_of_a_deadline_names_the_number_that_was_given(live: Live, server: LiveServer, where: str) -> None:
    server.change("t1")
    server.refusal = head(404, content_length=0) if where == "asking" else None
    over = threading.Event()

    def wait(*asked: bytes) -> bytes:
        over.wait(5)
        return b""

    if where == "a question":
        server.on_look = wait
    if where == "a connection":
        server.handshake = wait

    with live.watch(deadline=0.3) as updates, pytest.raises(AcmeDeadlineError, match=r"the deadline of 0\.3 s") as late:
        list(updates)
    over.set()

    assert late.value.path == "/things/{id}"


@pytest.mark.parametrize("interval", [0, -1, float("nan"), "5", True])
def test_an_interval_that_is_none_is_refused(live: Live, interval: Any) -> None:
    with pytest.raises(InvalidRequestError, match="interval"):
        live.watch(interval=interval)


def test_a_watch_ends_with_its_client(live: Live, server: LiveServer) -> None:
    server.change("t1")
    updates = live.watch()
    next(updates)
    live.client.close()

    with pytest.raises(InvalidRequestError, match="closed"):
        next(updates)


@pytest.mark.parametrize("refusal", [None, head(404, content_length=0)], ids=["listening", "asking"])
def test_close_ends_the_wait_of_another_thread_at_once(server: LiveServer, refusal: bytes | None) -> None:
    server.change("t1")
    server.refusal = refusal
    with ExitStack() as stack:
        updates = Live("sync", server.url, stack, {}).watch(interval=60)
        next(updates)
        started = time.monotonic()
        closer = threading.Timer(0.1, updates.close)
        closer.start()

        assert list(updates) == []
        assert time.monotonic() - started < 10
        closer.join()


@pytest.mark.parametrize("refusal", [None, head(404, content_length=0)], ids=["listening", "asking"])
def test_aclose_ends_the_wait_of_another_task_at_once(server: LiveServer, refusal: bytes | None) -> None:
    server.change("t1")
    server.refusal = refusal

    async def main(updates: AsyncWatch[Any]) -> None:
        await anext(updates)
        waiting = asyncio.create_task(anext(updates, None))
        await asyncio.sleep(0.05)
        await updates.aclose()
        assert await waiting is None

    run(server, main)


def test_the_first_update_does_not_wait_for_a_channel_that_stays_mute(live: Live, server: LiveServer) -> None:
    server.change("t1")
    server.answers_pings = False
    started = time.monotonic()

    with live.watch() as updates:
        assert next(updates) == {"id": "t1", "version": 1}
        assert time.monotonic() - started < 10


def test_once_a_mute_channel_says_anything_the_state_is_asked_for_again(live: Live, server: LiveServer) -> None:
    server.change("t1")
    server.answers_pings = False
    with live.watch() as updates:
        first = next(updates)
        server.things["t1"] = {"id": "t1", "version": 2}  # and nobody is told
        server.publish({"type": "thing.changed", "id": "other", "version": 1})
        second = next(updates)
        server.change("t1", state="done")

        assert versions([first, second, *updates]) == [1, 2, 3]
    assert (server.connected, server.looks) == (1, 2)


def test_what_a_mute_channel_says_at_last_is_no_second_update(live: Live, server: LiveServer) -> None:
    server.change("t1")
    server.answers_pings = False
    with live.watch() as updates:
        first = next(updates)
        server.publish({"type": "thing.changed", **server.things["t1"]})
        server.change("t1")
        server.change("t1", state="done")

        assert versions([first, *updates]) == [1, 3]
    assert server.looks == 2


def test_a_mute_channel_is_replaced_as_one_that_falls_silent(connect: Connect, server: LiveServer) -> None:
    server.change("t1")
    server.answers_pings = False
    with connect(idle_timeout=0.4).watch() as updates:
        first = next(updates)
        started = time.monotonic()
        server.things["t1"] = {"id": "t1", "version": 2, "state": "done"}  # and nobody is told

        assert versions([first, *updates]) == [1, 2]
        assert 0.2 < time.monotonic() - started < 5


def test_a_wait_that_is_called_off_loses_nothing(server: LiveServer) -> None:
    server.change("t1")

    async def main(updates: AsyncWatch[Any]) -> None:
        found = [await anext(updates)]
        for number in range(20):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(updates), 0.001 * number)
            if number % 3 == 0:
                server.drop_all()
        server.change("t1")
        server.change("t1", state="done")
        found += [update async for update in updates]
        assert versions(found) in ([1, 2, 3], [1, 3])
        assert server.things["t1"] == found[-1]

    run(server, main)


def run(server: LiveServer, main: Callable[[AsyncWatch[Any]], Any]) -> None:
    async def watch() -> None:
        core: Core[Any, Any] = Core(CONVENTIONS, {"core": server.url}, AsyncHttpxTransport)
        async with PlainAsyncClient(core, CallSettings(retry=QUICK)) as client:
            look = Call(LOOK, ("t1",))
            made = AsyncWatch(client, look, Call(LIVE), greeting=GREETING, tracker=Things("t1"), interval=60)
            async with made as updates:
                await main(updates)

    asyncio.run(watch())


def test_a_peer_that_drops_every_connection_does_not_keep_the_state_from_being_seen(
    live: Live, server: LiveServer
) -> None:
    server.change("t1")
    server.on_connect = Peer.drop
    with live.watch() as updates:
        next(updates)
        server.things["t1"] = {"id": "t1", "version": 2, "state": "done"}

        assert versions(updates) == [2]
