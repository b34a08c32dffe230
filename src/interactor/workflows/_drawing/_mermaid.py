"""A definition as a Mermaid flowchart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ._progress import progress_of
from ._sketch import START, Shape, sketched

if TYPE_CHECKING:
    from interactor.workflows._definition import Definition

_FORMS = {"start": "(({}))", "terminal": "([{}])", "halting": "[/{}/]", "action": "[{}]", "missing": "[{}]"}
_CLASSES = (
    "classDef action fill:#eef4ff,stroke:#7ba2ea,color:#1f2937",
    "classDef halting fill:#fff6e5,stroke:#e6a93c,color:#1f2937",
    "classDef terminal fill:#eaf7f0,stroke:#63b98a,color:#1f2937",
    "classDef missing fill:#fdeeee,stroke:#dc7070,color:#1f2937,stroke-dasharray:5 4",
    "classDef start fill:#6b7280,stroke:#6b7280",
    "classDef visited stroke-width:2px,stroke:#4f46e5",
    "classDef current stroke-width:4px,stroke:#4f46e5",
    "classDef next stroke-dasharray:2 4",
)


def mermaid(definition: Definition, instance: Any = None) -> str:
    """The text of a flowchart."""
    sketch = sketched(definition)
    progress = None if instance is None else progress_of(definition, instance)
    numbers = {shape.name: f"s{index}" for index, shape in enumerate(sketch.shapes)}
    lines = ["flowchart TD"]
    lines += [f"    {numbers[shape.name]}{_box(shape)}:::{shape.kind}" for shape in sketch.shapes]
    walked: list[str] = []
    for index, arrow in enumerate(sketch.arrows):
        shaft = "-.->" if arrow.is_fork else "-->"
        label = f"|{_quoted(arrow.lines)}|" if arrow.lines else ""
        lines.append(f"    {numbers[arrow.source]} {shaft}{label} {numbers[arrow.target]}")
        if progress and progress.of_arrow(arrow.source, arrow.target) == "walked":
            walked.append(str(index))
    for shape in sketch.shapes if progress else ():
        state = progress.of_state(shape.name) if progress else "ahead"
        if shape.name != START and state != "ahead":
            lines.append(f"    class {numbers[shape.name]} {state}")
    if walked:
        lines.append(f"    linkStyle {','.join(walked)} stroke:#4f46e5,stroke-width:3px")
    return "\n".join([*lines, *(f"    {each}" for each in _CLASSES), ""])


def _box(shape: Shape) -> str:
    texts = ("●",) if shape.kind == "start" else (shape.title, *([shape.note] if shape.note else []))
    return _FORMS[shape.kind].format(_quoted(texts))


def _quoted(lines: tuple[str, ...]) -> str:
    return '"' + "<br/>".join(_escaped(line) for line in lines) + '"'


def _escaped(line: str) -> str:
    # Mermaid reads quotes, tags, backslashes, marks of Markdown and its own entities within a text.
    return re.sub(r"[^\w \-.,:()/=≤≥≠…]", lambda found: f"#{ord(found[0])};", line)
