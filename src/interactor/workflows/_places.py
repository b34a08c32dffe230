"""Where something stands in a definition: `("states", "start", "transitions", 0)`."""

from __future__ import annotations

import json
import re

Place = tuple[str | int, ...]
_PLAIN = re.compile(r"[A-Za-z0-9_$-]+")


def written(place: Place) -> str:
    """A place as the platform writes it: `states.start.transitions[0].target`. Odd names stand in `["…"]`."""
    path = "".join(_step(step) for step in place)
    return path.removeprefix(".")


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN.fullmatch(step) else f"[{json.dumps(step, ensure_ascii=False)}]"
