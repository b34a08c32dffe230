"""Results that take time: the caller waits, and nobody else does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import httpx
import pytest

from tandem.sandbox import Context, Later, Problem, RawReply, Registry, SocketServer

from .bookshop import Bookshop, api, registry

asked = threading.Event()


@pytest.fixture
def shop() -> Iterator[Bookshop]:
    handlers = Registry().include(registry)
    gate = asyncio.Event()
    asked.clear()

    async def weighed(ctx: Context) -> RawReply:
        asked.set()
        await gate.wait()
        if ctx.path["what"] == "lead":
            raise Problem(413, "too_heavy", "That is too heavy.")
        if ctx.path["what"] == "ghost":
            raise LookupError
        return RawReply(b"7")

    @handlers.page("POST", "/weigh/{what}")
    def weigh(ctx: Context) -> Later:
        ctx.store.put("note", "asked", {"what": ctx.path["what"]}, namespace="")
        return Later(weighed(ctx))

    @handlers.page("POST", "/open")
    def open_gate(ctx: Context) -> RawReply:
        gate.set()
        return RawReply(str(ctx.store.get("note", "asked", namespace="")).encode())

    made = Bookshop(api(), handlers)
    yield made
    made.close()


@pytest.mark.parametrize(("what", "status"), [("feather", 200), ("lead", 413), ("ghost", 500)])
def test_a_late_result_is_waited_for_without_holding_the_store(shop: Bookshop, what: str, status: int) -> None:
    replies: list[httpx.Response] = []
    with SocketServer(shop) as server, httpx.Client(base_url=server.url, timeout=10) as http:
        waiting = threading.Thread(target=lambda: replies.append(http.post(f"/weigh/{what}")))
        waiting.start()
        asked.wait(10)

        seen = http.post("/open").text
        waiting.join(10)

    assert seen == f"{{'what': '{what}'}}"
    assert [reply.status_code for reply in replies] == [status]


def test_what_a_handler_wrote_stays_when_its_late_result_fails(shop: Bookshop) -> None:
    with SocketServer(shop) as server, httpx.Client(base_url=server.url, timeout=10) as http:
        http.post("/open")
        http.post("/weigh/lead")

    assert shop.store.get("note", "asked", namespace="") == {"what": "lead"}


def test_a_platform_closes_while_a_result_is_waited_for(shop: Bookshop) -> None:
    with SocketServer(shop) as server, httpx.Client(base_url=server.url, timeout=10) as http:
        failed: list[httpx.HTTPError] = []

        def weigh() -> None:
            try:
                http.post("/weigh/feather")
            except httpx.HTTPError as error:
                failed.append(error)

        waiting = threading.Thread(target=weigh)
        waiting.start()
        asked.wait(10)
        shop.close()
        waiting.join(10)

    assert len(failed) == 1
