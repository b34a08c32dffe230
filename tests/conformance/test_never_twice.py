"""The proof that a platform without idempotency keys gets no write twice from a client that goes on by itself."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from coordinaitor import (
    APIConnectionError,
    AsyncOrchestratorClient,
    AttemptRecord,
    OrchestratorClient,
    RetryPolicy,
    ServerError,
)
from coordinaitor.sandbox import Fault, Sandbox
from tests.scale import scaled

WORKERS = 16
CALLS = scaled(2_000, 120)
STUBBORN = RetryPolicy(max_attempts=6, base=0.005, cap=0.02)
TIMEOUT = 1.0
# A 503 says that nothing was done, and keeps its word here; all else leaves in the dark what became of the write.
FAULTS = (
    Fault(operation="tasks.create", cut="before", after_handler=True, times=None, probability=0.10),
    Fault(operation="tasks.create", cut="body", times=None, probability=0.06),
    Fault(operation="tasks.create", status=502, after_handler=True, times=None, probability=0.06),
    Fault(operation="tasks.create", status=503, times=None, probability=0.10),
    Fault(operation="tasks.create", delay=1.5 * TIMEOUT, times=None, probability=0.01),
)
Told = dict[str, str]
"""The ids that came back, by title. A call that ended in an error is not made again."""
Sent = list[AttemptRecord]
Runner = Callable[[Sandbox, Sent], Told]


def in_threads(sandbox: Sandbox, sent: Sent) -> Told:
    told: Told = {}

    def run(client: OrchestratorClient, worker: int) -> None:
        for number in range(worker, CALLS, WORKERS):
            try:
                told[f"task {number}"] = client.tasks.create(title=f"task {number}").id
            except (APIConnectionError, ServerError):
                continue

    with sandbox.client(retry=STUBBORN, timeout=TIMEOUT, on_attempt=sent.append) as client:
        threads = [threading.Thread(target=run, args=(client, worker)) for worker in range(WORKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return told


def in_tasks(sandbox: Sandbox, sent: Sent) -> Told:
    told: Told = {}

    async def run(client: AsyncOrchestratorClient, worker: int) -> None:
        for number in range(worker, CALLS, WORKERS):
            try:
                told[f"task {number}"] = (await client.tasks.create(title=f"task {number}")).id
            except (APIConnectionError, ServerError):
                continue

    async def main() -> None:
        async with sandbox.async_client(retry=STUBBORN, timeout=TIMEOUT, on_attempt=sent.append) as client:
            await asyncio.gather(*(run(client, worker) for worker in range(WORKERS)))

    asyncio.run(main())
    return told


@pytest.mark.proof
@pytest.mark.parametrize("runner", [in_threads, in_tasks], ids=["sync", "async"])
def test_a_create_without_a_key_never_happens_twice(
    runner: Runner, record_property: Callable[[str, Any], None]
) -> None:
    with Sandbox(seed=7, pace=None) as sandbox:
        for fault in FAULTS:
            sandbox.faults.add(fault)
        attempts: Sent = []
        told = runner(sandbox, attempts)
        sent = sum(attempt.operation == "tasks.create" for attempt in attempts)
        faults = sum(rule["hits"] for rule in sandbox.faults.describe())
        sandbox.faults.clear()
        with sandbox.client() as client:
            there = [(task.title, task.id) for task in client.tasks.list(limit=100)]

    often = Counter(title for title, _ in there)
    record_property(
        "figures",
        f"never twice, {runner.__name__}: {CALLS:,} calls, {sent:,} requests sent, {faults:,} faults injected, "
        f"{len(often):,} objects, {len(there) - len(often)} twice",
    )
    assert len(there) == len(often)
    assert set(told.items()) <= set(there)
    assert sent > CALLS  # it was stubborn
    assert len(told) < len(often)  # and was left in the dark, too
