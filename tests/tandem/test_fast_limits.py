"""What the fast transport leaves to httpx, and where it differs: each limit that its docstring names."""

from __future__ import annotations

import asyncio
import gc
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest
import trio
import trustme

from tandem import Request, Response, TransportError
from tandem._deadline import Deadline
from tandem._wire._pyreqwest import AsyncPyreqwestTransport, PyreqwestTransport

from .conftest import MakeSend
from .http2 import RefusingHttp2
from .loopback import Connection, Loopback, head, raw, reply, stay_silent, stream_events
from .test_httpx import ask, failure_of
from .test_recorders import Seen

FORKING = """
import os, sys
from tandem import Request
from tandem._wire._pyreqwest import PyreqwestTransport

notes = []
transport = PyreqwestTransport(note=notes.append)
request = Request("GET", sys.argv[1], [("accept", "*/*")], timeout=5)
transport.send(request)
child = os.fork()
for _ in range(3):
    transport.send(request)
assert notes == ([] if child else ["a child process"]), notes
transport.close()
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


THREADS = """
import os, sys, threading
from tandem import Request
from tandem._wire._pyreqwest import PyreqwestTransport

notes = []
request = Request("GET", sys.argv[1], [("accept", "*/*")], timeout=5)
transport = PyreqwestTransport(note=notes.append)

for number in [1] * 20 + [8]:
    threads = [threading.Thread(target=transport.send, args=[request]) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
assert notes == [], notes
child = os.fork()
transport.send(request)
assert notes == ([] if child else notes or "nothing"), notes
transport.close()
if not child:
    os._exit(0)
print([thread.name for thread in threading.enumerate()])
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


class Pieces:
    """A body that is read while it is sent."""

    length = None

    def __iter__(self) -> Iterator[bytes]:
        return iter([b"one", b"two"])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece


# -- what goes over httpx


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"content": b"x" * 300_000}, "a large body"),
        ({"content": Pieces()}, "a large body"),
        ({"url": "/a/%2e%2e/b"}, "an unusual URL"),
        ({"url": "/a|b"}, "an unusual URL"),
        ({"url": "/a?b='"}, "an unusual URL"),
        ({"headers": [("x-mine", "\xe9")]}, "a header that is not ASCII"),
        ({"timeout": None}, "a call without any limit of time"),
    ],
)
def test_what_the_library_would_change_goes_as_it_is(
    fast: MakeSend,
    noted: list[str],
    changes: dict[str, Any],
    reason: str,
) -> None:
    given: dict[str, Any] = {"url": "/x", "headers": [("accept", "*/*")], "content": b"", "timeout": 5, **changes}
    send = fast()
    with Loopback() as server:
        for _ in range(2):
            send(Request("POST", server.url + given.pop("url"), **given) if "url" in given else ask(server))

    assert noted == [reason]
    target = changes.get("url", "/x")
    assert server.requests[0].startswith(f"POST {target} HTTP/1.1\r\n".encode())


def test_the_first_timeouts_have_connections_of_their_own_and_the_others_go_over_httpx(
    fast: MakeSend,
    noted: list[str],
) -> None:
    send = fast()
    with Loopback() as server:
        for number in range(20):
            send(Request("GET", server.url, [("accept", "*/*")], timeout=5 + number % 10))

    assert noted == ["one timeout too many"]
    assert len(server.requests) == 20


def test_an_event_stream_is_read_over_httpx(noted: list[str]) -> None:
    transport = PyreqwestTransport(note=noted.append)
    with Loopback(stream_events) as server:
        with closing(transport.open(ask(server, stream=True))) as events:
            assert b'{"n": 1}' in next(iter(events.iter_bytes()))
        transport.close()

    assert noted == ["a reply that is read as it arrives"]


def test_a_child_process_goes_on_over_httpx() -> None:
    with Loopback() as server:
        subprocess.run([sys.executable, "-c", FORKING, server.url], check=True, timeout=30)

        assert len(server.requests) == 7
        assert server.connections == 2


def test_threads_that_end_may_be_the_first_to_call() -> None:
    with Loopback() as server:
        run = subprocess.run(
            [sys.executable, "-c", THREADS, server.url], timeout=60, capture_output=True, text=True, check=False
        )

    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == "['MainThread', 'keeps pyreqwest']\n"


def test_where_no_thread_can_load_the_library_calls_go_over_httpx(
    noted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("tandem._wire._loading._LIBRARY", "pyreqwest.that_nobody_loaded")
    monkeypatch.setattr("tandem._wire._loading.Keeper.start", refuse)
    transport, replies = PyreqwestTransport(note=noted.append), list[Response]()
    with Loopback() as server, closing(transport):
        thread = threading.Thread(target=lambda: replies.append(transport.send(ask(server))))
        thread.start()
        thread.join(10)

    assert [each.status_code for each in replies] == [200]
    assert noted == ["pyreqwest cannot be used: ImportError"]


def test_an_event_loop_outside_the_main_thread_goes_over_httpx(noted: list[str]) -> None:
    async def main() -> None:
        transport = AsyncPyreqwestTransport(note=noted.append)
        await transport.send(ask(server))
        await transport.aclose()

    with Loopback() as server:
        thread = threading.Thread(target=lambda: asyncio.run(main()))
        thread.start()
        thread.join(10)

    assert len(server.requests) == 1
    assert noted == ["an event loop outside the main thread"]


def test_trio_goes_over_httpx(noted: list[str]) -> None:
    async def main() -> None:
        transport = AsyncPyreqwestTransport(note=noted.append)
        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(transport.send, ask(server))
        await transport.aclose()

    with Loopback() as server:
        trio.run(main)

    assert len(server.requests) == 10
    assert noted == ["an event loop that is not asyncio's"]


def test_a_recorder_sees_what_is_sent_while_it_is_there(
    fast: MakeSend,
    noted: list[str],
) -> None:
    send, seen = fast(), Seen()
    with Loopback(reply(b"one"), reply(b"two")) as server:
        before = send(ask(server))
        with seen.standing_in(httpx.Response(201, content=b"mocked")):
            during = send(ask(server))
        after = send(ask(server))

    assert [before.content, during.content, after.content] == [b"one", b"mocked", b"two"]
    assert (len(seen), noted) == (1, ["a recorder"])


def test_a_library_that_cannot_be_used_is_done_without(
    fast: MakeSend,
    noted: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no authorities")

    monkeypatch.setattr("tandem._wire._native.Clients._make", broken)
    with Loopback() as server:
        assert fast()(ask(server)).status_code == 200

    assert noted == ["pyreqwest cannot be used: RuntimeError"]


# -- what differs


def test_the_timeout_bounds_all_that_comes_before_the_head(fast: MakeSend) -> None:
    def drip_head(connection: Connection) -> bool:
        for byte in head(200, content_length=0):
            connection.raw.sendall(bytes([byte]))
            time.sleep(0.02)
        return True

    with Loopback(drip_head) as server:
        error = failure_of(fast(), Request("GET", server.url, [("accept", "*/*")], timeout=0.3))

    assert (error.stage, error.timed_out) == ("exchange", True)


def test_a_body_may_take_longer_than_the_timeout(fast: MakeSend) -> None:
    def drip_body(connection: Connection) -> bool:
        connection.raw.sendall(head(200, content_length=20))
        for _ in range(20):
            connection.raw.sendall(b"x")
            time.sleep(0.03)
        return True

    with Loopback(drip_body) as server:
        response = fast()(Request("GET", server.url, [("accept", "*/*")], timeout=0.3))

    assert response.content == b"x" * 20


def test_a_header_that_is_not_ascii_is_left_out(fast: MakeSend) -> None:
    odd = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: 1\r\nX-Mood: caf\xe9\r\nX-A: 2\r\n\r\n{}"
    with Loopback(raw(odd)) as server:
        response = fast()(ask(server))

    assert dict(response.headers) == {"content-length": "2", "x-a": "1, 2"}
    assert response.content == b"{}"


@pytest.mark.parametrize("headers", [{f"x_{number}": "y" for number in range(101)}, {"x_odd": "\x01"}])
def test_a_reply_with_odd_or_too_many_headers_is_none(
    fast: MakeSend,
    headers: dict[str, Any],
) -> None:
    with Loopback(reply(b"{}", **headers)) as server:
        assert failure_of(fast(), ask(server)).stage == "exchange"


@pytest.mark.parametrize(("method", "sent", "status"), [("GET", 10, None), ("GET", 70_000, 201), ("POST", 10, 201)])
def test_of_a_reply_to_get_that_breaks_off_early_the_head_is_lost(
    fast: MakeSend, method: str, sent: int, status: int | None
) -> None:
    with Loopback(raw(head(201, content_length=80_000) + b"x" * sent)) as server:
        error = failure_of(fast(), Request(method, server.url, [("accept", "*/*")], timeout=5))

    assert error.stage == "reply"
    assert (None if error.reply is None else error.reply.status_code) == status


def test_an_interrupt_is_heard_when_the_wait_ends() -> None:
    def hear(number: int, frame: object) -> None:
        heard.append(time.monotonic())

    heard: list[float] = []
    usual = signal.signal(signal.SIGINT, hear)
    transport = PyreqwestTransport()
    try:
        with Loopback(stay_silent) as server:
            started = time.monotonic()
            interrupt = threading.Timer(0.1, signal.raise_signal, [signal.SIGINT])
            interrupt.start()
            failure_of(transport.send, Request("GET", server.url, [("accept", "*/*")], timeout=0.5))
            interrupt.join()
    finally:
        signal.signal(signal.SIGINT, usual)
        transport.close()

    assert 0.4 < heard[0] - started < 3


def test_a_call_that_is_cancelled_ends_at_once_and_its_request_with_the_timeout() -> None:
    async def main() -> float:
        transport = AsyncPyreqwestTransport(max_connections=1)
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await transport.send(Request("GET", server.url, [("accept", "*/*")], timeout=1))
        took = time.monotonic() - started
        assert (
            await transport.send(ask(server, deadline=Deadline.after(5)))
        ).content == b"2"  # it has its turn once that request has ended
        await asyncio.to_thread(ended.wait, 5)
        await transport.aclose()
        return took

    def wait_for_the_end(connection: Connection) -> bool:
        if connection.wait_for_the_end():
            ended.set()
        return False

    ended = threading.Event()
    with Loopback(wait_for_the_end, reply(b"2")) as server:
        took = asyncio.run(main())

    assert took < 0.8
    assert ended.is_set()


def test_requests_of_cancelled_calls_count_as_connections_until_they_end() -> None:
    async def main() -> None:
        transport = AsyncPyreqwestTransport(max_connections=2)
        for _ in range(6):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await transport.send(ask(server))
        with pytest.raises(TransportError, match="no connection became free") as caught:
            await transport.send(ask(server, deadline=Deadline.after(0.1)))
        assert caught.value.stage == "connect"
        assert server.connections <= 2

        go_on.set()
        for _ in range(3):
            assert (await transport.send(ask(server, deadline=Deadline.after(5)))).content == b"{}"
        await transport.aclose()

    def slowly(connection: Connection) -> bool:
        go_on.wait(10)
        return reply(b"{}")(connection)

    go_on = threading.Event()
    with Loopback(slowly) as server:
        asyncio.run(main())

    assert len(server.requests) == 5


def test_a_loop_may_end_before_the_requests_of_its_cancelled_calls(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        transport = AsyncPyreqwestTransport()
        forgotten = asyncio.create_task(transport.send(ask(server)))
        await asyncio.to_thread(begun.wait, 5)
        await transport.aclose()
        assert not forgotten.done()

    def slowly(connection: Connection) -> bool:
        begun.set()
        go_on.wait(10)
        reply(b"{}")(connection)
        return connection.wait_for_the_end()

    begun, go_on = threading.Event(), threading.Event()
    with Loopback(slowly) as server:
        asyncio.run(main())
        go_on.set()

    gc.collect()
    assert caplog.messages == []


def test_what_a_server_of_http_2_hands_back_is_sent_three_times(
    fast: MakeSend, authority: trustme.CA, ca_bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", ca_bundle)
    with RefusingHttp2(authority, "localhost") as server:
        error = failure_of(fast(), Request("POST", server.url, [("accept", "*/*")], b"{}", timeout=5))

    assert (error.stage, server.streams) == ("exchange", [1, 3, 5])
