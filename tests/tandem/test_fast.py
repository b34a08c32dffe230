"""The fast transport over real sockets, in both colours, beside what it shares with the default one."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import trustme

from tandem import Request, Response
from tandem._deadline import Deadline
from tandem._transport import TransportError
from tandem._wire import _homes
from tandem._wire._homes import AsyncHome
from tandem._wire._pyreqwest import AsyncPyreqwestTransport, PyreqwestTransport

from .conftest import MakeSend
from .encrypted import TlsLoopback
from .http2 import Http2Loopback
from .loopback import Connection, Loopback, drip, hang_up, head, raw, reply, stay_silent
from .proxying import LocalProxy
from .test_httpx import ask, crowded, failure_of

Send = Callable[[Request], Response]


@pytest.fixture
def send(fast: MakeSend, noted: list[str]) -> Iterator[Send]:
    yield fast()
    assert noted == [], "it went over httpx"


ALONE = """
import sys
from tandem import Request
from tandem._wire._pyreqwest import PyreqwestTransport

transport = PyreqwestTransport()
assert transport.send(Request("GET", sys.argv[1], [("accept", "*/*")], timeout=5)).status_code == 200
transport.close()
print("httpx" in sys.modules)
"""


ENDING = """
import asyncio, sys, threading, time
from tandem import Request
from tandem._wire._pyreqwest import AsyncPyreqwestTransport

async def main():
    loop = asyncio.get_running_loop()
    wake = loop._write_to_self

    def slowly():
        wake()
        if threading.get_ident() != threading.main_thread().ident:
            for _ in range(200):
                time.sleep(0.001)

    loop._write_to_self = slowly
    print((await AsyncPyreqwestTransport().send(Request("GET", sys.argv[1], [], timeout=5))).status_code)

asyncio.run(main())
"""


def test_who_goes_this_way_does_not_load_httpx() -> None:
    with Loopback() as server:
        run = subprocess.run(
            [sys.executable, "-c", ALONE, server.url], check=True, timeout=30, capture_output=True, text=True
        )

    assert run.stdout.strip() == "False"


# -- requests


def test_headers_arrive_as_they_are(send: Send) -> None:
    with Loopback() as server:
        send(Request("GET", f"{server.url}/x", [("b", "1"), ("accept", "*/*"), ("a", "2"), ("b", "3")], timeout=5))

    lines = server.requests[0].decode().lower().split("\r\n")
    assert [line for line in lines if line[:2] in {"a:", "b:"}] == ["b: 1", "b: 3", "a: 2"]
    assert "cookie" not in server.requests[0].decode().lower()


@pytest.mark.parametrize(("method", "count"), [("POST", 1), ("PUT", 1), ("PATCH", 1), ("GET", 0), ("DELETE", 0)])
def test_a_write_without_a_body_says_so(send: Send, method: str, count: int) -> None:
    with Loopback() as server:
        send(Request(method, server.url, [("accept", "*/*")], timeout=5))

    assert server.requests[0].lower().count(b"content-length: 0\r\n") == count


def test_no_cookie_is_kept(send: Send) -> None:
    with Loopback(reply(b"{}", set_cookie="a=b")) as server:
        for _ in range(2):
            send(ask(server))

    assert b"a=b" not in server.requests[1]


# -- failures


def test_a_connection_that_is_never_accepted_proves_that_nothing_was_seen(send: Send) -> None:
    with crowded() as url:
        error = failure_of(send, Request("GET", url, [], timeout=0.3))

    assert (error.stage, error.timed_out) == ("connect", True)


def test_what_came_before_a_reply_to_a_write_broke_off_is_told(send: Send) -> None:
    with Loopback(raw(head(201, content_length=9, x_request_id="req_1") + b"half")) as server:
        error = failure_of(send, Request("POST", server.url, [("accept", "*/*")], timeout=5))

    assert error.reply is not None
    assert (error.reply.status_code, error.reply.headers["x-request-id"], error.reply.content) == (201, "req_1", b"")


def test_a_deadline_that_has_passed_ends_a_call_at_once(send: Send) -> None:
    with Loopback(stay_silent) as server:
        error = failure_of(send, ask(server, deadline=Deadline.after(0.0)))

    assert error.timed_out


def test_a_reply_that_is_not_read_to_its_end_keeps_no_connection(send: Send) -> None:
    with Loopback(drip) as server:
        failure_of(send, ask(server, max_response_bytes=2))

        assert server.hung_up.wait(5)


def test_no_secret_is_in_a_frame(send: Send) -> None:
    with Loopback(hang_up) as server, pytest.raises(TransportError) as caught:
        send(Request("GET", f"{server.url}/x", [("authorization", "Bearer canary")], timeout=5))

    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    frames = [frame for frame in told.stack if frame.filename.endswith("_pyreqwest.py")]
    assert frames
    assert "canary" not in str([frame.locals for frame in frames])


@pytest.mark.parametrize("is_there", [True, False])
def test_no_secret_of_a_url_is_in_what_was_raised_before(send: Send, is_there: bool) -> None:
    with Loopback(hang_up) as server:
        request = Request("GET", f"{server.url}/x?token=canary", [("accept", "*/*")], timeout=5)
        error: BaseException | None = failure_of(send, request)
    if not is_there:
        error = failure_of(send, request)

    told = ""
    while error is not None:
        told += f"{error!r} {error} {vars(error)}"
        error = error.__cause__ or error.__context__
    assert "ConnectError" in told
    assert "canary" not in told


# -- the end of the process


def test_a_process_ends_when_the_library_has_let_go_of_its_loop() -> None:
    with Loopback() as server:
        run = subprocess.run(
            [sys.executable, "-c", ENDING, server.url], timeout=60, capture_output=True, text=True, check=False
        )

    assert (run.returncode, run.stdout, run.stderr) == (0, "200\n", "")


def test_each_process_lets_the_library_finish_once_and_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def register(*registered: Any) -> None:
        told.append(registered)

    def wait() -> None:
        waits.append(None)

    told: list[tuple[Any, ...]] = []
    waits: list[None] = []
    monkeypatch.setattr("atexit.register", register)
    monkeypatch.setattr("pyreqwest.client.SyncClientBuilder", wait)
    monkeypatch.setattr(_homes, "_ending", set[object]())
    for name in ("parent", "parent", "child"):
        monkeypatch.setattr(_homes, "process", partial(str, name))
        AsyncHome.builder()

    for finish, *given in told:
        finish(*given)

    assert (len(told), len(waits)) == (2, 1)


# -- connections


def test_as_many_requests_are_under_way_as_there_may_be_connections() -> None:
    def work() -> None:
        transport.send(ask(server))

    busy, most = 0, 0

    def count(connection: Connection) -> bool:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        time.sleep(0.02)
        busy -= 1
        return reply(b"{}")(connection)

    transport = PyreqwestTransport(max_connections=3)
    with Loopback(count) as server:
        threads = [threading.Thread(target=work) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        transport.close()

    assert len(server.requests) == 20
    assert most <= 3


def test_tasks_wait_for_their_turn_no_longer_than_their_deadline() -> None:
    async def main() -> None:
        transport = AsyncPyreqwestTransport(max_connections=1)
        first = asyncio.create_task(transport.send(ask(server)))
        await asyncio.to_thread(begun.wait, 5)
        with pytest.raises(TransportError, match="no connection became free") as caught:
            await transport.send(ask(server, deadline=Deadline.after(0.1)))
        assert caught.value.stage == "connect"
        go_on.set()
        await first
        await transport.aclose()

    def slowly(connection: Connection) -> bool:
        begun.set()
        go_on.wait(5)
        return reply(b"{}")(connection)

    begun, go_on = threading.Event(), threading.Event()
    with Loopback(slowly) as server:
        asyncio.run(main())

    assert len(server.requests) == 1


def test_one_transport_works_in_two_event_loops() -> None:
    transport = AsyncPyreqwestTransport()
    with Loopback() as server:
        for _ in range(2):
            assert asyncio.run(transport.send(ask(server))).status_code == 200
        asyncio.run(transport.aclose())


def test_closing_ends_the_connections(colour: str) -> None:
    with Loopback() as server:
        if colour == "sync":
            transport = PyreqwestTransport()
            transport.send(ask(server))
            transport.close()
        else:
            asyncio.run(_use_and_close(server))

        for thread in server._threads[1:]:  # pyright: ignore[reportPrivateUsage]  # each serves a connection to its end
            thread.join(5)
            assert not thread.is_alive()


async def _use_and_close(server: Loopback) -> None:
    transport = AsyncPyreqwestTransport()
    await transport.send(ask(server))
    await transport.aclose()


# -- the way to the server


def test_a_certificate_of_the_environment_is_trusted(
    fast: MakeSend, authority: trustme.CA, ca_bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TlsLoopback(authority, "localhost") as server:
        assert "certificate" in str(failure_of(fast(), ask(server)))

        monkeypatch.setenv("SSL_CERT_FILE", ca_bundle)
        assert fast()(ask(server)).status_code == 200


def test_an_encrypted_server_may_speak_http_2(
    fast: MakeSend, authority: trustme.CA, ca_bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", ca_bundle)
    send = fast()
    with Http2Loopback(authority, "localhost", b'{"two": 2}') as server:
        replies = [send(ask(server)) for _ in range(3)]

    assert [(each.status_code, each.content) for each in replies] == [(200, b'{"two": 2}')] * 3
    assert (server.connections, server.streams) == (1, [1, 3, 5])


def test_a_proxy_is_used_and_told_who_calls(fast: MakeSend) -> None:
    with Loopback() as server, LocalProxy(credentials="bWU6c2VjcmV0") as proxy:
        send = fast(proxy=proxy.url.replace("//", "//me:secret@"))
        url = server.url.replace("127.0.0.1", "core.test")
        assert send(Request("GET", f"{url}/x", [("accept", "*/*")], timeout=5)).status_code == 200

        error = failure_of(fast(proxy=proxy.url), Request("GET", "https://core.test/", [], timeout=5))
        assert error.stage == "connect"


def test_an_encrypted_call_goes_through_a_proxy_as_a_tunnel(
    fast: MakeSend, authority: trustme.CA, ca_bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", ca_bundle)
    with TlsLoopback(authority, "core.test") as server, LocalProxy() as proxy:
        assert fast(proxy=proxy.url)(ask(server)).status_code == 200

    assert [line.split(b"\r\n")[0][:17] for line in proxy.asked] == [b"CONNECT core.test"]


@pytest.mark.parametrize("exempt", ["", "core.test"])
def test_a_proxy_of_the_environment_is_used(fast: MakeSend, monkeypatch: pytest.MonkeyPatch, exempt: str) -> None:
    with Loopback() as server, LocalProxy() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", exempt)
        request = Request("GET", server.url.replace("127.0.0.1", "core.test"), [], timeout=5)
        if exempt:
            assert failure_of(fast(), request).stage == "connect"  # there is no such host
        else:
            assert fast()(request).status_code == 200

    assert len(proxy.asked) == (0 if exempt else 1)
