"""The process of one contestant: `python -m benchmarks._worker NAME`. It does what lines of its input order."""

from __future__ import annotations

import cProfile
import io
import json
import os
import pstats
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from ._contestants import FAST

_OPTIONAL = ("orjson", "pyreqwest")
_PROJECT = Path(__file__).parents[1]
_SHOWN = 14


def shut_out_optional_libraries() -> None:
    """From here on this process is one of a default installation."""
    for name in _OPTIONAL:
        sys.modules[name] = None  # type: ignore[assignment]  # what makes an import of it fail


def main() -> None:
    name = sys.argv[1]
    if name != FAST:
        shut_out_optional_libraries()
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no reply
    for line in sys.stdin:
        order = json.loads(line)
        work: Callable[..., Any] = getattr(import_module(order["module"]), order["function"])
        run = _profiled if order["profiled"] else _plainly
        print(json.dumps(run(work, name, order["arguments"])), file=replies, flush=True)


def _plainly(work: Callable[..., Any], name: str, arguments: dict[str, Any]) -> Any:
    return work(name, **arguments)


def _profiled(work: Callable[..., Any], name: str, arguments: dict[str, Any]) -> str:
    """The functions that take the most time by themselves."""
    work(name, **arguments)  # what happens once is not of interest
    profile = cProfile.Profile()
    profile.runcall(work, name, **arguments)
    told = io.StringIO()
    pstats.Stats(profile, stream=told).sort_stats("tottime").print_stats(_SHOWN)
    lines = [line.rstrip() for line in told.getvalue().splitlines() if line.strip()]
    begin = next(number for number, line in enumerate(lines) if line.lstrip().startswith("ncalls"))
    return "\n".join(_shorter(line) for line in lines[begin:])


def _shorter(line: str) -> str:
    """Without the folders above the one of the library, or of this project."""
    for above in ("site-packages/", "/lib/python", f"{_PROJECT}/src/", f"{_PROJECT}/"):
        before, found, place = line.rpartition(above)
        if found:
            return f"{before.rstrip()} {place}"
    return line


if __name__ == "__main__":
    main()
