"""What a watch promises, in figures: connections broken at random moments while an agent is at work."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable

import pytest

from coordinaitor import RetryPolicy, TaskUpdate
from coordinaitor.sandbox import Sandbox
from coordinaitor.sandbox._working import WorkSettings
from tandem.sandbox import Fault
from tests.scale import scaled

BREAKS = scaled(50, 6)
WATCHES = scaled(5, 2)
PATIENT = RetryPolicy(max_attempts=8, base=0.01, cap=0.05)
Figure = Callable[[str, object], None]

pytestmark = pytest.mark.proof


class Vandal(threading.Thread):
    """Breaks connections at random moments, in every way there is, and then lets the agent finish."""

    def __init__(self, sandbox: Sandbox, seed: int) -> None:
        super().__init__()
        self._sandbox = sandbox
        self._chance = random.Random(seed)
        self.breaks = 0

    def run(self) -> None:
        while self.breaks < BREAKS:
            time.sleep(self._chance.uniform(0.0, 0.4))
            how = self._chance.randrange(4)
            if how == 0:  # the next connection breaks by itself, after so many messages or before the first
                self._sandbox.faults.add(Fault(operation="live", events=self._chance.randrange(3)))
            elif how == 1:
                self._sandbox.faults.add(Fault(operation="live", cut="before"))
            self.breaks += self._sandbox.channels.drop() > 0
        self._sandbox.platform.workforce.settings = WorkSettings(pace=0.0, steps=2)


def judged(updates: list[TaskUpdate]) -> tuple[bool, int]:
    """Whether the last update is the end, and how many came twice."""
    marks = [(update.task.updated_at, update.status, update.progress, update.task.agent_id) for update in updates]
    return updates[-1].status == "completed", len(marks) - len(set(marks))


def tell(figure: Figure, colour: str, found: list[list[TaskUpdate]], breaks: int) -> None:
    results = [judged(updates) for updates in found]
    told = sum(update.type != "task.state" for updates in found for update in updates)
    final, twice = sum(final for final, _ in results), sum(twice for _, twice in results)
    figure(
        "figures",
        f"watch, {colour}: {WATCHES} tasks, connections broken {breaks} times each: final state seen "
        f"{final} of {WATCHES}, {told} updates told and {sum(map(len, found)) - told} found, {twice} twice",
    )
    assert (final, twice) == (WATCHES, 0)
    assert breaks == BREAKS


def test_every_end_is_seen_and_no_update_comes_twice(record_property: Figure) -> None:
    found: list[list[TaskUpdate]] = []

    def follow(task_id: str) -> None:
        found.append(list(client.tasks.watch(task_id)))

    with Sandbox(pace=0.01, steps=1000) as sandbox, sandbox.client(retry=PATIENT) as client:
        vandal = Vandal(sandbox, 1)
        threads = [threading.Thread(target=follow, args=(task_id,)) for task_id in given(sandbox)]
        for thread in (vandal, *threads):
            thread.start()
        for thread in (vandal, *threads):
            thread.join()

    tell(record_property, "sync", found, vandal.breaks)


def test_every_end_is_seen_and_no_update_comes_twice_in_tasks(record_property: Figure) -> None:
    async def follow_all(sandbox: Sandbox) -> list[list[TaskUpdate]]:
        async def follow(task_id: str) -> list[TaskUpdate]:
            return [update async for update in client.tasks.watch(task_id)]

        async with sandbox.async_client(retry=PATIENT) as client:
            return await asyncio.gather(*(follow(task_id) for task_id in given(sandbox)))

    with Sandbox(pace=0.01, steps=1000) as sandbox:
        vandal = Vandal(sandbox, 2)
        vandal.start()
        found = asyncio.run(follow_all(sandbox))
        vandal.join()

    tell(record_property, "async", found, vandal.breaks)


def given(sandbox: Sandbox) -> list[str]:
    """Tasks that an agent works on, each for as long as the vandal has not done."""
    with sandbox.client() as client:
        agent = client.agents.create(
            name="Dev", type="coding", model="gpt-4", provider="openai", max_concurrent_tasks=WATCHES
        )
        return [client.tasks.create(title=f"Task {n}", agent_id=agent.id).id for n in range(WATCHES)]
