"""How big a proof is: full with `make proof`, small in every other run."""

from __future__ import annotations

import os

FULL = os.environ.get("PROOF") == "1"


def scaled(full: int, quick: int) -> int:
    """`full` with `make proof`, else `quick`."""
    return full if FULL else quick
