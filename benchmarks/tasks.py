"""How many calls a second one event loop gets done when many tasks share a client."""

from __future__ import annotations

import asyncio
import functools
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import partial
from typing import Any

from ._contestants import ASYNC, BARE, BEST_PEER, DEFAULT, FAST
from ._crew import Crew, hired
from ._results import Figure, Topic, beside, number
from ._rounds import Sample, medians

ROUNDS = 5
LEVELS = {1: (500, 0.25), 50: (1500, 0.5), 500: (3000, 1.2)}
"""Tasks → calls of a turn, and the seconds after which it ends anyway."""
PATIENCE = 90.0


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def _watched(measure: Callable[[], Sample]) -> Sample:
    """What `measure` finds in another thread, while the loop runs in this one: where most programs have theirs."""
    found: Future[Sample] = Future()
    loop = _loop()

    def watch() -> None:
        try:
            found.set_result(measure())
        except BaseException as problem:  # for the thread that asks
            found.set_exception(problem)
        finally:
            loop.call_soon_threadsafe(loop.stop)

    threading.Thread(target=watch, daemon=True).start()
    loop.run_forever()
    return found.result()


class _Crowd:
    """Tasks that share a client, in the loop of the main thread.

    Seen from another thread, a turn can end on time even where the loop is too busy to look at its clock.
    """

    def __init__(self, name: str, url: str, tasks: int, calls: int) -> None:
        self._name, self._url = name, url
        self._tasks, self._left = tasks, calls + tasks
        self._done = self._failures = 0
        self._marks: list[tuple[float, int]] = []
        """Moments, and how many calls were done by then: the begin, and when each task has its connection."""
        self._ready = threading.Event()
        self._running: Future[None] | None = None

    def sample(self, seconds: float) -> Sample:
        """What they get done in this time."""
        self._running = asyncio.run_coroutine_threadsafe(self.run(), _loop())
        assert self._ready.wait(60), f"{self._name} cannot make a call"
        _, waiting = wait([self._running], seconds)
        if waiting:
            self._mark()
        self._left = 0
        begin, *warm, end = self._marks
        (since, cold), (now, done) = next((mark for mark in warm if mark[0] < begin[0] + seconds * 0.75), begin), end
        return {"rate": (done - cold) / (now - since), "done": done, "failures": self._failures}

    def join(self) -> None:
        assert self._running is not None
        self._running.result()

    async def run(self) -> None:
        client = ASYNC[self._name](self._url)
        await client.one()
        self._mark()
        self._ready.set()
        await asyncio.gather(*(self._work(client.one) for _ in range(self._tasks)))
        self._mark()
        await client.close()

    async def _work(self, call: Callable[[], Any]) -> None:
        while self._left > 0:
            self._left -= 1
            try:
                await call()
                self._done += 1
            except Exception:  # counting them is what this is for
                self._failures += 1
            if self._done == self._tasks:
                self._mark()

    def _mark(self) -> None:
        self._marks.append((time.perf_counter(), self._done))


def rates(name: str, url: str) -> Sample:
    """Calls a second and failures, for each number of tasks. The process is of no use afterwards.

    Its last 500 tasks are still waiting: a client can take longer over their last calls than the whole turn took.
    """
    return _watched(partial(_rates, name, url))


def _rates(name: str, url: str) -> Sample:
    found: dict[str, float] = {}
    for tasks, (calls, seconds) in LEVELS.items():
        crowd = _Crowd(name, url, tasks, calls)
        found |= {f"{quantity} {tasks}": value for quantity, value in crowd.sample(seconds).items()}
        if tasks < max(LEVELS):
            crowd.join()
    return found


def whole(name: str, url: str, tasks: int, calls: int) -> Sample:
    """The same for one number of tasks, from the first call of a client to the last."""
    return _watched(partial(_whole, name, url, tasks, calls))


def _whole(name: str, url: str, tasks: int, calls: int) -> Sample:
    crowd = _Crowd(name, url, tasks, calls)
    sample = crowd.sample(PATIENCE)
    crowd.join()
    return sample


def alone(name: str, url: str, tasks: int, calls: int) -> None:
    """The same in the thread that asks, for a profile."""
    asyncio.run(_Crowd(name, url, tasks, calls).run())


def measured(crew: Crew, url: str) -> list[Topic]:
    found = medians({name: _turn(name, url) for name in ASYNC}, ROUNDS, warm=0)
    calls, _ = LEVELS[500]
    done = {mode: crew[mode].run(whole, url=url, tasks=500, calls=calls)["done"] for mode in (DEFAULT, FAST)}
    lost = {mode: calls + 500 - done[mode] for mode in done}

    def figure(name: str, mode: str, tasks: int, other: str, limit: float) -> Figure:
        ratio = found[mode][f"rate {tasks}"] / (found[other][f"rate {tasks}"] or 1)
        explain = partial(crew[mode].profile, alone, url=url, tasks=tasks, calls=LEVELS[tasks][0])
        return Figure(name, mode, ratio, limit, explain, at_least=True)

    def failed(mode: str) -> Figure:
        name = f"500 tasks, default settings, {calls + 500} calls: failures"
        return Figure(
            name, mode, lost[mode], 0, lambda: f"{lost[mode]} calls failed or had not ended after {PATIENCE} s"
        )

    figures = [
        figure("one object, async, 50 tasks: requests/s ÷ httpx AsyncClient", DEFAULT, 50, BARE, 1.5),
        figure("one object, async, 50 tasks: requests/s ÷ httpx AsyncClient", FAST, 50, BARE, 8),
        failed(DEFAULT),
        failed(FAST),
        figure(f"500 tasks: requests/s ÷ best peer ({BEST_PEER})", FAST, 500, BEST_PEER, 1.5),
    ]
    remark = (
        "One small object again and again, over warm connections: **ratio to bare httpx** (its limits raised to 1,000 "
        f"connections) · requests a second. A turn ends after {LEVELS[500][1]} seconds at the latest."
    )
    rows = {name: [_cell(found[name], found[BARE], tasks) for tasks in LEVELS] for name in ASYNC}
    return [Topic("Many tasks", remark, [f"{tasks} task{'s' * (tasks > 1)}" for tasks in LEVELS], rows, figures)]


def _turn(name: str, url: str) -> Callable[[], Sample]:
    def turn() -> Sample:
        with hired(name) as worker:
            sample: Sample = worker.run(rates, url=url)
            return sample

    return turn


def _cell(sample: Sample, bare: Sample, tasks: int) -> str:
    cell = beside(sample[f"rate {tasks}"], bare[f"rate {tasks}"])
    failures = sample[f"failures {tasks}"]
    return f"{cell}, {number(failures)} failures" if failures else cell
