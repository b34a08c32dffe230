"""What clients and objects weigh: how the memory of a fresh process grows."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ._contestants import BARE, DEFAULT, FAST, SYNC, settings
from ._crew import Crew, hired
from ._results import Topic, beside
from ._rounds import Sample, medians

ROUNDS = 5
CLIENTS = {DEFAULT: 1000, FAST: 1000}
FEWER = 10  # clients of those that take long over each
HOLDING = (BARE, DEFAULT, FAST)
LISTS = 100  # of a hundred objects


def clients(name: str, url: str, count: int) -> Sample:
    """Kilobytes a client, when it is new and after its first call."""
    first = SYNC[name](url)
    first.one()
    before = _kilobytes()
    made = [SYNC[name](url) for _ in range(count)]
    new = (_kilobytes() - before) / count
    for client in made:
        client.one()
    return {"new": new, "used": (_kilobytes() - before) / count}


def objects(name: str, url: str) -> float:
    """Kilobytes of ten thousand objects, each of which has been read."""
    fetch = _fetching(name, url)
    held = [fetch()]
    before = _kilobytes()
    held += [fetch() for _ in range(LISTS)]
    return _kilobytes() - before


def _fetching(name: str, url: str) -> Callable[[], Any]:
    if name == BARE:
        import json

        import httpx

        bare = httpx.Client()
        return lambda: json.loads(bare.get(f"{url}/core/assistants").content)["data"]
    from interactor import InteractorClient

    client = InteractorClient(**settings(url))

    def fetch() -> list[Any]:
        items = list(client.assistants.list(per_page=100).first_page())
        for item in items:
            _ = item.id, item.created_at
        return items

    return fetch


def _kilobytes() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024


def measured(crew: Crew, url: str) -> list[Topic]:
    counts = {name: CLIENTS.get(name, FEWER) for name in SYNC}

    def turn() -> Sample:
        # Memory is not time: they may work side by side.
        with ExitStack() as stack:
            making = {name: stack.enter_context(hired(name)) for name in SYNC}
            holding = {name: stack.enter_context(hired(name)) for name in HOLDING}
            for name, worker in making.items():
                worker.begin(clients, url=url, count=counts[name])
            for worker in holding.values():
                worker.begin(objects, url=url)
            found = {f"{name}, {state}": kB for name, one in making.items() for state, kB in one.result().items()}
            return found | {f"{name}, held": worker.result() for name, worker in holding.items()}

    found = medians({"all": turn}, ROUNDS, warm=0)["all"]
    rows = {
        name: [
            beside(found[f"{name}, {state}"], found[f"{BARE}, {state}"]) if f"{name}, {state}" in found else ""
            for state in ("new", "used", "held")
        ]
        for name in SYNC
    }
    remark = (
        "How a process grows: **ratio to bare httpx** · kilobytes. "
        f"Of Interactor's clients {CLIENTS[DEFAULT]:,} are made, of the others {FEWER}."
    )
    return [Topic("Memory", remark, ["a new client", "after its first call", "10,000 objects"], rows)]
