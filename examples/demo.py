"""Starts a sandbox, takes the tour in both colours against it, and cleans up. Needs nothing but this project."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TOUR = Path(__file__).with_name("tour.py")


def main() -> int:
    sandbox = subprocess.Popen(
        [sys.executable, "-m", "interactor", "sandbox", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        environment = {**os.environ, **exports(sandbox)}
        for colour in ("sync", "async"):
            finished = subprocess.run([sys.executable, str(TOUR), colour], env=environment, check=False)
            if finished.returncode:
                return finished.returncode
    finally:
        sandbox.terminate()
        sandbox.wait(timeout=10)
    print("The sandbox is stopped and left nothing behind.")
    return 0


def exports(sandbox: subprocess.Popen[str]) -> dict[str, str]:
    """The settings that the sandbox prints as `export NAME=value`."""
    assert sandbox.stdout is not None
    found: dict[str, str] = {}
    for line in sandbox.stdout:
        print(f"  sandbox | {line}", end="")
        if line.lstrip().startswith("export "):
            name, _, value = line.strip().removeprefix("export ").partition("=")
            found[name] = value
        elif len(found) >= 4:
            break
    return found


if __name__ == "__main__":
    sys.exit(main())
