"""What it costs to begin: importing the package, the first client, the next ones. Prints medians of fresh processes."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 15

IMPORTED = "import sys; import interactor; print(len(sys.modules))"
CLIENTS = """
import time
from interactor import InteractorClient
make = lambda: InteractorClient(client_id="id", client_secret="secret")
started = time.perf_counter(); make(); first = time.perf_counter() - started
started = time.perf_counter(); [make() for _ in range(100)]; print(first * 1000, (time.perf_counter() - started) * 10)
"""


def seconds(code: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def output(code: str) -> list[float]:
    return [
        float(word)
        for word in subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout.split()
    ]


def main() -> None:
    pairs = [(seconds("pass"), seconds(IMPORTED)) for _ in range(ROUNDS)]
    bare, imported = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
    modules = output(IMPORTED)[0] - output("import sys; print(len(sys.modules))")[0]
    clients = [output(CLIENTS) for _ in range(5)]
    first, second = (statistics.median(column) for column in zip(*clients, strict=True))
    print(f"bare interpreter            {bare:7.1f} ms")
    print(f"import interactor           {imported:7.1f} ms   (+{imported - bare:.1f} ms, {modules:.0f} modules more)")
    print(f"first client after import   {first:7.1f} ms   (httpx waits for the first call)")
    print(f"each further client         {second:7.3f} ms")


if __name__ == "__main__":
    main()
