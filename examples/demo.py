"""Starts a sandbox of each platform, takes its tour in both colours, and cleans up. Needs nothing but this project."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
TOURS = {"interactor": HERE / "tour.py", "coordinaitor": HERE / "coordinaitor_tour.py"}
SETTINGS = {"interactor": 5, "coordinaitor": 3}  # how many a sandbox prints


def main() -> int:
    for platform, path in TOURS.items():
        if status := take(platform, path):
            return status
    print("The sandboxes are stopped and left nothing behind.")
    return 0


def take(platform: str, tour: Path) -> int:
    """Take a tour in both colours; returns its exit code."""
    command = [sys.executable, "-m", platform, "sandbox", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sandbox:
        try:
            settings = exports(sandbox, SETTINGS[platform])
            if len(settings) < SETTINGS[platform]:
                print(f"The {platform} sandbox ended before it was ready.", file=sys.stderr)
                return sandbox.wait(timeout=10) or 1
            for colour in ("sync", "async"):
                command = [sys.executable, str(tour), colour]
                finished = subprocess.run(command, env={**os.environ, **settings}, check=False)
                if finished.returncode:
                    return finished.returncode
        finally:
            sandbox.terminate()
    return 0


def exports(sandbox: subprocess.Popen[str], count: int) -> dict[str, str]:
    """The settings that the sandbox prints as `export NAME=value`."""
    assert sandbox.stdout is not None
    found: dict[str, str] = {}
    for line in sandbox.stdout:
        print(f"  sandbox | {line}", end="")
        if line.lstrip().startswith("export "):
            name, _, value = line.strip().removeprefix("export ").partition("=")
            found[name] = value
        elif len(found) >= count:
            break
    return found


if __name__ == "__main__":
    sys.exit(main())
