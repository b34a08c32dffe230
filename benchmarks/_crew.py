"""The processes of the contestants, from the side that gives the orders."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


class Worker:
    """A contestant's process. What it is to do is a function of a topic, which gets the contestant's name first."""

    def __init__(self, name: str, process: subprocess.Popen[str]) -> None:
        self.name = name
        self._process = process

    def begin(self, work: Callable[..., object], *, profiled: bool = False, **arguments: Any) -> None:
        """Let it work, beside others if need be. `result` waits."""
        order = {
            "module": work.__module__,
            "function": work.__name__,
            "arguments": arguments,
            "profiled": profiled,
        }
        assert self._process.stdin is not None
        print(json.dumps(order), file=self._process.stdin, flush=True)

    def result(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"The process of {self.name} has failed; the reason stands above.")
        return json.loads(line)

    def run(self, work: Callable[..., object], **arguments: Any) -> Any:
        """What the function returns there."""
        self.begin(work, **arguments)
        return self.result()

    def profile(self, work: Callable[..., object], **arguments: Any) -> str:
        """Where the time goes when it does this."""
        self.begin(work, profiled=True, **arguments)
        told: str = self.result()
        return told


Crew = Mapping[str, Worker]


@contextmanager
def hired(name: str) -> Iterator[Worker]:
    """A new process for this contestant."""
    command = [sys.executable, "-m", "benchmarks._worker", name]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Worker(name, process)
        finally:
            process.kill()


@contextmanager
def crew(names: list[str]) -> Iterator[Crew]:
    """A process for each of these contestants."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(hired(name)) for name in names}
