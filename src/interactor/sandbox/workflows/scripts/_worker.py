"""The process that scripts run in: one at a time, each in a fresh context, with limits on time and memory.

It is started without site packages and without an environment, is told where to find QuickJS, and imports next to
nothing, so that it is up in twenty milliseconds. On its standard input comes one order a line, "seconds bytes json";
one reply goes out for each, "R json" or "B message", after a first line that says that it is ready. Whoever started
it kills it when it takes too long.
"""

from __future__ import annotations

import os
import sys
from typing import Any

# More than the interpreter and the engine need, and less than would trouble the machine.
_MOST_ADDRESSES = 512 * 1024 * 1024


def main(folder: str) -> None:
    """Run scripts until the standard input ends."""
    sys.path.append(folder)
    quickjs: Any = __import__("_quickjs")
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "run.js"), encoding="utf-8") as file:
        program = file.read()
    _restrain()
    _say("ready")
    for line in sys.stdin.buffer:
        seconds, size, given = line.decode().split(" ", 2)
        _allow_seconds(float(seconds))
        _say(_outcome(quickjs, program, float(seconds), int(size), given))


def _outcome(quickjs: Any, program: str, seconds: float, size: int, given: str) -> str:
    context = quickjs.Context()
    context.set_memory_limit(size)
    context.set_time_limit(seconds)
    try:
        context.set("__given", given)
        return f"R {context.eval(program)}"
    except (quickjs.JSException, MemoryError) as error:
        # The engine's own end of a script, which the script cannot catch.
        message = str(error).split("\n", 1)[0]
        return f"B {message or 'out of memory'}"


def _say(line: str) -> None:
    sys.stdout.buffer.write(line.encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()


def _restrain() -> None:
    """Let everything else go first, and hold what the engine itself does not."""
    try:
        import resource
    except ImportError:  # Windows has no such limits; the engine's own hold there
        return
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_ADDRESSES, _MOST_ADDRESSES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _allow_seconds(seconds: float) -> None:
    try:
        import resource
    except ImportError:  # as above
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 2, hard))


if __name__ == "__main__":
    main(sys.argv[1])
