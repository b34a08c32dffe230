"""Concurrency and life: threads, tasks, event loops, processes, and the end."""

from __future__ import annotations

import asyncio
import gc
import random
import subprocess
import sys
import threading
import time
import warnings
from typing import Any

import pytest
import trio

from tandem import InvalidRequestError
from tests.scale import scaled

from .conftest import ONCE, Connect, settings_for
from .misbehaving import GOOD, Misbehaving, wait
from .products import Product

CANCELLED = scaled(10_000, 3_000)
FORKING = """
import os, sys
from interactor import InteractorClient

url = sys.argv[1]
client = InteractorClient(
    client_id="client_1", client_secret="secret", account_server_url=url, core_api_url=url, namespace="parent"
)
client.assistants.get("asst_1")
child = os.fork()
view = client if child else client.for_namespace("child")
for _ in range(5):
    view.assistants.get("asst_1")
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
client.close()
os._exit(0)
"""


def test_500_tasks_on_default_settings_all_get_their_connection(product: Product) -> None:
    async def main() -> int:
        async with product.async_client(**settings_for(server, product, retry=ONCE, timeout=30.0)) as client:
            found = await asyncio.gather(*(product.read(client) for _ in range(500)))
            return len(found)

    with Misbehaving([wait(0.02), *GOOD]) as server:
        assert asyncio.run(main()) == 500

        assert server.connections <= 100


def test_64_threads_share_a_client(product: Product) -> None:
    def work() -> None:
        for _ in range(5):
            product.read(client)

    with Misbehaving(GOOD) as server, product.client(**settings_for(server, product, retry=ONCE)) as client:
        threads = [threading.Thread(target=work) for _ in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert len(server.requests) == 64 * 5
        assert server.connections <= 65


@pytest.mark.proof
def test_cancelled_calls_leave_no_connection_behind(product: Product) -> None:
    rng = random.Random(1)

    async def one(client: Any) -> None:
        try:
            async with asyncio.timeout(rng.random() * 0.02):
                await product.read(client)
        except TimeoutError:
            pass

    async def main() -> None:
        async with product.async_client(**settings_for(server, product, max_connections=10)) as client:
            await client.auth.token()
            for _ in range(CANCELLED // 50):
                await asyncio.gather(*(one(client) for _ in range(50)))
            found = await asyncio.gather(*(product.read(client) for _ in range(50)))
            assert len(found) == 50
            assert server.open_connections <= 10

    with Misbehaving([wait(0.005), *GOOD]) as server:
        asyncio.run(main())
        until(lambda: server.open_connections == 0)


# The first loop's connections end with it, which asyncio remarks upon when they are dropped.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_one_async_client_works_in_two_event_loops_one_after_the_other(product: Product) -> None:
    with Misbehaving(GOOD) as server:
        client = product.async_client(**settings_for(server, product, retry=ONCE))
        for _ in range(2):
            assert asyncio.run(product.read(client)).id == "asst_1"
        asyncio.run(client.aclose())
        del client
        gc.collect()


def test_the_async_client_works_in_trio(product: Product) -> None:
    async def main() -> None:
        async with (
            product.async_client(**settings_for(server, product, retry=ONCE)) as client,
            trio.open_nursery() as nursery,
        ):
            for _ in range(20):
                nursery.start_soon(product.read, client)

    with Misbehaving(GOOD) as server:
        trio.run(main)

        assert len(server.requests) == 20
        assert len(server.token_requests) == 1


def test_parent_and_child_share_no_socket_after_a_fork() -> None:
    with Misbehaving(GOOD) as server:
        subprocess.run([sys.executable, "-c", FORKING, server.url], check=True, timeout=30)

        places = {(request.header("x-namespace"), request.connection) for request in server.requests}
        parents = {number for name, number in places if name == "parent"}
        children = {number for name, number in places if name == "child"}
        assert len(server.requests) == 11
        assert not parents & children


def test_closing_twice_does_no_harm(connect: Connect, product: Product) -> None:
    with Misbehaving(GOOD) as server:
        client = connect(server)
        product.read(client)
        client.close()
        client.close()

        until(lambda: server.open_connections == 0)


def test_use_after_close_is_a_clear_error(connect: Connect, product: Product) -> None:
    with Misbehaving(GOOD) as server:
        client = connect(server)
        view = client.with_options(timeout=5)
        client.close()

        for closed in (client, view):
            with pytest.raises(InvalidRequestError, match="This client is closed"):
                product.read(closed)


def test_a_view_that_is_closed_leaves_the_client_open(connect: Connect, product: Product) -> None:
    with Misbehaving(GOOD) as server:
        client = connect(server)
        client.with_options(timeout=5).close()

        assert product.read(client).id == "asst_1"


def test_a_client_that_is_dropped_gives_at_most_a_resource_warning(product: Product) -> None:
    with Misbehaving(GOOD) as server, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        client = product.client(**settings_for(server, product))
        product.read(client)
        del client
        gc.collect()

        assert {warning.category for warning in caught} <= {ResourceWarning}
        until(lambda: server.open_connections == 0)


def until(condition: object, seconds: float = 5.0) -> None:
    """Wait for something that another thread brings about."""
    assert callable(condition)
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.01)
