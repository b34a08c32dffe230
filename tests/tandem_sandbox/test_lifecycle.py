"""Starting, resetting, restoring, closing, and being killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tandem.sandbox import Clock, SandboxError, SocketServer, UnknownSnapshotError

from .bookshop import CORE, Bookshop, api, registry

HEADERS = {"Authorization": "Bearer ann:books:read,books:write"}


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "shop.db"


class Counting(Bookshop):
    """Counts its seeds and resets."""

    seeds = resets = 0

    def seed(self) -> None:
        super().seed()
        self.seeds += 1

    def on_reset(self) -> None:
        self.resets += 1


@pytest.fixture
def counting() -> Iterator[Counting]:
    shop = Counting(api(), registry)
    yield shop
    shop.close()


def test_the_seed_is_sown_once(counting: Counting) -> None:
    counting.start()
    counting.start()

    assert (counting.seeds, counting.store.count("book", namespace="")) == (1, 1)


def test_a_database_that_was_seeded_is_not_seeded_again(db: Path) -> None:
    first = Bookshop(api(), registry, db=db)
    first.start()
    first.store.delete("book", "seeded", namespace="")
    first.close()

    second = Bookshop(api(), registry, db=db)
    second.start()

    assert second.store.count("book", namespace="") == 0
    second.close()


def test_seeded_identifiers_do_not_collide_after_a_restart(db: Path) -> None:
    made: list[str] = []
    for _ in range(2):
        shop = Bookshop(api(), registry, db=db, seed=5)
        made += [shop.ids.new("book") for _ in range(3)]
        shop.close()

    assert len(set(made)) == 6


def test_the_clock_goes_on_where_it_was_after_a_restart(db: Path) -> None:
    first = Bookshop(api(), registry, db=db)
    first.start()
    first.clock.advance(1000)
    first.close()

    second = Bookshop(api(), registry, db=db, clock=Clock(start=0.0, frozen=True))
    second.start()

    assert second.clock.now() == 1000.0
    second.close()


def test_reset_sows_again_and_tells_the_product(counting: Counting) -> None:
    counting.start()
    counting.store.put("book", "b1", {}, namespace="acme")
    counting.clock.advance(5)

    counting.reset()

    assert (counting.seeds, counting.resets, counting.clock.offset) == (2, 1, 0.0)
    assert counting.store.count("book", namespace=None) == 1


def test_a_snapshot_can_be_restored_again_and_again(counting: Counting) -> None:
    counting.start()
    counting.snapshots.take("a")
    for number in range(2):
        counting.store.put("book", f"b{number}", {}, namespace="acme")
        counting.clock.advance(60)
        counting.restore("a")

    assert (counting.store.count("book", namespace=None), counting.clock.offset, counting.resets) == (1, 0.0, 2)


def test_a_snapshot_of_the_same_name_takes_the_place_of_the_older(counting: Counting) -> None:
    counting.snapshots.take("a")
    counting.store.put("book", "b1", {}, namespace="acme")
    counting.snapshots.take("a")
    counting.store.clear()

    counting.restore("a")

    assert counting.store.count("book", namespace="acme") == 1


def test_what_is_done_after_a_restore_is_kept_in_the_file(db: Path) -> None:
    shop = Bookshop(api(), registry, db=db)
    shop.snapshots.take("a")
    shop.store.put("book", "lost", {}, namespace="")
    shop.restore("a")
    shop.store.put("book", "kept", {}, namespace="")
    shop.close()

    again = Bookshop(api(), registry, db=db)

    assert again.store.get("book", "kept", namespace="") == {}
    assert again.store.get("book", "lost", namespace="") is None
    again.close()


def test_an_unknown_snapshot_is_refused(shop: Bookshop) -> None:
    with pytest.raises(UnknownSnapshotError, match="there are: none"):
        shop.restore("a")


def test_a_restore_of_three_thousand_documents_takes_moments(shop: Bookshop) -> None:
    with shop.store.transaction():
        for number in range(3000):
            shop.store.put("book", f"b{number}", {"title": "x" * 200}, namespace="")
    shop.snapshots.take("full")

    taken: list[float] = []
    for _ in range(5):
        started = time.perf_counter()
        shop.restore("full")
        taken.append(time.perf_counter() - started)

    assert min(taken) < 0.1
    assert shop.store.count("book", namespace="") == 3000


def test_closing_twice_is_closing_once_and_ends_the_thread(shop: Bookshop) -> None:
    server = SocketServer(shop).start()
    shop.close()
    shop.close()

    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url)
    with pytest.raises(SandboxError, match="closed"):
        _ = shop.thread.loop


def test_work_in_the_background_is_cancelled_when_the_platform_closes(shop: Bookshop) -> None:
    import asyncio

    ended: list[str] = []

    async def work() -> None:
        try:
            async with shop.transaction():
                shop.store.put("work", "w1", {}, namespace="")
            ended.append("written")
            await asyncio.sleep(60)
        finally:
            ended.append("cancelled")

    shop.spawn(work())
    until = time.monotonic() + 3
    while not ended and time.monotonic() < until:
        time.sleep(0.01)
    shop.close()

    assert ended == ["written", "cancelled"]


SERVE = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from tandem.sandbox import serve_forever
from tests.tandem_sandbox.bookshop import Bookshop, api, registry
serve_forever(Bookshop(api(), registry, db=sys.argv[1], seed=None), 0, lambda server: print(server.url, flush=True))
"""


def serve(db: Path) -> tuple[subprocess.Popen[bytes], str]:
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(db)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    return process, process.stdout.readline().decode().strip()


def test_what_was_answered_is_there_after_the_process_was_killed(db: Path) -> None:
    process, url = serve(db)
    with process, httpx.Client(base_url=url + CORE, headers=HEADERS) as http:
        made = [http.post("/books", json={"title": str(n)}).json()["data"]["id"] for n in range(10)]
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()

    process, url = serve(db)
    with process, httpx.Client(base_url=url + CORE, headers=HEADERS) as http:
        kept = [book["id"] for book in http.get("/books").json()["data"]]
        process.terminate()
        _, complaints = process.communicate(timeout=5)

    assert kept == [*reversed(made), "seeded"]
    assert (process.returncode, complaints) == (0, b"")


def test_ctrl_c_ends_the_server_quietly(db: Path) -> None:
    process, _ = serve(db)
    with process:
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=5)

    assert (process.returncode, complaints) == (0, b"")
