"""The proof that a keyed create happens at most once, however badly the network behaves."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from interactor import (
    APIConnectionError,
    AsyncInteractorClient,
    RetryPolicy,
    ServerError,
)
from interactor.sandbox import Fault, Sandbox
from tests.scale import scaled

WORKERS = 32
MANY, FEW = scaled(2_000, 600), 200
STUBBORN = RetryPolicy(max_attempts=8, base=0.01, cap=0.05)
ONCE = RetryPolicy(max_attempts=1)
TIMEOUT = 1.0
# Three requests in ten: the first fault that matches applies, so each chance is one among those that are left.
FAULTS = (
    Fault(operation="tools.create", cut="before", after_handler=True, times=None, probability=0.10),
    Fault(operation="tools.create", cut="body", times=None, probability=0.06),
    Fault(operation="tools.create", status=503, after_handler=True, times=None, probability=0.06),
    Fault(operation="tools.create", status=503, times=None, probability=0.08),
    Fault(operation="tools.create", delay=1.5 * TIMEOUT, times=None, probability=0.04),
)


@dataclass
class Work:
    """What the workers share: numbers to take, and what came of them."""

    count: int
    keyed: bool
    ids: dict[str, str] = field(default_factory=dict[str, str])
    requests: int = 0
    given_back: int = 0

    def __post_init__(self) -> None:
        self._numbers = iter(range(self.count))
        self._lock = threading.Lock()

    def take(self) -> str | None:
        with self._lock:
            number = next(self._numbers, None)
            return None if number is None else f"tool_{number}"

    def key(self, name: str) -> str | None:
        return f"create-{name}" if self.keyed else None

    def done(self, name: str, tool_id: str, attempts: int) -> None:
        with self._lock:
            self.ids[name] = tool_id
            self.requests += attempts

    def failed(self, error: APIConnectionError | ServerError) -> None:
        """The client gave up, and the worker calls again: with the same key, where there is one."""
        with self._lock:
            self.requests += error.attempts
            self.given_back += 1


def work_in_threads(sandbox: Sandbox, work: Work, retry: RetryPolicy) -> None:
    def run() -> None:
        while (name := work.take()) is not None:
            create(name)

    def create(name: str) -> None:
        while True:
            try:
                tool = client.tools.create(name=name, description="d", parameters={}, idempotency_key=work.key(name))
            except (APIConnectionError, ServerError) as error:
                work.failed(error)
            else:
                return work.done(name, tool.id, tool.response_meta.attempts)

    with sandbox.client("proof", retry=retry, timeout=TIMEOUT) as client:
        threads = [threading.Thread(target=run) for _ in range(WORKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def work_in_tasks(sandbox: Sandbox, work: Work, retry: RetryPolicy) -> None:
    async def run(client: AsyncInteractorClient) -> None:
        while (name := work.take()) is not None:
            await create(client, name)

    async def create(client: AsyncInteractorClient, name: str) -> None:
        while True:
            try:
                tool = await client.tools.create(
                    name=name, description="d", parameters={}, idempotency_key=work.key(name)
                )
            except (APIConnectionError, ServerError) as error:
                work.failed(error)
            else:
                return work.done(name, tool.id, tool.response_meta.attempts)

    async def main() -> None:
        async with sandbox.async_client("proof", retry=retry, timeout=TIMEOUT) as client:
            await asyncio.gather(*(run(client) for _ in range(WORKERS)))

    asyncio.run(main())


Runner = Callable[[Sandbox, Work, RetryPolicy], None]


@dataclass(frozen=True)
class Proof:
    """What a run came to."""

    requests: int
    faults: int
    objects: int
    duplicates: int
    given_back: int
    complete: bool
    """Each name is there, with the id that its caller was told."""

    def __str__(self) -> str:
        return (
            f"{self.requests:,} requests sent, {self.faults:,} faults injected, {self.objects:,} objects created, "
            f"duplicates {self.duplicates:,} ({self.given_back} calls given back to their caller)"
        )


def prove(runner: Runner, work: Work, retry: RetryPolicy) -> Proof:
    with Sandbox(seed=7) as sandbox:
        for fault in FAULTS:
            sandbox.faults.add(fault)
        runner(sandbox, work, retry)
        faults = sum(rule["hits"] for rule in sandbox.faults.describe())
        sandbox.faults.clear()
        tools = list(sandbox.client("proof").tools.list(per_page=100))
    names = Counter(tool.name for tool in tools)
    pairs = {(tool.name, tool.id) for tool in tools}
    complete = len(work.ids) == work.count and pairs.issuperset(work.ids.items())
    return Proof(work.requests, faults, len(tools), len(tools) - len(names), work.given_back, complete)


@pytest.fixture(params=[work_in_threads, work_in_tasks], ids=["sync", "async"])
def runner(request: pytest.FixtureRequest) -> Runner:
    chosen: Runner = request.param
    return chosen


@pytest.mark.proof
def test_a_keyed_create_happens_exactly_once(runner: Runner, record_property: Callable[[str, object], None]) -> None:
    proof = prove(runner, Work(MANY, keyed=True), STUBBORN)

    record_property("figures", f"at most once, keyed, {runner.__name__}: {proof}")
    assert (proof.objects, proof.duplicates) == (MANY, 0)
    assert proof.complete
    assert 0.25 < proof.faults / proof.requests < 0.35


@pytest.mark.proof
def test_an_unkeyed_create_that_is_repeated_leaves_duplicates(
    runner: Runner, record_property: Callable[[str, object], None]
) -> None:
    proof = prove(runner, Work(FEW, keyed=False), ONCE)

    record_property("figures", f"at most once, unkeyed, {runner.__name__}: {proof}")
    assert proof.duplicates > 0
    assert proof.objects == FEW + proof.duplicates


def test_the_workers_share_all_of_the_work() -> None:
    work = Work(3, keyed=True)

    assert list(itertools.takewhile(bool, iter(work.take, None))) == ["tool_0", "tool_1", "tool_2"]
