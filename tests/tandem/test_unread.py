"""A connection on which bytes wait that nobody asked for takes no other request, in both colours."""

from __future__ import annotations

import asyncio
import inspect
import socket
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import pytest
import trustme

from tandem._wire._network import LimitedBackend
from tandem._wire._unread import AsyncWatchedBackend, WatchedBackend, has_unread

from .conftest import MakeSend
from .encrypted import TlsLoopback
from .loopback import Connection, Loopback, head, reply
from .test_tls import ask

FORGED = head(content_length=6) + b"forged"
LONG = 70_000  # more than is taken from a connection at once


@pytest.fixture
def stream(colour: str) -> Iterator[tuple[Any, socket.socket]]:
    """A watched connection, driven without await, and its other end."""
    with socket.create_server(("127.0.0.1", 0)) as listener, asyncio.Runner() as runner:
        backend: Any = WatchedBackend(LimitedBackend())
        if colour == "async":
            network: Any = httpcore.AnyIOBackend()
            backend = AsyncWatchedBackend(network)
        driven = Driven(backend, runner).connect_tcp("127.0.0.1", listener.getsockname()[1], 5)
        other, _ = listener.accept()
        with other:
            yield Driven(driven, runner), other
            Driven(driven, runner).close()


class Driven:
    """A backend or a stream of either colour, looking like a synchronous one."""

    def __init__(self, target: Any, runner: asyncio.Runner) -> None:
        self._target = target
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._target, "aclose" if name == "close" and hasattr(self._target, "aclose") else name)

        def call(*args: Any) -> Any:
            return self._settled(method(*args))

        return call

    def _settled(self, value: Any) -> Any:
        async def wait() -> Any:
            return await value

        return self._runner.run(wait()) if inspect.isawaitable(value) else value


def test_a_request_is_not_written_where_bytes_wait_behind_the_last_reply(stream: tuple[Any, socket.socket]) -> None:
    near, far = stream
    near.write(b"first", 5)
    far.sendall(b"reply")
    near.read(100, 5)
    far.sendall(b"more")

    with pytest.raises(httpcore.ConnectionNotAvailable):
        near.write(b"second", 5)

    assert far.recv(100) == b"first"


def test_a_request_is_not_written_where_the_other_end_has_closed(stream: tuple[Any, socket.socket]) -> None:
    near, far = stream
    near.write(b"first", 5)
    far.sendall(b"reply")
    near.read(100, 5)
    far.shutdown(socket.SHUT_WR)

    with pytest.raises(httpcore.ConnectionNotAvailable):
        near.write(b"second", 5)


def test_a_request_is_written_on_after_its_reply_has_begun(stream: tuple[Any, socket.socket]) -> None:
    near, far = stream
    near.write(b"first half, ", 5)
    far.sendall(b"reply")

    near.write(b"second half", 5)

    assert far.recv(100) == b"first half, second half"


def test_a_quiet_connection_takes_one_request_after_the_other(stream: tuple[Any, socket.socket]) -> None:
    near, far = stream
    for number in range(3):
        near.write(b"%d" % number, 5)
        assert far.recv(100) == b"%d" % number
        far.sendall(b"reply")
        assert near.read(100, 5) == b"reply"


@pytest.mark.parametrize("size", [10, LONG, 4 * LONG])
def test_what_stands_behind_a_reply_is_not_taken_for_the_next_one(sender: MakeSend, size: int) -> None:
    def one_packet(connection: Connection) -> bool:
        connection.raw.sendall(head(content_length=size) + b"x" * size + FORGED)
        return True

    with Loopback(one_packet, reply(b"true")) as server:
        send = sender()

        assert send(ask(server)).content == b"x" * size
        assert send(ask(server)).content == b"true"


def test_what_stands_behind_an_encrypted_reply_is_not_taken_for_the_next_one(
    sender: MakeSend, authority: trustme.CA, ca_bundle: str
) -> None:
    def two_records(connection: Connection) -> bool:
        with one_packet(connection.raw):
            connection.raw.sendall(head(content_length=5) + b"first")
            connection.raw.sendall(FORGED)
        return True

    with TlsLoopback(authority, "localhost", two_records, reply(b"true")) as server:
        send = sender(ca_bundle=ca_bundle)

        assert send(ask(server)).content == b"first"
        assert send(ask(server)).content == b"true"


@contextmanager
def one_packet(raw: socket.socket) -> Generator[None]:
    """What is sent inside leaves at once, at the end."""
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
    yield
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)


def test_what_a_layer_has_taken_from_the_socket_counts() -> None:
    class Taken:
        pending = 5

    class Layer:
        def __init__(self, **parts: Any) -> None:
            self.__dict__.update(parts)

        def get_extra_info(self, info: str) -> bool:
            return False

    assert not has_unread(Layer())
    assert has_unread(Layer(_incoming=Taken()))
    assert has_unread(Layer(_inner=Layer(_stream=Layer(_read_bio=Taken()))))
    assert has_unread(Layer(_stream=Layer(transport_stream=Layer(_protocol=Layer(read_queue=[b"x"])))))
