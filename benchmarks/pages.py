"""Pages a second of a server that takes 50 ms over each: one after another, and eight ahead."""

from __future__ import annotations

import json
import time
from functools import partial

from ._contestants import BARE, DEFAULT, FAST, settings
from ._crew import Crew, Worker
from ._fixtures import DELAY, PAGES
from ._results import Figure, Topic, beside
from ._rounds import Sample, medians
from ._servers import slow_pages

ROUNDS = 5
AHEAD = 8
LIMIT = 0.18


def walk(name: str, url: str, ahead: int) -> float:
    """Seconds for all the pages."""
    if name == BARE:
        return _walk_by_hand(url)
    from interactor import InteractorClient

    with InteractorClient(**settings(url)) as client:
        started = time.perf_counter()
        found = sum(1 for _ in client.assistants.list(per_page=1, options={"prefetch": ahead}))
        assert found == PAGES
        return time.perf_counter() - started


def _walk_by_hand(url: str) -> float:
    import httpx

    with httpx.Client() as client:
        started = time.perf_counter()
        page, more = 0, True
        while more:
            page += 1
            content = client.get(f"{url}/core/assistants?per_page=1&page={page}").content
            more = json.loads(content)["meta"]["has_more"]
        assert page == PAGES
        return time.perf_counter() - started


def _profiled(worker: Worker) -> str:
    with slow_pages() as slow:
        return worker.profile(walk, url=slow, ahead=AHEAD)


def measured(crew: Crew, url: str) -> list[Topic]:
    with slow_pages() as slow:

        def one_after_another() -> Sample:
            # They wait nearly all the time: side by side they do not disturb each other.
            for name in (BARE, DEFAULT, FAST):
                crew[name].begin(walk, url=slow, ahead=0)
            return {name: crew[name].result() for name in (BARE, DEFAULT, FAST)}

        def ahead() -> Sample:
            return {name: crew[name].run(walk, url=slow, ahead=AHEAD) for name in (DEFAULT, FAST)}

        found = medians({"0": one_after_another, "8": ahead}, ROUNDS, warm=0)
        figures = [
            Figure(
                f"{PAGES} pages at {DELAY * 1000:.0f} ms, prefetch {AHEAD}: wall ÷ one after another",
                mode,
                found["8"][mode] / found["0"][mode],
                LIMIT,
                partial(_profiled, crew[mode]),
            )
            for mode in (DEFAULT, FAST)
        ]
    bare = PAGES / found["0"][BARE]
    rows = {
        name: [beside(PAGES / found[ahead][name], bare) if name in found[ahead] else "" for ahead in ("0", "8")]
        for name in (BARE, DEFAULT, FAST)
    }
    remark = f"{PAGES} pages, {DELAY * 1000:.0f} ms each: **ratio to bare httpx, one after another** · pages a second."
    return [Topic("Pages", remark, ["one after another", f"prefetch {AHEAD}"], rows, figures)]
