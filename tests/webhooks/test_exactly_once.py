"""The proof that deliveries that come at least once are handled once, though workers die at any moment."""

from __future__ import annotations

import json
import multiprocessing
import random
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from interactor.webhooks import sign
from tests.scale import scaled

from .conftest import REDIS, redis_server
from .deliveries import EXAMPLES
from .worker import SECRET, work

EVENTS = scaled(10_000, 200)
WORKERS = 4
KILLED = scaled(1, 5) / 100  # of the deliveries
HEADS = {"X-Interactor-Delivery": "del_1"}
TTL = 60.0


def delivery(number: int) -> bytes:
    return json.dumps(EXAMPLES["room.message.created"] | {"idempotency_key": f"idem_{number}"}).encode()


class Worker:
    """A process, and what is known of its end."""

    def __init__(self, context: Any, store: str, log: Path) -> None:
        self.log = log
        self.is_dead = False
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=work, args=(theirs, store, str(log)))
        self._process.start()
        theirs.close()

    def take(self, body: bytes, now: float, kill_after: float | None) -> int | None:
        """The status of the answer; None: the worker died before it answered."""
        headers = HEADS | {"X-Interactor-Timestamp": str(int(now))}
        headers["X-Interactor-Signature"] = sign(body, SECRET, int(now))
        self._pipe.send((body, headers, now))
        if kill_after is not None and not self._pipe.poll(kill_after):
            self._process.kill()
            self._process.join()
            self.is_dead = True
        try:
            return int(self._pipe.recv())
        except (EOFError, ConnectionResetError):
            return None

    def end_of(self, key: str) -> str:
        """Where a killed worker stood with the event that it had last."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        if f"end {key}" in lines:
            return "after"
        return "inside" if f"begin {key}" in lines else "before"

    def close(self) -> None:
        self._pipe.close()
        self._process.join()
        self._process.close()


@dataclass
class Run:
    """All deliveries of one proof: rounds, between which the claims of the dead run out."""

    store: str
    folder: Path
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    deaths: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    statuses: Counter[int] = field(default_factory=Counter[int])
    now: float = 1_768_910_401.0

    def __post_init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.webhooks.worker"])
        self._lock = threading.Lock()
        self._count = 0
        self._again: list[int] = []
        self._waiting = [number for number in range(EVENTS) for _ in range(self.chance.randint(1, 4))]
        self.deliveries = len(self._waiting)

    def play(self) -> None:
        while self._waiting:
            self.chance.shuffle(self._waiting)
            threads = [threading.Thread(target=self._drive) for _ in range(WORKERS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self._waiting, self._again = self._again, []
            self.now += TTL + 1

    def _drive(self) -> None:
        worker = self._worker()
        while (step := self._next()) is not None:
            number, kill_after = step
            status = worker.take(delivery(number), self.now, kill_after)
            with self._lock:
                self.statuses[status or 0] += 1
                if status is None:
                    self.deaths.append((f"idem_{number}", worker.end_of(f"idem_{number}")))
                if status != 200:
                    self._again.append(number)
            if worker.is_dead:
                worker.close()
                worker = self._worker()
        worker.close()

    def _next(self) -> tuple[int, float | None] | None:
        with self._lock:
            if not self._waiting:
                return None
            kill = self.chance.random() < KILLED
            return self._waiting.pop(), self.chance.random() * 0.004 if kill else None

    def _worker(self) -> Worker:
        with self._lock:
            self._count += 1
            return Worker(self._context, self.store, self.folder / f"worker_{self._count}.log")

    def handled(self) -> tuple[Counter[str], Counter[str]]:
        """How often the handler began with each event, and how often it ended."""
        lines = [line.split() for log in self.folder.glob("*.log") for line in log.read_text().splitlines()]
        begun, ended = (Counter(key for act, key in lines if act == wanted) for wanted in ("begin", "end"))
        return begun, ended


@dataclass(frozen=True)
class Proof:
    """What a run came to."""

    run: Run
    wrong: list[str]
    """Events that were not handled exactly once, though none of their workers died inside the handler."""

    def __str__(self) -> str:
        ends = Counter(where for _, where in self.run.deaths)
        begun, ended = self.run.handled()
        return (
            f"{EVENTS:,} events, {self.run.deliveries:,} deliveries, {self.run.statuses.total():,} requests to "
            f"{WORKERS} processes; {len(self.run.deaths)} killed at work ({ends['before']} before, {ends['inside']} "
            f"inside, {ends['after']} after the handler); handler begun {begun.total():,} times, ended "
            f"{ended.total():,} times; {len(ended):,} events handled, {len(self.wrong)} wrongly"
        )


def prove(store: str, folder: Path) -> Proof:
    run = Run(store, folder)
    run.play()
    begun, ended = run.handled()
    deaths = Counter(run.deaths)
    wrong = [
        key
        for key in (f"idem_{number}" for number in range(EVENTS))
        # Who is killed between the end of the handler and the note of it has died at work as well.
        if not 1 <= ended[key] <= 1 + deaths[key, "after"] or begun[key] != ended[key] + deaths[key, "inside"]
    ]
    return Proof(run, wrong)


@pytest.mark.proof
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["SQLite", *(["Redis"] if REDIS else [])])
def test_events_are_handled_once_by_processes_that_share_a_store(
    kind: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with ExitStack() as stack:
        store = str(tmp_path / "claims.db") if kind == "SQLite" else stack.enter_context(redis_server())
        proof = prove(store, tmp_path)

    record_property("figures", f"exactly once, {kind}: {proof}")
    assert proof.wrong == []
    assert len(proof.run.deaths) > 0
    assert set(proof.run.statuses) <= {0, 200, 409}
