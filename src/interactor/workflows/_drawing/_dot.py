"""A definition in the language of Graphviz."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._progress import Progress, progress_of
from ._sketch import Arrow, Shape, sketched

if TYPE_CHECKING:
    from interactor.workflows._definition import Definition

_LOOKS = {
    "start": 'shape=circle, label="", width=0.15, style=filled, fillcolor="#6b7280", color="#6b7280"',
    "action": 'fillcolor="#eef4ff", color="#7ba2ea"',
    "halting": 'fillcolor="#fff6e5", color="#e6a93c"',
    "terminal": 'fillcolor="#eaf7f0", color="#63b98a", peripheries=2',
    "missing": 'fillcolor="#fdeeee", color="#dc7070", style="rounded,filled,dashed"',
}
_STATES = {"current": "penwidth=4", "visited": "penwidth=2"}
_ARROWS = {"walked": 'color="#4f46e5", penwidth=2.5', "next": "style=dashed"}


def dot(definition: Definition, instance: Any = None) -> str:
    """The text of a directed graph."""
    sketch = sketched(definition)
    progress = None if instance is None else progress_of(definition, instance)
    numbers = {shape.name: f"s{index}" for index, shape in enumerate(sketch.shapes)}
    lines = [
        f"digraph {_quoted(sketch.title or 'workflow')} {{",
        '    node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11];',
        '    edge [color="#94a3b8", fontname="Helvetica", fontsize=9, fontcolor="#6b7280"];',
    ]
    lines += [f"    {numbers[shape.name]} [{_look(shape, progress)}];" for shape in sketch.shapes]
    for arrow in sketch.arrows:
        looks = _arrow(arrow, progress)
        more = f" [{looks}]" if looks else ""
        lines.append(f"    {numbers[arrow.source]} -> {numbers[arrow.target]}{more};")
    return "\n".join([*lines, "}", ""])


def _look(shape: Shape, progress: Progress | None) -> str:
    text = "" if shape.kind == "start" else f"label={_quoted(shape.title, shape.note)}"
    state = _STATES.get(progress.of_state(shape.name), "") if progress else ""
    return ", ".join(part for part in (text, _LOOKS[shape.kind], state) if part)


def _arrow(arrow: Arrow, progress: Progress | None) -> str:
    text = f"label={_quoted(*arrow.lines)}" if arrow.lines else ""
    fork = "style=dashed" if arrow.is_fork else ""
    state = _ARROWS.get(progress.of_arrow(arrow.source, arrow.target), "") if progress else ""
    return ", ".join(part for part in (text, fork, state) if part)


def _quoted(*lines: str) -> str:
    shown = [line.replace("\\", "\\\\").replace('"', '\\"') for line in lines if line]
    return '"' + "\\n".join(shown) + '"'
