"""A whole client over a real socket: what only the sum of the parts can show."""

from __future__ import annotations

import pickle
import time
from dataclasses import replace
from typing import Any

import pytest
import trio

import tandem
from tandem import AsyncHttpxTransport, Call, CallSettings

from .acme import WATCH, AcmeDeadlineError, get
from .conftest import MakeClient, PlainAsyncClient, core_of
from .loopback import Loopback, cut_off, drip, raw, reply, stream_events


def watch() -> Call[Any]:
    return Call(replace(WATCH, authenticated=False), ("t1",))


def fetch(**options: Any) -> Call[Any]:
    return get(**options)._replace(operation=replace(get().operation, authenticated=False))


def test_a_call_survives_a_reset_connection(connect: MakeClient) -> None:
    with Loopback(cut_off, reply(b"", 503), reply(b'{"data": {"id": 7}}')) as server:
        thing = connect(server).call(fetch())

    assert thing.additional_properties == {"id": 7}
    assert thing.response_meta.attempts == 3


def test_a_deadline_bounds_a_body_that_only_drips(connect: MakeClient) -> None:
    with Loopback(drip) as server:
        started = time.monotonic()
        with pytest.raises(AcmeDeadlineError, match=r"Not done within the deadline of 0.3 s \(GET") as caught:
            connect(server).call(fetch(deadline=0.3))

    assert time.monotonic() - started < 1.5
    assert isinstance(pickle.loads(pickle.dumps(caught.value)), AcmeDeadlineError)


def test_a_truncated_body_is_asked_for_again(connect: MakeClient) -> None:
    with Loopback(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), reply(b'{"data": {}}')) as server:
        assert connect(server).call(fetch()).response_meta.attempts == 2


def test_a_stream_is_read_as_it_arrives_and_hung_up_at_once(connect: MakeClient) -> None:
    with Loopback(stream_events) as server:
        with connect(server).stream(watch()) as stream:
            for event in stream:
                assert getattr(event, "additional_properties", None) == {"n": 1}
                break
        assert server.hung_up.wait(5)


def test_a_stream_that_is_left_early_gives_its_connection_back_in_trio() -> None:
    async def main() -> None:
        async with PlainAsyncClient(core_of(AsyncHttpxTransport, server), CallSettings()) as client:
            async with client.stream(watch()) as stream:
                async for _ in stream:
                    break
            assert stream.last_event_id == "1"

    with Loopback(stream_events) as server:
        trio.run(main)
        assert server.hung_up.wait(5)


def test_a_list_that_is_left_early_leaves_nothing_behind_in_trio() -> None:
    async def main() -> None:
        call: Call[Any] = Call(
            tandem.Operation(
                name="l",
                method="GET",
                path="/l",
                host="core",
                decode=lambda item: item,
                result=("data",),
                authenticated=False,
                paginate="page",
            )
        )
        async with PlainAsyncClient(core_of(AsyncHttpxTransport, server), CallSettings()) as client:
            async for _ in client.paginate(call):
                break

    with Loopback(reply(b'{"data": [1, 2], "meta": {"has_more": true}}')) as server:
        trio.run(main)


def test_the_ceiling_holds_for_a_whole_call(connect: MakeClient) -> None:
    too_large = pytest.raises(tandem.ResponseDecodeError, match="larger than 1000 bytes")

    with Loopback(reply(b"x" * 5000)) as server, too_large:
        connect(server, max_response_bytes=1000).call(fetch())

    assert len(server.requests) == 1
