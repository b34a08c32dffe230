"""What a call takes: CPU and wall time for one object and for a list of a hundred, one call after another."""

from __future__ import annotations

import asyncio
import functools
import time
from functools import partial

from ._contestants import ASYNC, BARE, DEFAULT, FAST, SYNC, Calls
from ._crew import Crew
from ._results import Figure, Topic, beside
from ._rounds import Sample, medians

ROUNDS = 31
TURN = 200  # calls,
SECONDS = 0.08  # or as many as there is time for
LIMITS = {
    "one object, sync: CPU": {DEFAULT: 0.85, FAST: 0.35},
    "list of 100, every `id` and `created_at` read, sync: CPU": {DEFAULT: 1.05, FAST: 0.65},
}


@functools.cache
def _client(name: str, url: str) -> Calls:
    return SYNC[name](url)


@functools.cache
def _loop() -> asyncio.Runner:
    return asyncio.Runner()


@functools.cache
def _async_client(name: str, url: str) -> Calls:
    return ASYNC[name](url)


def timed(name: str, url: str, which: str) -> Sample:
    """Microseconds a call, sync."""
    call = getattr(_client(name, url), which)
    call()
    call()
    turn = _Turn()
    while turn.goes_on():
        call()
    return turn.sample()


def timed_async(name: str, url: str, which: str) -> Sample:
    """Microseconds a call, async."""

    async def run() -> Sample:
        call = getattr(_async_client(name, url), which)
        await call()
        await call()
        turn = _Turn()
        while turn.goes_on():
            await call()
        return turn.sample()

    return _loop().run(run())


class _Turn:
    """Counts calls and what they take."""

    def __init__(self) -> None:
        self._calls = -1
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def goes_on(self) -> bool:
        self._calls += 1
        return self._calls < TURN and time.perf_counter() - self._wall < SECONDS

    def sample(self) -> Sample:
        spent = {"CPU": time.process_time() - self._cpu, "wall": time.perf_counter() - self._wall}
        return {quantity: seconds / self._calls * 1e6 for quantity, seconds in spent.items()}


def measured(crew: Crew, url: str) -> list[Topic]:
    found = {}
    for colour, work, contestants in (("sync", timed, SYNC), ("async", timed_async, ASYNC)):
        for what, which in (("one", "one"), ("list", "many")):
            turns = {name: partial(crew[name].run, work, url=url, which=which) for name in contestants}
            found[f"{what}, {colour}"] = medians(turns, ROUNDS)
    figures = [
        Figure(
            f"{name} ÷ (httpx + json.loads)",
            mode,
            found[title][mode]["CPU"] / found[title][BARE]["CPU"],
            limit,
            partial(crew[mode].profile, timed, url=url, which=which),
        )
        for (name, limits), title, which in zip(
            LIMITS.items(), ("one, sync", "list, sync"), ("one", "many"), strict=True
        )
        for mode, limit in limits.items()
    ]
    return [
        Topic(
            f"Calls: {quantity} time",
            "One call after another: **ratio to bare httpx** · microseconds a call.",
            list(found),
            _rows(found, quantity),
            figures if quantity == "CPU" else (),
        )
        for quantity in ("CPU", "wall")
    ]


def _rows(found: dict[str, dict[str, Sample]], quantity: str) -> dict[str, list[str]]:
    names = dict.fromkeys([*SYNC, *ASYNC])
    return {
        name: [
            beside(medians[name][quantity], medians[BARE][quantity]) if name in medians else ""
            for medians in found.values()
        ]
        for name in names
    }
