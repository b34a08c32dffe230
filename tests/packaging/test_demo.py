"""The demo says why it stops."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DEMO = Path(__file__).parents[2] / "examples" / "demo.py"
ENDED = """
import runpy, sys
demo = runpy.run_path(sys.argv[1])
demo["SETTINGS"]["this"] = 1
sys.exit(demo["take"]("this", sys.argv[1]))
"""


def test_a_sandbox_that_ends_before_it_is_ready_ends_the_demo_with_a_line() -> None:
    command = [sys.executable, "-W", "error", "-c", ENDED, str(DEMO)]

    ended = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)

    # `python -m this` prints a poem, and no settings.
    assert (ended.returncode, ended.stderr) == (1, "The this sandbox ended before it was ready.\n")
