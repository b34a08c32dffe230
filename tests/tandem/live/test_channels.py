"""Live channels over real sockets: subscribed, kept going, left."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

import httpx
import pytest
import trio
import trustme

from tandem import (
    APIStatusError,
    AsyncHttpxTransport,
    CallSettings,
    ConfigurationError,
    Core,
    HttpxTransport,
    InvalidRequestError,
    NotFoundError,
    ResponseDecodeError,
    RetryPolicy,
    StreamGap,
    StreamInterruptedError,
    UnknownEvent,
)
from tandem._calls import Call
from tandem._live._channels import AsyncLiveChannel
from tests.tandem.acme import CONVENTIONS, AcmeDeadlineError
from tests.tandem.conftest import PlainAsyncClient
from tests.tandem.loopback import head
from tests.tandem.proxying import LocalProxy

from .conftest import GREETING, QUICK, Live
from .server import LIVE, LiveServer, Peer, TlsLiveServer, handshake

Connect = Callable[..., Live]
GAP = StreamGap(None, None)


def test_the_subscription_stands_when_the_block_begins(live: Live, server: LiveServer) -> None:
    with live.channel({"type": "subscribe", "channel": "a"}, {"type": "subscribe", "channel": "b"}):
        assert [wish["channel"] for wish in server.peers[0].heard] == ["a", "b"]


def test_messages_come_in_order_and_whatever_is_no_object_is_an_unknown_event(live: Live, server: LiveServer) -> None:
    with live.channel() as messages:
        server.publish({"type": "new.kind", "n": 1})
        server.publish([1])
        server.peers[0].say("no json")
        server.peers[0].say(b"\xff")
        server.peers[0].binary(b'{"n": 2}')

        found = [next(messages) for _ in range(5)]

    assert found == [
        {"type": "new.kind", "n": 1},
        UnknownEvent("", [1]),
        UnknownEvent("", "no json"),
        UnknownEvent("", b"\xff"),
        {"n": 2},
    ]


def test_the_first_message_that_is_asked_for_opens_a_channel_too(live: Live, server: LiveServer) -> None:
    server.on_connect = lambda peer: peer.say('{"n": 1}')
    messages = live.channel()

    assert next(iter(messages)) == {"n": 1}
    messages.close()


@pytest.mark.parametrize("how", ["broken", "closed", "garbage", "too large"])
def test_a_connection_that_ends_is_replaced_with_a_gap_between(connect: Connect, server: LiveServer, how: str) -> None:
    ends: dict[str, Callable[[Peer], None]] = {
        "broken": Peer.drop,
        "closed": lambda peer: peer.leave(1012, "restart"),
        "garbage": lambda peer: peer.raw(b"\xff\xff\xff\xff"),
        "too large": lambda peer: peer.say("x" * 2000),
    }
    with connect(max_response_bytes=1000).channel() as messages:
        server.publish({"n": 1})
        first = next(messages)
        ends[how](server.peers[0])
        gap = next(messages)
        server.publish({"n": 2})
        second = next(messages)

        assert [first, gap, second] == [{"n": 1}, GAP, {"n": 2}]
        assert server.peers[-1].heard == GREETING
        assert messages.reconnects == 1


def test_a_connection_without_a_sign_of_life_is_replaced(connect: Connect, server: LiveServer) -> None:
    with connect(idle_timeout=0.2).channel() as messages:
        server.answers_pings = False
        server.on_connect = lambda peer: peer.say('{"n": 2}')

        assert [next(messages), next(messages)] == [GAP, {"n": 2}]


def test_a_connection_that_answers_but_has_nothing_to_say_is_kept(connect: Connect, server: LiveServer) -> None:
    later = threading.Timer(0.6, server.publish, ({"n": 1},))
    with connect(idle_timeout=0.4).channel() as messages:
        later.start()

        assert next(messages) == {"n": 1}

    later.join()
    assert server.connected == 1
    assert server.pings > 1


def test_the_questions_of_the_server_are_answered(live: Live, server: LiveServer) -> None:
    with live.channel() as messages:
        server.peers[0].ping()
        server.publish({"n": 1})
        server.publish({"n": 2})
        next(messages)
        next(messages)
        server.publish({"n": 3})
        next(messages)

    server.wait_until_empty()
    assert server.pongs == 1


def test_as_many_connections_in_a_row_as_attempts_are_the_end(connect: Connect, server: LiveServer) -> None:
    server.on_connect = Peer.drop

    with pytest.raises(StreamInterruptedError, match="3 times in a row"):
        connect(retry=RetryPolicy(max_attempts=3, base=0.001)).channel().__enter__()

    assert server.connected == 3


@pytest.mark.parametrize(("status", "error"), [(404, NotFoundError), (403, APIStatusError), (503, APIStatusError)])
def test_a_refusal_is_an_error_of_ours(live: Live, server: LiveServer, status: int, error: type[Exception]) -> None:
    server.refusal = head(status, content_length=0)

    with pytest.raises(error), live.channel():
        pass


@pytest.mark.parametrize("status", [200, 101])
def test_an_answer_that_begins_no_websocket_is_an_error_of_ours(live: Live, server: LiveServer, status: int) -> None:
    fields = {"upgrade": "websocket", "connection": "Upgrade", "sec_websocket_accept": "that=of=another"}
    server.refusal = head(200, content_length=0) if status == 200 else head(101, **fields)

    with pytest.raises(ResponseDecodeError), live.channel():
        pass


REFUSED = {"type": "error", "error": {"code": "NOT_FOUND", "message": "no such channel"}, "request_id": "req-1"}


def test_what_is_refused_over_a_connection_is_an_error_of_ours_too(live: Live, server: LiveServer) -> None:
    with live.channel() as messages:
        server.publish(REFUSED)

        with pytest.raises(NotFoundError) as refused:
            next(messages)

    assert str(refused.value) == "404 NOT_FOUND: no such channel (GET /live, request req-1)"
    assert refused.value.body == REFUSED


def test_a_block_does_not_begin_where_the_subscription_was_refused_by_then(live: Live, server: LiveServer) -> None:
    server.on_connect = lambda peer: peer.say(json.dumps(REFUSED))

    with pytest.raises(NotFoundError):
        live.channel().__enter__()

    server.wait_until_empty()


def test_a_refusal_ends_the_loop_and_the_connection(live: Live, server: LiveServer) -> None:
    messages = live.channel()
    messages.__enter__()
    server.publish(REFUSED)

    with pytest.raises(NotFoundError):
        next(messages)

    server.wait_until_empty()
    assert list(messages) == []


@pytest.mark.parametrize(
    "said", [{}, {"error": "no"}, {"error": {"code": "NEW"}}, {"error": [1]}, {"code": 5}], ids=str
)
def test_a_refusal_for_a_reason_that_is_not_known_is_one_all_the_same(
    live: Live, server: LiveServer, said: dict[str, Any]
) -> None:
    with live.channel() as messages:
        server.publish({"type": "error", **said})

        with pytest.raises(APIStatusError) as refused:
            next(messages)

    assert refused.value.status_code == 101


def test_what_came_before_a_refusal_is_given(live: Live, server: LiveServer) -> None:
    with live.channel() as messages:
        server.publish({"n": 1})
        server.publish(REFUSED)

        assert next(messages) == {"n": 1}
        with pytest.raises(NotFoundError):
            next(messages)


def test_the_remedy_is_named_where_the_library_is_missing(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "websockets.protocol", None)

    with pytest.raises(ConfigurationError, match="pip install websockets"), live.channel():
        pass


def test_a_deadline_bounds_it_all(live: Live) -> None:
    with live.channel(deadline=0.3) as messages, pytest.raises(AcmeDeadlineError):
        next(messages)


def test_a_subscription_that_cannot_be_said_is_refused_before_anything_is_sent(live: Live, server: LiveServer) -> None:
    with pytest.raises(InvalidRequestError, match="subscription"):
        live.channel({"filters": {"a": object()}})

    assert server.connections == 0


def test_whoever_leaves_says_goodbye(live: Live, server: LiveServer) -> None:
    with live.channel() as messages:
        pass

    assert list(messages) == []
    assert messages.closed
    server.wait_until_empty()
    assert server.goodbyes == 1


def test_a_channel_ends_with_its_client(connect: Connect, server: LiveServer) -> None:
    live = connect()
    messages = live.channel()
    messages.__enter__()
    live.client.close()

    with pytest.raises(InvalidRequestError, match="closed"):
        next(messages)


def test_close_ends_the_wait_of_another_thread(server: LiveServer) -> None:
    with ExitStack() as stack, Live("sync", server.url, stack, {}).channel() as messages:
        closer = threading.Timer(0.1, messages.close)
        closer.start()

        assert list(messages) == []
        closer.join()


def test_close_ends_the_wait_for_a_server_that_does_not_listen(server: LiveServer) -> None:
    server.answers_pings = False
    with ExitStack() as stack:
        messages = Live("sync", server.url, stack, {}).channel()
        closer = threading.Timer(0.1, messages.close)
        closer.start()

        with messages:
            assert list(messages) == []
        closer.join()


@pytest.mark.parametrize("when", ["at first", "again"])
def test_close_ends_the_wait_for_a_connection(server: LiveServer, when: str) -> None:
    answer, asked = threading.Event(), threading.Event()

    def late(request: bytes) -> bytes:
        asked.set()
        assert answer.wait(5)
        return handshake(request)

    with ExitStack() as stack:
        messages = Live("sync", server.url, stack, {}).channel()
        if when == "again":
            messages.__enter__()
            server.drop_all()
        server.handshake = late
        ended = thread_of(lambda: [*messages])
        assert asked.wait(5)
        messages.close()

        assert ended.wait(2)
        assert messages.closed
        answer.set()
        server.wait_until_empty()  # what comes too late is not kept


def test_close_ends_the_pauses_between_attempts_to_connect(server: LiveServer) -> None:
    server.refusal = head(503, content_length=0, retry_after=60)
    with ExitStack() as stack:
        messages = Live("sync", server.url, stack, {}).channel()
        ended = thread_of(lambda: [*messages])
        while not server.requests:
            time.sleep(0.001)
        messages.close()

        assert ended.wait(2)
    assert len(server.requests) == 1


def thread_of(work: Callable[[], object]) -> threading.Event:
    """Does this in a thread of its own; set once it has come to its end without an error."""
    ended = threading.Event()

    def run() -> None:
        work()
        ended.set()

    threading.Thread(target=run, daemon=True).start()
    return ended


@pytest.mark.parametrize("when", ["at first", "again"])
def test_aclose_ends_the_wait_for_a_connection(server: LiveServer, when: str) -> None:
    answer, asked = threading.Event(), threading.Event()

    def late(request: bytes) -> bytes:
        asked.set()
        assert answer.wait(5)
        return handshake(request)

    async def main() -> None:
        async with client_of(server) as client:
            messages: AsyncLiveChannel[Any] = AsyncLiveChannel(client, Call(LIVE), GREETING)
            if when == "again":
                await messages.__aenter__()
                server.drop_all()
            server.handshake = late
            waiting = asyncio.create_task(anext(messages, None))
            assert await asyncio.to_thread(asked.wait, 5)
            await messages.aclose()

            assert await asyncio.wait_for(waiting, 2) is None
            assert messages.closed
        answer.set()

    asyncio.run(main())


def test_where_no_more_threads_can_be_had_it_connects_all_the_same(
    server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = threading.Thread.start

    def no_more(thread: threading.Thread) -> None:
        if thread.name == "tandem-live":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", no_more)
    server.on_connect = lambda peer: peer.say('{"n": 1}')

    with ExitStack() as stack, Live("sync", server.url, stack, {}).channel() as messages:
        assert next(messages) == {"n": 1}


def test_aclose_ends_the_wait_of_another_task(server: LiveServer) -> None:
    async def main() -> None:
        async with client_of(server) as client, AsyncLiveChannel(client, Call(LIVE), GREETING) as messages:
            waiting = asyncio.create_task(anext(messages, None))
            await asyncio.sleep(0.05)
            await messages.aclose()
            assert await waiting is None

    asyncio.run(main())


def test_a_wait_that_is_called_off_loses_nothing(server: LiveServer) -> None:
    async def main() -> None:
        async with client_of(server) as client, AsyncLiveChannel(client, Call(LIVE), GREETING) as messages:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(messages), 0.05)
            server.publish({"n": 1})
            assert await anext(messages) == {"n": 1}

    asyncio.run(main())


def test_it_works_in_trio_too(server: LiveServer) -> None:
    async def main() -> None:
        async with client_of(server) as client, AsyncLiveChannel(client, Call(LIVE), GREETING) as messages:
            server.publish({"n": 1})
            assert await anext(messages) == {"n": 1}
            server.drop_all()
            assert await anext(messages) == GAP

    trio.run(main)


def test_it_works_over_a_client_of_the_users_own(colour: str, connect: Connect, server: LiveServer) -> None:
    own: Any = httpx.Client() if colour == "sync" else httpx.AsyncClient()
    transport = HttpxTransport(own) if colour == "sync" else AsyncHttpxTransport(own)

    with connect(transport=lambda: transport).channel() as messages:
        server.publish({"n": 1})
        assert next(messages) == {"n": 1}


def test_it_goes_over_tls_and_through_a_tunnel_like_any_call(
    colour: str, authority: trustme.CA, ca_bundle: str
) -> None:
    kind: Any = HttpxTransport if colour == "sync" else AsyncHttpxTransport
    with TlsLiveServer(authority, "api.acme.test") as server, LocalProxy() as proxy, ExitStack() as stack:
        server.on_connect = lambda peer: peer.say('{"n": 1}')
        transport = partial(kind, proxy=proxy.url, ca_bundle=ca_bundle)
        with Live(colour, server.url, stack, {"transport": transport}).channel() as messages:
            assert next(messages) == {"n": 1}

    assert proxy.asked[0].startswith(b"CONNECT api.acme.test:")


def test_the_handshake_carries_what_the_caller_adds_and_no_question(live: Live, server: LiveServer) -> None:
    with live.channel(extra_headers={"X-Mine": "1"}):
        pass

    assert server.requests[0].startswith(b"GET /live HTTP/1.1\r\n")
    assert b"x-mine: 1\r\n" in server.requests[0].lower()


def test_what_comes_with_the_handshake_is_not_lost(live: Live, server: LiveServer) -> None:
    def eager(request: bytes) -> bytes:
        message = json.dumps({"n": 1}).encode()
        return handshake(request) + bytes([0x81, len(message)]) + message

    server.handshake = eager

    with live.channel() as messages:
        assert next(messages) == {"n": 1}


def client_of(server: LiveServer) -> PlainAsyncClient:
    core: Core[Any, Any] = Core(CONVENTIONS, {"core": server.url}, AsyncHttpxTransport)
    return PlainAsyncClient(core, CallSettings(retry=QUICK))
