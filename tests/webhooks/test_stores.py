"""A claim is held by one worker at a time, in every store."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import redis

from interactor.webhooks import AsyncRedisStore, ClaimState, MemoryStore, RedisStore, SqliteStore
from tandem import ConfigurationError

from .conftest import REDIS, Clock

CLAIMED, BUSY, DONE = ClaimState.CLAIMED, ClaimState.BUSY, ClaimState.DONE


def test_an_event_is_claimed_once(store: Any) -> None:
    assert [store.claim("e", 60).state for _ in range(3)] == [CLAIMED, BUSY, BUSY]


def test_what_is_completed_is_done(store: Any) -> None:
    assert store.complete(store.claim("e", 60))

    assert store.claim("e", 60).state is DONE


def test_what_is_released_can_be_claimed_again(store: Any) -> None:
    assert store.release(store.claim("e", 60))

    assert store.claim("e", 60).state is CLAIMED


def test_a_claim_runs_out(store: Any, clock: Clock) -> None:
    store.claim("e", 60)
    clock.now += 59
    assert store.claim("e", 60).state is BUSY

    clock.now += 2

    assert store.claim("e", 60).state is CLAIMED


def test_a_claim_that_is_renewed_lasts_longer(store: Any, clock: Clock) -> None:
    claim = store.claim("e", 60)
    clock.now += 50
    assert store.renew(claim, 60)

    clock.now += 50

    assert store.claim("e", 60).state is BUSY


@pytest.mark.parametrize("act", ["complete", "release", "renew"])
def test_who_slept_through_the_end_of_his_claim_cannot_undo_what_his_successor_does(
    store: Any, clock: Clock, act: str
) -> None:
    late = store.claim("e", 60)
    clock.now += 61
    store.claim("e", 60)

    assert not getattr(store, act)(late, *([60] if act == "renew" else []))
    assert store.claim("e", 60).state is BUSY


def test_who_slept_through_the_end_of_his_claim_can_complete_it_while_it_has_no_successor(
    store: Any, clock: Clock
) -> None:
    late = store.claim("e", 60)
    clock.now += 61

    assert store.complete(late)
    assert store.claim("e", 60).state is DONE


@pytest.mark.parametrize("act", ["complete", "release"])
def test_a_claim_ends_once(store: Any, act: str) -> None:
    claim = store.claim("e", 60)
    getattr(store, act)(claim)

    assert not store.complete(claim)
    assert not store.release(claim)
    assert not store.renew(claim, 60)


@pytest.mark.parametrize("act", ["complete", "release"])
def test_who_was_refused_has_nothing_to_end(store: Any, act: str) -> None:
    store.claim("e", 60)

    assert not getattr(store, act)(store.claim("e", 60))
    assert not store.renew(store.claim("e", 60), 60)
    assert store.claim("e", 60).state is BUSY


def test_events_are_claimed_apart(store: Any) -> None:
    store.complete(store.claim("one", 60))

    assert store.claim("other", 60).state is CLAIMED


def test_a_payload_stays_until_its_event_is_done(store: Any, clock: Clock) -> None:
    store.release(store.claim("e", 60, b"\x00\xffwhat was sent"))

    again = store.claim("e", 60)
    assert (again.payload, again.attempts) == (b"\x00\xffwhat was sent", 2)
    assert store.complete(again)
    clock.now += 100
    assert list(store.unfinished()) == []


def test_what_nobody_works_on_is_unfinished(store: Any, clock: Clock) -> None:
    store.claim("a:crashed", 60, b"1")
    store.release(store.claim("a:failed", 600, b"2"))
    store.claim("a:busy", 600, b"3")
    store.claim("a:plain", 60)
    store.claim("b:other", 60, b"4")
    clock.now += 61

    assert set(store.unfinished("a:")) == {"a:crashed", "a:failed"}
    assert set(store.unfinished()) == {"a:crashed", "a:failed", "b:other"}


def test_what_was_renewed_is_not_unfinished(store: Any, clock: Clock) -> None:
    claim = store.claim("e", 60, b"1")
    clock.now += 50
    store.renew(claim, 60)
    clock.now += 50

    assert list(store.unfinished()) == []


def test_attempts_are_counted(store: Any) -> None:
    for attempt in (1, 2, 3):
        claim = store.claim("e", 60, b"x")
        store.release(claim)

        assert claim.attempts == attempt


def test_what_is_done_is_forgotten_in_the_end(clock: Clock, tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "c.db", retention=1000, clock=clock) as sqlite:
        for store in (MemoryStore(retention=1000, clock=clock), sqlite):
            store.complete(store.claim("e", 60))
        clock.now += 1001
        for store in (MemoryStore(retention=1000, clock=clock), sqlite):
            assert store.claim("e", 60).state is CLAIMED


def test_memory_is_bounded_and_the_oldest_goes_first() -> None:
    store = MemoryStore(max_entries=3)
    for key in "abcd":
        store.complete(store.claim(key, 60))

    assert len(store) == 3
    assert store.claim("d", 60).state is DONE
    assert store.claim("a", 60).state is CLAIMED


def test_memory_forgets_no_claim_to_make_room() -> None:
    store = MemoryStore(max_entries=2)
    first = store.claim("a", 60)
    store.claim("b", 60)

    assert store.claim("c", 60).state is BUSY
    assert store.complete(first)
    assert store.claim("c", 60).state is CLAIMED


def test_threads_share_a_store(store: Any) -> None:
    if type(store).__name__ == "DrivenStore":
        store = MemoryStore()
    won: list[str] = []

    def run() -> None:
        won.extend(key for key in map(str, range(25)) if store.claim(key, 60).state is CLAIMED)

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Counter(won) == Counter(map(str, range(25)))


CLAIMING = """
import sys
from interactor.webhooks import SqliteStore
print("ready", flush=True)
sys.stdin.readline()
with SqliteStore(sys.argv[1], durable=False) as store:
    print(*[key for key in map(str, range(40)) if store.claim(key, 60).state.value == "claimed"])
"""


def test_processes_that_open_one_file_at_the_same_time_share_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CLAIMING, str(tmp_path / "c.db")]
    with ExitStack() as stack:
        pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        workers: list[Any] = [stack.enter_context(subprocess.Popen(command, **pipes)) for _ in range(3)]
        assert [worker.stdout.readline() for worker in workers] == ["ready\n"] * 3
        for worker in workers:
            worker.stdin.write("go\n")
            worker.stdin.flush()
        won = Counter(key for worker in workers for key in worker.communicate()[0].split())

    assert won == Counter(map(str, range(40)))


def test_a_file_outlives_its_store(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "c.db") as store:
        store.complete(store.claim("e", 60))

    with SqliteStore(tmp_path / "c.db") as store:
        assert store.claim("e", 60).state is DONE


def test_a_full_disk_is_told_and_survived(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "c.db") as store:
        store.claim("e", 60)
        file = store._connection  # pyright: ignore[reportPrivateUsage]  # the limit is one of the connection
        assert file is not None
        file.execute("PRAGMA max_page_count = 20")

        with pytest.raises(sqlite3.OperationalError, match="full"):
            store.claim("large", 60, b"x" * 1_000_000)
        assert store.claim("e", 60).state is BUSY


def test_a_store_that_was_closed_opens_again(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "c.db")
    store.complete(store.claim("e", 60))
    store.close()

    assert store.claim("e", 60).state is DONE
    store.close()


FORKED = """
import os, sys
from interactor.webhooks import SqliteStore
store = SqliteStore(sys.argv[1])
store.claim("parent", 60)
child = os.fork()
if child == 0:
    states = [store.claim(key, 60).state.value for key in ("parent", "child")]
    os._exit(0 if states == ["busy", "claimed"] else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert store.claim("child", 60).state.value == "busy"
store.close()
"""


def test_a_store_works_on_both_sides_of_a_fork(tmp_path: Path) -> None:
    # In a process without threads of its own: a fork among pytest's would be another experiment.
    command = [sys.executable, "-W", "error", "-c", FORKED, str(tmp_path / "c.db")]

    assert subprocess.run(command, check=False).returncode == 0


FORKED_AMONG_THREADS = """
import os, signal, sys, threading
from interactor.webhooks import MemoryStore, SqliteStore
stores = [SqliteStore(sys.argv[1], durable=False), SqliteStore(sys.argv[2], durable=False), MemoryStore()]
ended = threading.Event()

def work(store):
    count = 0
    while not ended.is_set():
        count += 1
        assert store.complete(store.claim(f"parent {count}", 60))

def fork(name):
    child = os.fork()
    if child == 0:
        signal.alarm(10)  # it dies of this where it hangs
        os._exit(0 if all(store.complete(store.claim(name, 60)) for store in stores) else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def fork_often(name):
    for count in range(10):
        codes.append(fork(f"{name} {count}"))
        if codes[-1]:
            return

codes = []
workers = [threading.Thread(target=work, args=(store,)) for store in stores]
forkers = [threading.Thread(target=fork_often, args=(name,)) for name in ("one", "other")]
for thread in workers + forkers:
    thread.start()
for thread in forkers:
    thread.join()
ended.set()
for thread in workers:
    thread.join()
assert codes == [0] * 20, codes
"""


def test_a_child_that_is_forked_while_other_threads_use_the_stores_can_use_them_too(tmp_path: Path) -> None:
    files = [str(tmp_path / "one.db"), str(tmp_path / "other.db")]

    assert subprocess.run([sys.executable, "-c", FORKED_AMONG_THREADS, *files], check=False, timeout=60).returncode == 0


FORKED_INSIDE = """
import os, signal, sys
from interactor.webhooks import SqliteStore
signal.alarm(10)  # it dies of this where it hangs
children = []

def now():
    if not children:
        children.append(os.fork())
        if children == [0]:
            os._exit(0)
    return 1000.0

with SqliteStore(sys.argv[1], clock=now) as store:
    assert store.complete(store.claim("e", 60))
assert os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]) == 0
"""


def test_a_thread_may_fork_while_it_uses_a_store(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", FORKED_INSIDE, str(tmp_path / "c.db")]

    assert subprocess.run(command, check=False).returncode == 0


def test_a_redis_url_without_the_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)

    with pytest.raises(ConfigurationError, match="extra `redis`"):
        RedisStore("redis://localhost")


@pytest.mark.parametrize("store", [RedisStore, AsyncRedisStore])
@pytest.mark.parametrize("url", ["localhost:6379", "redis://:hunter2@host:port", ""])
def test_a_redis_url_that_is_none_is_refused_without_its_password(store: Any, url: str) -> None:
    with pytest.raises(ConfigurationError, match="Redis URL is like") as caught:
        store(url)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("store", [RedisStore, AsyncRedisStore])
@pytest.mark.parametrize("client", [None, 5, redis.Redis, b"redis://:hunter2@localhost"])
def test_what_is_no_redis_client_is_refused_without_showing_it(store: Any, client: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"client is a redis\..*Redis, or a URL") as caught:
        store(client)

    assert "hunter2" not in str(caught.value)


if REDIS:

    def test_a_redis_url_serves_one_event_loop_after_the_other(redis_url: str) -> None:
        store = AsyncRedisStore(redis_url, prefix="loops")

        async def claim(*, close: bool) -> ClaimState:
            state = (await store.claim("e", 60)).state
            if close:
                await store.aclose()
            return state

        with asyncio.Runner() as first, asyncio.Runner() as second:
            assert first.run(claim(close=False)) is CLAIMED
            assert second.run(claim(close=True)) is BUSY
            assert first.run(claim(close=True)) is BUSY


def test_stores_are_recognised_in_a_log(tmp_path: Path) -> None:
    assert repr(MemoryStore()) == "<MemoryStore of 0 events>"
    assert repr(SqliteStore(tmp_path / "c.db")) == f"<SqliteStore {tmp_path}/c.db>"
