"""The default transport over real sockets, in both colours, and the fast one where both keep the same promise."""

from __future__ import annotations

import asyncio
import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx
import pytest

from tandem import AsyncHttpxTransport, HttpxTransport, Request, Response, TransportError
from tandem._deadline import Deadline
from tandem._transport import ReplyTooLargeError
from tandem._wire._arriving import failure
from tandem._wire._tls import tls_context

from .conftest import MakeSend
from .loopback import (
    Connection,
    Loopback,
    cut_off,
    drip,
    drip_head,
    hang_up,
    head,
    raw,
    reply,
    stay_silent,
    zipped,
)

Send = Callable[[Request], Response]


@pytest.fixture(params=["httpx", "pyreqwest"])
def send(request: pytest.FixtureRequest, colour: str, sender: MakeSend, fast: MakeSend) -> Send:
    """Sends through a transport of either kind and colour."""
    return sender() if request.param == "httpx" else fast()


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """A small reply that stands for 200 MB."""
    return gzip.compress(b"x" * 200_000_000, 9)


def ask(server: Loopback, **settings: Any) -> Request:
    return Request("GET", f"{server.url}/x", [("accept", "*/*")], timeout=5, **settings)


def failure_of(send: Send, request: Request) -> TransportError:
    with pytest.raises(TransportError) as caught:
        send(request)
    return caught.value


@contextmanager
def crowded() -> Generator[str]:
    """The URL of a server that takes no more connections, but does not refuse them either."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_a_reply_is_read_whole(send: Send) -> None:
    with Loopback(reply(b"hello", 207, X_Odd="1")) as server:
        response = send(Request("POST", f"{server.url}/p?q=1", [("x-mine", "2")], b"body", timeout=5))

    assert (response.status_code, response.content, response.headers["x-odd"]) == (207, b"hello", "1")
    assert server.requests[0].startswith(b"POST /p?q=1 HTTP/1.1\r\n")
    assert b"x-mine: 2\r\n" in server.requests[0]
    assert server.requests[0].endswith(b"\r\n\r\nbody")


def test_a_connection_is_used_again(send: Send) -> None:
    with Loopback() as server:
        for _ in range(5):
            send(ask(server))

    assert (server.connections, len(server.requests)) == (1, 5)


def test_a_connection_that_the_server_closed_is_replaced(send: Send) -> None:
    with Loopback(raw(head(content_length=0, connection="close")), reply(b"2")) as server:
        send(ask(server))

        assert send(ask(server)).content == b"2"


def test_a_refused_connection_proves_that_nothing_was_seen(send: Send) -> None:
    with Loopback() as server:
        pass

    error = failure_of(send, ask(server))
    assert (error.stage, error.timed_out) == ("connect", False)


@pytest.mark.parametrize("play", [hang_up, cut_off, raw(b"\x16\x03\x01 nonsense\r\n\r\n"), raw(b"HTTP/1.1 2")])
def test_no_reply_may_mean_that_the_server_has_seen_the_request(send: Send, play: Any) -> None:
    with Loopback(play) as server:
        error = failure_of(send, ask(server))

    assert (error.stage, error.timed_out) == ("exchange", False)


@pytest.mark.parametrize(
    "play",
    [
        raw(head(content_length=100) + b"ten bytes!"),
        raw(head(transfer_encoding="chunked") + b"5\r\nhello\r\n"),
        raw(head(transfer_encoding="chunked") + b"zz\r\nhello\r\n"),
        raw(head(content_length=5, content_encoding="gzip") + b"hello"),
        reply(gzip.compress(gzip.compress(b"x")), content_encoding="gzip, gzip"),
    ],
)
def test_a_body_that_is_cut_or_broken_is_no_reply(send: Send, play: Any) -> None:
    with Loopback(play) as server:
        error = failure_of(send, ask(server))

    assert error.stage == "reply"


@pytest.mark.parametrize("length", ["abc", "-1", "1, 2", "9" * 30])
def test_a_length_that_is_none_is_an_error_of_ours(send: Send, length: str) -> None:
    with Loopback(raw(head(content_length=length) + b"hello")) as server:
        failure_of(send, ask(server))


def test_a_compressed_body_is_unpacked(send: Send) -> None:
    with Loopback(zipped(b"hello" * 1000)) as server:
        assert send(ask(server)).content == b"hello" * 1000


@pytest.mark.parametrize("play", [reply(b"x" * 2000), zipped(b"x" * 5_000_000)])
def test_a_body_over_the_ceiling_is_not_read(send: Send, play: Any) -> None:
    with Loopback(play, reply(b"ok")) as server:
        error = failure_of(send, ask(server, max_response_bytes=1000))

        assert isinstance(error, ReplyTooLargeError)
        assert send(ask(server, max_response_bytes=1000)).content == b"ok"


def test_a_body_of_just_the_ceiling_is_read(send: Send) -> None:
    with Loopback(reply(b"x" * 1000)) as server:
        assert len(send(ask(server, max_response_bytes=1000)).content) == 1000


def test_silence_is_a_timeout(send: Send) -> None:
    with Loopback(stay_silent) as server:
        error = failure_of(send, Request("GET", server.url, [], timeout=0.1))

    assert (error.stage, error.timed_out) == ("exchange", True)
    assert str(error) == "the server stayed silent for too long"


def test_a_connection_that_is_never_made_is_a_timeout(send: Send) -> None:
    with crowded() as url:
        error = failure_of(send, Request("GET", url, [], timeout=0.3))

    assert (error.stage, error.timed_out) == ("connect", True)
    assert str(error) == "no connection was made in time"


def test_a_request_that_nobody_takes_is_a_timeout(send: Send) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        error = failure_of(send, Request("POST", url, [], b"x" * 20_000_000, timeout=0.3))

    assert (error.stage, error.timed_out) == ("exchange", True)
    assert str(error) == "the server took no more of the request for too long"


def test_a_name_that_is_not_found_in_time_is_told() -> None:
    error = failure(httpcore.ConnectTimeout("the name slow.test was not found in time"))

    assert (str(error), error.stage, error.timed_out) == ("the name slow.test was not found in time", "connect", True)


@pytest.mark.parametrize("play", [drip, drip_head, stay_silent])
def test_a_deadline_ends_a_reply_that_only_drips(send: Send, play: Any) -> None:
    with Loopback(play) as server:
        started = time.monotonic()
        error = failure_of(send, ask(server, deadline=Deadline.after(0.3)))
        took = time.monotonic() - started

    assert error.timed_out
    assert 0.25 < took < 1.5


def test_a_redirect_is_not_followed(send: Send) -> None:
    with Loopback() as elsewhere, Loopback(reply(b"", 302, location=elsewhere.url)) as server:
        assert send(ask(server)).status_code == 302

    assert elsewhere.requests == []


def test_what_cannot_be_written_is_not_quoted(send: Send) -> None:
    with Loopback() as server:
        error = failure_of(send, Request("GET", server.url, [("authorization", "Bearer canary\r\n")]))

    assert "canary" not in str(error)


def test_threads_queue_for_a_connection_as_long_as_they_may_wait() -> None:
    def slowly(connection: Connection) -> bool:
        connection.raw.sendall(head(content_length=6))
        for _ in range(6):
            time.sleep(0.05)
            connection.raw.sendall(b"x")
        return True

    with Loopback(slowly) as server:
        transport = HttpxTransport(max_connections=1)
        errors: list[Exception] = []

        def work() -> None:
            try:
                transport.send(Request("GET", server.url, [], timeout=0.2))
            except Exception as error:  # shown by the test
                errors.append(error)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        transport.close()

    assert errors == []
    assert (server.connections, len(server.requests)) == (1, 4)


@pytest.mark.parametrize("play", [hang_up, cut_off])
def test_a_used_connection_that_breaks_says_no_more_than_a_new_one(send: Send, play: Any) -> None:
    with Loopback(reply(b"1"), play, reply(b"3")) as server:
        send(ask(server))
        error = failure_of(send, ask(server))

        assert (error.stage, error.timed_out) == ("exchange", False)
        assert send(ask(server)).content == b"3"

    assert server.connections == 2


@pytest.mark.parametrize(
    ("content", "encoding", "reason"),
    [
        (gzip.compress(b"hello" * 999, mtime=0)[:-9], "gzip", "does not end where it should"),
        (gzip.compress(b"hello", mtime=0) + b"more", "gzip", "does not end where it should"),
        (b"not gzip at all", "gzip", "not compressed as it says"),
        (b"hello", "br", "in a way that was not asked for"),
        (b"hello", "gzip, gzip", "more than once"),
    ],
)
def test_a_body_that_is_compressed_badly_is_no_reply(send: Send, content: bytes, encoding: str, reason: str) -> None:
    with Loopback(reply(content, content_encoding=encoding), reply(b"2")) as server:
        error = failure_of(send, ask(server))

        assert (error.stage, reason in str(error)) == ("reply", True)
        assert send(ask(server)).content == b"2"


@pytest.mark.parametrize("wbits", [15, -15, 31])
def test_deflate_is_read_with_and_without_its_header(send: Send, wbits: int) -> None:
    engine = zlib.compressobj(wbits=wbits)
    content = engine.compress(b"hello" * 1000) + engine.flush()

    with Loopback(reply(content, content_encoding="deflate")) as server:
        assert send(ask(server)).content == b"hello" * 1000


def test_a_bomb_is_unpacked_no_further_than_the_ceiling(send: Send, bomb: bytes) -> None:
    tracemalloc.start()

    with Loopback(reply(bomb, content_encoding="gzip")) as server:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        failure_of(send, ask(server, max_response_bytes=1_000_000))
        peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()

    assert peak < 10_000_000


def test_your_own_client_is_used_and_never_closed() -> None:
    with Loopback() as server, httpx.Client(headers={"X-Own": "1"}) as own:
        transport = HttpxTransport(own)
        transport.send(ask(server))
        transport.close()

        assert not own.is_closed
        transport.send(ask(server))

    assert b"X-Own: 1\r\n" in server.requests[0]
    assert "your client" in repr(transport)


def test_your_own_asynchronous_client_is_used_and_never_closed() -> None:
    async def main() -> None:
        async with httpx.AsyncClient(headers={"X-Own": "1"}) as own:
            transport = AsyncHttpxTransport(own)
            await transport.send(ask(server))
            await transport.aclose()
            assert not own.is_closed

    with Loopback() as server:
        asyncio.run(main())
    assert b"X-Own: 1\r\n" in server.requests[0]


def test_a_closed_transport_may_be_used_again(send: Send) -> None:
    with Loopback() as server:
        transport = HttpxTransport()
        transport.send(ask(server))
        transport.close()
        transport.close()
        transport.send(ask(server))
        transport.close()

    assert server.connections == 2
    assert "its own pool" in repr(transport)


def test_all_transports_share_one_tls_context() -> None:
    assert tls_context() is tls_context()
