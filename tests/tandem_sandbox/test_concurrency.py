"""Handlers that wait, and what others see meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import httpx
import pytest

from tandem.sandbox import Context, RawReply, Registry, SocketServer

from .bookshop import Bookshop, api, registry

half_done = threading.Event()


@pytest.fixture
def slow() -> Iterator[Bookshop]:
    half_done.clear()
    handlers = Registry().include(registry)

    @handlers.page("POST", "/slow/{outcome}")
    async def slow(ctx: Context) -> RawReply:
        ctx.store.put("note", "n1", {"text": "half"}, namespace="")
        half_done.set()
        await asyncio.sleep(0.2)
        if ctx.path["outcome"] == "fails":
            raise LookupError
        ctx.store.put("note", "n2", {"text": "done"}, namespace="")
        return RawReply(b"ok")

    @handlers.page("GET", "/notes")
    def notes(ctx: Context) -> RawReply:
        return RawReply(str(ctx.store.count("note", namespace="")).encode())

    shop = Bookshop(api(), handlers)
    yield shop
    shop.close()


@pytest.mark.parametrize(("outcome", "count"), [("works", "2"), ("fails", "0")])
def test_nobody_sees_what_a_waiting_handler_has_half_done(slow: Bookshop, outcome: str, count: str) -> None:
    async def meanwhile(url: str) -> list[str]:
        async with httpx.AsyncClient(base_url=url, timeout=5) as http:
            writing = asyncio.ensure_future(http.post(f"/slow/{outcome}"))
            await asyncio.to_thread(half_done.wait, 5)
            reading = await asyncio.gather(*(http.get("/notes") for _ in range(3)))
            await writing
            return [reply.text for reply in reading]

    with SocketServer(slow) as server:
        assert asyncio.run(meanwhile(server.url)) == [count] * 3


def test_the_controls_wait_for_a_handler_too(slow: Bookshop) -> None:
    async def meanwhile(url: str) -> int:
        async with httpx.AsyncClient(base_url=url, timeout=5) as http:
            writing = asyncio.ensure_future(http.post("/slow/works"))
            await asyncio.to_thread(half_done.wait, 5)
            await http.post("/_sandbox/reset")
            return (await writing).status_code

    with SocketServer(slow) as server:
        assert asyncio.run(meanwhile(server.url)) == 200
    assert slow.store.count("note", namespace="") == 0
