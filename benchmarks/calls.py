"""What calls cost beside the same by hand with httpx. Prints ratios and writes them to `benchmarks/results.md`.

Each pair takes turns in one process; a ratio is that of the medians of all rounds, so that a busy machine slows both.
"""

from __future__ import annotations

import asyncio
import json
import platform
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from interactor_api import models
from serving import PAGES, nginx, slow_pages

from interactor import AsyncInteractorClient, InteractorClient

ROUNDS = 9
CALLS = 200


class Figure(NamedTuple):
    """One line of the table."""

    name: str
    measured: float
    target: str
    hit: bool


def settings(url: str) -> dict[str, Any]:
    return {
        "client_id": "id",
        "client_secret": "secret",
        "namespace": "n",
        "account_server_url": f"{url}/account",
        "core_api_url": f"{url}/core",
    }


def at_most(name: str, measured: float, limit: float) -> Figure:
    return Figure(name, measured, f"≤ {limit:g}", measured <= limit)


def at_least(name: str, measured: float, limit: float) -> Figure:
    return Figure(name, measured, f"≥ {limit:g}", measured >= limit)


def ratio(ours: Callable[[], object], theirs: Callable[[], object], calls: int = CALLS) -> float:
    """CPU time of ours ÷ theirs."""
    spent: dict[int, list[float]] = {0: [], 1: []}
    for _ in range(ROUNDS + 1):
        for which, run in enumerate((ours, theirs)):
            started = time.process_time()
            for _ in range(calls):
                run()
            spent[which].append(time.process_time() - started)
    return statistics.median(spent[0][1:]) / statistics.median(spent[1][1:])  # the first round warms up


def one_and_list(url: str) -> list[Figure]:
    with InteractorClient(**settings(url)) as client, httpx.Client(headers={"Authorization": "Bearer tok"}) as bare:

        def our_list() -> None:
            for item in client.assistants.list(per_page=100).first_page():
                _ = item.id, item.created_at

        def their_list() -> None:
            for item in json.loads(bare.get(f"{url}/core/assistants?per_page=100").content)["data"]:
                _ = item["id"], item["created_at"]

        one = ratio(
            lambda: client.assistants.get("asst_1"),
            lambda: json.loads(bare.get(f"{url}/core/assistants/asst_1").content),
        )
        many = ratio(our_list, their_list)
        text = bare.get(f"{url}/core/assistants").content
    raw = json.loads(text)["data"]
    decoding = ratio(lambda: [models.Assistant.from_dict(item) for item in raw], lambda: json.loads(text))
    return [
        at_most("one object, sync: CPU ÷ (httpx + json.loads)", one, 0.85),
        at_most("list of 100, id and created_at read, sync: CPU ÷ (httpx + json.loads)", many, 1.05),
        at_most("100 models from a dictionary: CPU ÷ json.loads of its text", decoding, 0.8),
    ]


async def together(call: Callable[[], Awaitable[Any]], tasks: int, calls: int) -> tuple[float, int]:
    """Requests a second, and how many failed."""
    left, failures = calls, 0

    async def work() -> None:
        nonlocal left, failures
        while left > 0:
            left -= 1
            try:
                await call()
            except Exception:  # counting them is what this is for
                failures += 1

    started = time.perf_counter()
    await asyncio.gather(*[work() for _ in range(tasks)])
    return calls / (time.perf_counter() - started), failures


async def many_tasks(url: str) -> list[Figure]:
    limits = httpx.Limits(max_connections=1000, max_keepalive_connections=1000)
    bare = httpx.AsyncClient(headers={"Authorization": "Bearer tok"}, limits=limits, timeout=60)
    ours, theirs = [], []
    async with AsyncInteractorClient(**settings(url)) as client, bare:

        async def our_call() -> object:
            return await client.assistants.get("asst_1")

        async def their_call() -> object:
            return json.loads((await bare.get(f"{url}/core/assistants/asst_1")).content)

        for _ in range(6):
            ours.append((await together(our_call, 50, 400))[0])
            theirs.append((await together(their_call, 50, 400))[0])
        rate, failures = await together(our_call, 500, 3000)
    faster = statistics.median(ours[1:]) / statistics.median(theirs[1:])
    return [
        at_least("one object, async, 50 tasks: requests a second ÷ httpx", faster, 1.5),
        at_most(f"500 tasks, default settings: failures (at {rate:.0f} requests a second)", failures, 0),
    ]


def pages_ahead() -> list[Figure]:
    spent: dict[int, list[float]] = {0: [], 8: []}
    with slow_pages() as url, InteractorClient(**settings(url)) as client:
        for _ in range(3):
            for ahead in (0, 8):
                started = time.perf_counter()
                found = sum(1 for _ in client.assistants.list(per_page=1, options={"prefetch": ahead}))
                assert found == PAGES
                spent[ahead].append(time.perf_counter() - started)
    quicker = statistics.median(spent[8]) / statistics.median(spent[0])
    return [at_most(f"{PAGES} pages at 50 ms, prefetch 8: wall ÷ one after another", quicker, 0.18)]


def table(figures: list[Figure]) -> str:
    lines = ["| | measured | target | |", "|---|---|---|---|"]
    for figure in figures:
        lines.append(
            f"| {figure.name} | {figure.measured:.2f} | {figure.target} | {'hit' if figure.hit else 'missed'} |"
        )
    return "\n".join(lines)


def main() -> None:
    with nginx() as url:
        figures = [*one_and_list(url), *asyncio.run(many_tasks(url))]
    figures += pages_ahead()
    shown = table(figures)
    print(shown)
    heading = "# Calls, measured\n\nWritten by `make bench`: ratios, each against httpx in the same run"
    where = f"Python {platform.python_version()}, httpx {httpx.__version__}, default installation"
    Path(__file__).with_name("results.md").write_text(f"{heading} ({where}).\n\n{shown}\n")


if __name__ == "__main__":
    main()
