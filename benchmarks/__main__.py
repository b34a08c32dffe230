"""`python -m benchmarks` measures everything and writes benchmarks/results.md; with names of topics, prints those."""

from __future__ import annotations

import os
import sys
import time
from importlib import import_module

from ._contestants import ASYNC, SYNC
from ._crew import crew
from ._results import PLACE, Topic, document, explained, targets, told
from ._servers import nginx

TOPICS = ("calls", "decoding", "tasks", "cold_start", "memory", "pages", "streams", "verification")


def main() -> None:
    names = sys.argv[1:] or list(TOPICS)
    if unknown := set(names) - set(TOPICS):
        raise SystemExit(f"There is no {', '.join(sorted(unknown))} to measure, but {', '.join(TOPICS)}.")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # installed packages are compiled, and so is what starts here
    started, load = time.monotonic(), os.getloadavg()[0]
    topics: list[Topic] = []
    with nginx() as url, crew(list(dict.fromkeys([*SYNC, *ASYNC]))) as workers:
        for name in names:
            print(f"{time.monotonic() - started:4.0f} s  {name}", file=sys.stderr, flush=True)
            topics += import_module(f"benchmarks.{name}").measured(workers, url)
        if sys.argv[1:]:
            print("\n\n".join([targets(topics), *map(told, topics), explained(topics)]))
            return
        text = document(topics, time.monotonic() - started, load)
    PLACE.write_text(text)
    print(targets(topics))
    print(f"\nAll of it stands in {PLACE.relative_to(PLACE.parent.parent)}.")


if __name__ == "__main__":
    main()
