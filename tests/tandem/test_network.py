"""Deadlines over real sockets, and the addresses of a host."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpcore
import pytest

from tandem import AsyncHttpxTransport, HttpxTransport, Request, Response, TransportError
from tandem._deadline import Deadline
from tandem._network import LimitedBackend
from tandem._reading import time_limit

from .loopback import Connection, Loopback, head, stay_silent

Send = Callable[[Request], Response]


@pytest.fixture
def send(colour: str) -> Iterator[Send]:
    """Sends through a transport of either colour."""
    if colour == "sync":
        transport = HttpxTransport()
        yield transport.send
        transport.close()
        return
    with asyncio.Runner() as runner:
        other = AsyncHttpxTransport()
        yield lambda request: runner.run(other.send(request))
        runner.run(other.aclose())


def a_byte_a_second(connection: Connection, content: bytes) -> bool:
    for number in range(len(content)):
        connection.raw.sendall(content[number : number + 1])
        if connection.server.over.wait(1):
            break
    return False


def drip_body(connection: Connection) -> bool:
    connection.raw.sendall(head(content_length=30))
    return a_byte_a_second(connection, b"x" * 30)


def drip_head(connection: Connection) -> bool:
    return a_byte_a_second(connection, head(content_length=30))


@pytest.mark.parametrize("play", [drip_body, drip_head, stay_silent])
def test_a_deadline_is_met_however_slowly_a_reply_drips(send: Send, play: Any) -> None:
    with Loopback(play) as server:
        send_early(send, server)
        started = time.monotonic()
        with pytest.raises(TransportError, match="the deadline passed") as caught:
            send(Request("GET", server.url, [], timeout=20, deadline=Deadline.after(1.3)))
        late = time.monotonic() - started - 1.3
        server.over.set()

    print(f"{late * 1000:.1f} ms after the deadline")
    assert caught.value.timed_out
    assert -0.02 < late < 0.25


def send_early(send: Send, server: Loopback) -> None:
    """One call that brings no reply, so that the time that the libraries need to load is not measured."""
    with pytest.raises(TransportError):
        send(Request("GET", server.url, [], timeout=20, deadline=Deadline.after(0.05)))


def test_a_deadline_is_met_by_a_body_that_nobody_takes(send: Send) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(TransportError, match="the deadline passed"):
            send(Request("POST", url, [], b"x" * 30_000_000, timeout=20, deadline=Deadline.after(0.5)))

        assert time.monotonic() - started < 1.0


def test_without_a_deadline_each_silence_has_its_timeout(send: Send) -> None:
    def slowly(connection: Connection) -> bool:
        connection.raw.sendall(head(content_length=8))
        for _ in range(8):
            time.sleep(0.05)
            connection.raw.sendall(b"x")
        return True

    with Loopback(slowly) as server:
        assert send(Request("GET", server.url, [], timeout=0.3)).content == b"x" * 8


def test_a_host_is_tried_at_each_of_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    def two(host: str, port: int) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]

    with Loopback() as server:
        monkeypatch.setattr("tandem._network._addresses", two)
        port = int(server.url.rpartition(":")[2])
        stream = LimitedBackend().connect_tcp("api.test", port, 2)

        assert stream.get_extra_info("server_addr") == ("127.0.0.1", port)
        stream.close()


@pytest.mark.parametrize("host", ["a" * 70, "", "no such host", "host.invalid"])
def test_a_host_without_an_address_is_not_connected_to(send: Send, host: str) -> None:
    with pytest.raises(TransportError) as caught:
        send(Request("GET", f"http://{host}/", [], timeout=5))

    assert not caught.value.timed_out


def test_a_name_that_cannot_be_one_is_a_failed_connection() -> None:
    with pytest.raises(httpcore.ConnectError):
        LimitedBackend().connect_tcp("a" * 70, 80, 1)


def test_nothing_is_begun_after_the_deadline() -> None:
    late = Deadline(0.0)

    with Loopback() as server:
        stream = LimitedBackend().connect_tcp("127.0.0.1", int(server.url.rpartition(":")[2]), 2)
        with time_limit(late):
            with pytest.raises(httpcore.ConnectTimeout):
                LimitedBackend().connect_tcp("127.0.0.1", 1, 5)
            with pytest.raises(httpcore.ReadTimeout):
                stream.read(1, 5)
            with pytest.raises(httpcore.WriteTimeout):
                stream.write(b"x", 5)
        stream.close()
