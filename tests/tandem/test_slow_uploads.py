"""Uploads that take their time: deadlines, early replies, cancelled calls, memory."""

from __future__ import annotations

import asyncio
import os
import socket
import tracemalloc
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO

import pytest

from tandem import (
    APIStatusError,
    APITimeoutError,
    AsyncHttpxTransport,
    CallSettings,
    Request,
)
from tandem._multipart import encode_multipart

from .acme import AcmeDeadlineError
from .conftest import MakeClient, MakeSend, PlainAsyncClient, core_of
from .loopback import Connection, Play, head
from .uploading import (
    KEYED,
    MB,
    OK,
    HeadFirst,
    Upstream,
    a_file,
    content,
    upload,
)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """More than a network takes before somebody reads it."""
    return a_file(tmp_path, 64 * MB)


def wait_for_the_end_of_the_test(connection: Connection) -> bool:
    connection.server.over.wait(20)
    return False


def test_a_deadline_bounds_an_upload_that_nobody_takes(connect: MakeClient, large: Path) -> None:
    with (
        Upstream(wait_for_the_end_of_the_test, reads=False) as server,
        pytest.raises(AcmeDeadlineError, match="within the deadline"),
    ):
        connect(server).call(upload(large, KEYED, deadline=0.4))

    assert len(server.requests) == 1


def test_a_server_that_takes_nothing_is_a_timeout_and_no_reason_to_send_again(connect: MakeClient, large: Path) -> None:
    with Upstream(wait_for_the_end_of_the_test, reads=False) as server, pytest.raises(APITimeoutError):
        connect(server).call(upload(large, timeout=0.3))

    assert len(server.requests) == 1


def say_no_more(connection: Connection) -> bool:
    connection.raw.shutdown(socket.SHUT_WR)
    return wait_for_the_end_of_the_test(connection)


@pytest.mark.parametrize("afterwards", [say_no_more, wait_for_the_end_of_the_test])
def test_a_refusal_is_heard_before_the_body_is_sent(connect: MakeClient, large: Path, afterwards: Play) -> None:
    def too_large(connection: Connection) -> bool:
        connection.raw.sendall(head(413, content_length=0))
        return afterwards(connection)

    with Upstream(too_large, reads=False) as server, pytest.raises(APIStatusError, match="413"):
        connect(server).call(upload(large))


@pytest.mark.parametrize("early", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"])
def test_what_a_server_says_on_the_way_stops_no_upload(connect: MakeClient, large: Path, early: bytes) -> None:
    def talkative(connection: Connection) -> bool:
        assert isinstance(connection, HeadFirst)
        connection.raw.sendall(early)
        sizes.append(sum(len(piece) for piece in connection.body()))
        connection.raw.sendall(b"{}" if b"200" in early else head(content_length=2) + b"{}")
        return True

    sizes: list[int] = []
    with Upstream(talkative, reads=False) as server:
        assert connect(server).call(upload(large)) == {}

    assert sizes[0] > 64 * 1024 * 1024


@pytest.fixture
def silent_pipe() -> Iterator[IO[bytes]]:
    """A pipe into which nobody writes."""
    reads, writes = os.pipe()
    with os.fdopen(reads, "rb", buffering=0) as file:
        yield Dammed(file)  # type: ignore[misc]  # it has what is asked of it
        os.close(writes)


class Dammed:
    """A file whose reads wait, all but the empty one."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner = inner

    def read(self, size: int) -> bytes:
        return self._inner.read(size) if size else b""


def test_a_loop_goes_on_while_a_file_is_read_and_nobody_waits_for_a_read_that_is_called_off(
    silent_pipe: IO[bytes],
) -> None:
    async def main() -> int:
        beats = 0
        async with PlainAsyncClient(core_of(AsyncHttpxTransport, server), CallSettings()) as client:
            task = asyncio.create_task(client.call(upload(silent_pipe, deadline=0.3)))
            while not task.done():
                await asyncio.sleep(0.01)
                beats += 1
            with pytest.raises(AcmeDeadlineError):
                await task
        return beats

    with Upstream() as server:
        assert asyncio.run(main()) > 3


def test_an_upload_that_is_cancelled_frees_its_connection(large: Path) -> None:
    begun = asyncio.Event()

    def progress(sent: int, total: int | None) -> None:
        if sent:
            begun.set()

    async def main() -> None:
        transport = partial(AsyncHttpxTransport, max_connections=1)
        async with PlainAsyncClient(core_of(transport, server), CallSettings()) as client:
            task = asyncio.create_task(client.call(upload(large, progress=progress)))
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await client.call(upload(b"small", deadline=5))

    with Upstream() as server:
        asyncio.run(main())

    assert [b"small" in body for body in server.bodies] == [True]


@pytest.mark.parametrize("kind", ["bytes", "multipart"])
def test_a_large_body_in_memory_is_not_copied(sender: MakeSend, kind: str) -> None:
    def read_and_forget(connection: Connection) -> bool:
        assert isinstance(connection, HeadFirst)
        return sum(len(piece) for piece in connection.body()) > 0 and OK(connection)

    body = content(32 * 1024 * 1024)
    send = sender()
    with Upstream(read_and_forget, reads=False) as server:
        request = Request("POST", server.url, [], b"warm", timeout=10)
        send(request)
        tracemalloc.start()
        try:
            request.content = body if kind == "bytes" else encode_multipart({"file": body})[0]
            send(request)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak < 4 * 1024 * 1024
