"""Progress callbacks: what they are told, and what they can do."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tandem import (
    AsyncHttpxTransport,
    Call,
    CallSettings,
    HttpxTransport,
)
from tandem._sources import PIECE

from .acme import CREATE, AcmeError, AcmeInvalidRequestError
from .conftest import MakeClient, MakeWorld, PlainAsyncClient, PlainClient, core_of
from .loopback import reply
from .uploading import (
    KEYED,
    OK,
    REFUSED,
    SIZE,
    Pipe,
    Steps,
    Upstream,
    a_file,
    content,
    upload,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_file(tmp_path, SIZE)


def test_progress_tells_what_is_sent_and_what_there_is(connect: MakeClient, path: Path) -> None:
    steps = Steps()

    with Upstream() as server:
        connect(server).call(upload(path, progress=steps))

    total = len(server.bodies[0])
    assert steps[0] == (0, total)
    assert steps[-1] == (total, total)
    assert steps == sorted(steps)
    assert max(after - before for (before, _), (after, _) in pairwise(steps)) == PIECE


def test_progress_of_what_has_no_length_knows_no_total(connect: MakeClient) -> None:
    steps = Steps()

    with Upstream() as server:
        connect(server).call(upload(Pipe(content()), progress=steps))

    assert (steps[0], steps[-1]) == ((0, None), (len(server.bodies[0]), None))


def test_progress_of_an_attempt_that_starts_again_starts_at_nothing(connect: MakeClient, path: Path) -> None:
    steps = Steps()

    with Upstream(REFUSED, OK) as server:
        connect(server).call(upload(path, progress=steps))

    half = len(steps) // 2
    assert steps.starts == 2
    assert steps[:half] == steps[half:]


def test_progress_is_told_of_any_body(connect: MakeClient) -> None:
    steps = Steps()
    create = Call(replace(CREATE, authenticated=False), body={"name": "x"}, options={"progress": steps})

    with Upstream(reply(b'{"data": {}}')) as server:
        connect(server).call(create)

    assert steps == [(0, 12), (12, 12)]
    assert b"content-length: 12\r\n" in server.requests[0].lower()


def test_progress_that_raises_ends_the_call_with_that_and_frees_its_connection(connect: MakeClient, path: Path) -> None:
    class StopPressedError(Exception):
        pass

    def stop(sent: int, total: int | None) -> None:
        if sent > PIECE:
            raise StopPressedError

    with Upstream() as server:
        client = connect(server, max_connections=1)
        for _ in range(3):
            with pytest.raises(StopPressedError):
                client.call(upload(path, KEYED, progress=stop))
        client.call(upload(path))

    assert len(server.bodies) == 1
    assert server.connections == 4


def test_an_asynchronous_progress_is_waited_for(path: Path) -> None:
    steps = Steps()

    async def tell(sent: int, total: int | None) -> None:
        await asyncio.sleep(0)
        steps(sent, total)

    async def main() -> None:
        async with PlainAsyncClient(core_of(AsyncHttpxTransport, server), CallSettings()) as client:
            await client.call(upload(path, progress=tell))

    with Upstream() as server:
        asyncio.run(main())

    assert steps[-1] == (len(server.bodies[0]),) * 2


def test_an_asynchronous_progress_of_a_synchronous_client_ends_the_call(path: Path) -> None:
    async def tell(sent: int, total: int | None) -> None:
        raise AssertionError(sent, total)

    with (
        Upstream() as server,
        PlainClient(core_of(HttpxTransport, server), CallSettings()) as client,
        pytest.raises(AcmeInvalidRequestError, match="client is a plain function"),
    ):
        client.call(upload(path, progress=tell))

    assert server.bodies == []


def test_progress_that_raises_when_all_is_sent_ends_the_call_once_the_reply_is_there(
    connect: MakeClient, path: Path
) -> None:
    class BarClosedError(Exception):
        pass

    def fail(sent: int, total: int | None) -> None:
        if sent == total:
            raise BarClosedError

    with Upstream() as server:
        client = connect(server, max_connections=1)
        with pytest.raises(BarClosedError) as caught:
            client.call(upload(path, KEYED, progress=fail))
        client.call(upload(path))

    assert caught.value.__notes__ == ["All of the body had been sent by then: the server may have acted on it."]
    assert (len(server.bodies), server.connections) == (2, 1)


def test_what_goes_wrong_when_all_is_sent_is_no_refusal_before_sending(path: Path) -> None:
    async def tell(sent: int, total: int | None) -> None:
        raise AssertionError(sent, total)

    def late(sent: int, total: int | None) -> object:
        return tell(sent, total) if sent == total else None

    with (
        Upstream() as server,
        PlainClient(core_of(HttpxTransport, server), CallSettings()) as client,
        pytest.raises(AcmeError, match=r"is a plain function.*All of the body had been sent") as caught,
    ):
        client.call(upload(path, progress=late))

    assert not isinstance(caught.value, AcmeInvalidRequestError)
    assert len(server.bodies) == 1


@pytest.mark.parametrize("progress", [None, 7, "print"])
def test_progress_that_cannot_be_called_is_refused(make: MakeWorld, progress: Any) -> None:
    with pytest.raises(AcmeInvalidRequestError, match="progress is a function of the bytes"):
        make().client.call(upload(b"x", progress=progress))
