"""The platform on a socket."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tandem.sandbox import Context, Registry, SocketServer

from .bookshop import CORE, Bookshop, api, registry
from .sockets import exchange, parts

HEADERS = {"Authorization": "Bearer ann:books:read,books:write"}


def test_it_listens_on_the_loopback_only(server: SocketServer) -> None:
    assert server.url == f"http://127.0.0.1:{server.port}"
    with pytest.raises(OSError, match=r"refused|unreachable"):
        socket.create_connection(("127.0.0.2", server.port), timeout=1)


def test_a_port_that_is_taken_is_an_os_error(server: SocketServer, shop: Bookshop) -> None:
    with pytest.raises(OSError, match="in use"):
        SocketServer(shop, server.port).start()


def test_a_port_can_be_used_again_at_once(shop: Bookshop) -> None:
    with SocketServer(shop) as first:
        port = first.port
        httpx.get(f"{first.url}/_sandbox/health")

    with SocketServer(shop, port) as second:
        assert httpx.get(f"{second.url}/_sandbox/health").status_code == 200


def test_no_reply_waits_for_an_acknowledgement(server: SocketServer) -> None:
    with httpx.Client(base_url=server.url + CORE, headers=HEADERS) as http:
        http.get("/books")
        taken: list[float] = []
        for _ in range(20):
            started = time.perf_counter()
            http.post("/books", json={"title": "A"})
            taken.append(time.perf_counter() - started)

    assert sorted(taken)[3] < 0.03  # with Nagle's algorithm every one of them would take 40 ms


def test_stopping_is_quick_even_with_connections_open(shop: Bookshop) -> None:
    server = SocketServer(shop).start()
    with httpx.Client(base_url=server.url + CORE, headers=HEADERS) as http:
        http.get("/books")
        started = time.perf_counter()
        server.stop()
        server.stop()

    assert time.perf_counter() - started < 0.5


def test_what_still_waits_when_the_server_stops_is_dropped_quietly(capfd: pytest.CaptureFixture[str]) -> None:
    ended: list[str] = []
    began = threading.Event()
    handlers = Registry().include(registry)

    @handlers.page("GET", "/slow")
    async def slow(ctx: Context) -> None:
        began.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("cancelled")

    shop = Bookshop(api(), handlers)
    server = SocketServer(shop).start()
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        assert began.wait(5)
        server.stop()

    assert ended == ["cancelled"]
    assert capfd.readouterr() == ("", "")
    shop.close()


def test_state_outlives_a_server(shop: Bookshop) -> None:
    with SocketServer(shop) as server:
        httpx.post(f"{server.url}{CORE}/books", json={"title": "A"}, headers=HEADERS)

    with SocketServer(shop) as server:
        assert len(httpx.get(f"{server.url}{CORE}/books", headers=HEADERS).json()["data"]) == 2


def test_many_requests_at_once_are_all_answered(server: SocketServer, shop: Bookshop) -> None:
    def work(number: int) -> int:
        with httpx.Client(
            base_url=server.url + CORE, headers={**HEADERS, "X-Namespace": f"n{number}"}, timeout=20
        ) as http:
            made = [http.post("/books", json={"title": str(n)}) for n in range(10)]
            assert {reply.status_code for reply in made} == {201}
            return len(http.get("/books").json()["data"])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [10] * 8
    assert len({book["id"] for book in shop.store.list("book", namespace=None)}) == 81


def test_what_is_not_http_is_turned_away_quietly(server: SocketServer, capfd: pytest.CaptureFixture[str]) -> None:
    for garbage in (
        b"\x00\x01\x02\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01",
        b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            connection.sendall(garbage)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1000)

    assert httpx.get(f"{server.url}/_sandbox/health").status_code == 200
    assert capfd.readouterr() == ("", "")


def test_a_caller_that_leaves_in_the_middle_of_its_request_does_no_harm(server: SocketServer, shop: Bookshop) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(f"POST {CORE}/books HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{{".encode())

    assert httpx.get(f"{server.url}/_sandbox/health").status_code == 200
    assert shop.journal.entries() == []


def test_a_head_request_is_told_what_is_possible(server: SocketServer) -> None:
    status, headers, body = parts(exchange(server, "HEAD", "/books"))

    assert (status, headers["allow"], body) == (405, "GET, POST", b"")


def test_who_is_let_in_while_the_server_stops_is_sent_away_properly(shop: Bookshop) -> None:
    server = SocketServer(shop).start()

    async def crowd_in_and_stop() -> list[socket.socket]:
        callers = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(5)]
        for _ in range(2):  # turns of the loop: they are accepted, and are no connections yet
            await asyncio.sleep(0)
        await server._shut()  # pyright: ignore[reportPrivateUsage]  # from another thread it comes too late
        return callers

    callers = shop.thread.run(crowd_in_and_stop(), timeout=10)
    server.stop()
    shop.close()

    for caller in callers:
        with caller:
            caller.settimeout(5)
            assert caller.recv(1) == b""
    gc.collect()  # a connection that nobody closed says so now
