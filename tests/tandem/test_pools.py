"""Connections belong to a process and to an event loop: one transport works in many of them."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
import weakref
from typing import Any

import pytest
import trio

from tandem import AsyncHttpxTransport, Request
from tandem._wire._httpx import Pools

from .loopback import Loopback


def ask(server: Loopback, **settings: Any) -> Request:
    return Request("GET", f"{server.url}/x", [("accept", "*/*")], timeout=5, **settings)


# asyncio warns of the connections that the first loop left behind when they are dropped.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_one_transport_works_in_one_event_loop_after_the_other() -> None:
    transport = AsyncHttpxTransport()
    with Loopback() as server:
        for _ in range(3):
            assert asyncio.run(transport.send(ask(server))).content == b"{}"

        assert server.connections == 3
    del transport
    gc.collect()


def test_one_transport_works_in_two_event_loops_at_once() -> None:
    transport = AsyncHttpxTransport()
    gate = threading.Barrier(2)
    found: list[bytes] = []

    async def main() -> None:
        gate.wait()
        for _ in range(20):
            found.append((await transport.send(ask(server))).content)
        await transport.aclose()

    with Loopback() as server:
        threads = [threading.Thread(target=lambda: asyncio.run(main())) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)

    assert found == [b"{}"] * 40
    assert server.connections == 2


def test_a_transport_works_in_trio() -> None:
    async def main() -> bytes:
        transport = AsyncHttpxTransport()
        content = (await transport.send(ask(server))).content
        await transport.aclose()
        return content

    with Loopback() as server:
        assert trio.run(main) == b"{}"


FORK = """
import os, sys
from tandem import HttpxTransport, Request
transport = HttpxTransport()
ask = lambda: transport.send(Request("GET", sys.argv[1], [], timeout=5)).content
assert ask() == b"{}"
child = os.fork()
if not child:
    ok = ask() == b"{}" and ask() == b"{}"
    transport.close()
    os._exit(0 if ok else 1)
assert os.waitpid(child, 0)[1] == 0
assert ask() == b"{}"
transport.close()
"""


def test_a_child_process_has_connections_of_its_own() -> None:
    with Loopback() as server:
        subprocess.run([sys.executable, "-c", FORK, server.url], check=True, timeout=30)

    assert (server.connections, len(server.requests)) == (2, 4)


def test_each_place_has_one_pool() -> None:
    here = ["a"]
    pools = Pools(lambda: here[0])

    first = pools.here(object)
    assert pools.here(object) is first
    here[0] = "b"
    assert pools.here(object) is not first
    assert pools.take() is not first
    assert pools.take() is None


def test_a_pool_goes_with_its_event_loop() -> None:
    loops = [asyncio.new_event_loop() for _ in range(2)]
    here = [loops[0]]
    pools = Pools(lambda: here[0])
    gone = weakref.ref(pools.here(FakePool))

    loops[0].close()
    here[0] = loops[1]
    pools.here(FakePool)

    assert gone() is None
    loops[1].close()


class FakePool:
    """A pool that can be watched."""
