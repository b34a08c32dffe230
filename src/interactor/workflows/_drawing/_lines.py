"""A definition for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._progress import progress_of
from ._sketch import sketched

if TYPE_CHECKING:
    from interactor.workflows._definition import Definition

_KINDS = {"action": "▸", "halting": "‖", "terminal": "■", "missing": "?"}
_STATES = {"current": "  ← here", "visited": "  ✓", "next": "", "ahead": ""}
_ARROWS = {"walked": "━━▶", "next": "╌╌▶", "ahead": "──▶", "plain": "──▶"}


def lines(definition: Definition, instance: Any = None) -> str:
    """Each state on a line, below it where one goes from there."""
    sketch = sketched(definition)
    progress = None if instance is None else progress_of(definition, instance)
    titles = {shape.name: shape.title for shape in sketch.shapes}
    written: list[str] = [sketch.title]
    for shape in sketch.shapes:
        if shape.kind == "start":
            continue
        mark = "" if progress is None else _STATES[progress.of_state(shape.name)]
        first = "  ← begins here" if shape.name == definition.initial and progress is None else ""
        note = f"  ({shape.note})" if shape.note else ""
        written.append(f"{_KINDS[shape.kind]} {shape.title}{note}{first}{mark}")
        for arrow in sketch.arrows:
            if arrow.source == shape.name:
                state = "plain" if progress is None else progress.of_arrow(arrow.source, arrow.target)
                label = f"  {' | '.join(arrow.lines)}" if arrow.lines else ""
                written.append(f"    {_ARROWS[state]} {titles[arrow.target]}{label}")
    return "\n".join(written) + "\n"
