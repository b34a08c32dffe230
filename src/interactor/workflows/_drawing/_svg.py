"""A layout as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from ._curves import Point
from ._layout import Box, Edge, Layout, Node, layout
from ._progress import Progress, progress_of
from ._sketch import LABEL_SIZE, LINE, NAME_SIZE, NOTE_SIZE
from ._style import STYLE
from ._widths import spoken

if TYPE_CHECKING:
    from interactor.workflows._definition import Definition

_HEAD, _HALF_HEAD = 8.0, 4.0
_ROUND = {"action": 8.0, "halting": 8.0, "missing": 8.0}


def svg(definition: Definition, instance: Any = None) -> str:
    """A drawing of a definition, with an instance on top where there is one."""
    progress = None if instance is None else progress_of(definition, instance)
    return drawn(layout(definition), progress)


def drawn(made: Layout, progress: Progress | None = None) -> str:
    """A layout as one SVG element."""
    width, height = _number(made.width), _number(made.height)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="wf" role="img" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}">',
        f"<title>{_said(made.title)}</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="wf-page" width="{width}" height="{height}" rx="12"/>',
    ]
    for node in made.nodes:
        lines += _halo(node, progress)
    # What was walked lies on top of what was not, and labels on top of all lines.
    ordered = sorted(made.edges, key=lambda edge: _arrow_state(edge, progress) == "walked")
    for edge in ordered:
        lines += _arrow(edge, _arrow_state(edge, progress))
    for edge in ordered:
        lines += _label(edge, _arrow_state(edge, progress))
    for node in made.nodes:
        lines += _node(node, progress)
    return "\n".join([*lines, "</svg>"])


def _arrow_state(edge: Edge, progress: Progress | None) -> str:
    return progress.of_arrow(edge.arrow.source, edge.arrow.target) if progress else "plain"


def _arrow(edge: Edge, state: str) -> Iterator[str]:
    kind = " wf-fork" if edge.arrow.is_fork else ""
    shaft, head = _headed(edge.points)
    yield f'<g class="wf-{state}{kind}"><path class="wf-line" d="{_path(shaft)}"/>'
    yield f'<path class="wf-head" d="M{" L".join(_point(point) for point in head)} Z"/></g>'


def _headed(points: Sequence[Point]) -> tuple[list[Point], list[Point]]:
    """The curves, ending where the arrow's head begins, and the corners of the head."""
    (x, y), (before_x, before_y) = points[-1], points[-2]
    if before_x == x:
        step = _HEAD if y > before_y else -_HEAD
        head = [(x, y), (x - _HALF_HEAD, y - step), (x + _HALF_HEAD, y - step)]
        return [*points[:-1], (x, y - 0.7 * step)], head
    # A loop comes back from the right.
    head = [(x, y), (x + _HEAD, y - _HALF_HEAD), (x + _HEAD, y + _HALF_HEAD)]
    return [*points[:-1], (x + 0.7 * _HEAD, y)], head


def _path(points: Sequence[Point]) -> str:
    curves = [points[at : at + 3] for at in range(1, len(points) - 2, 3)]
    return f"M{_point(points[0])} " + " ".join(f"C{' '.join(_point(point) for point in curve)}" for curve in curves)


def _label(edge: Edge, state: str) -> Iterator[str]:
    if edge.label is None:
        return
    box = edge.label
    yield f'<g class="wf-{state} wf-label"><title>{_said(edge.arrow.told)}</title>{_rect(box, 7.0)}'
    x, top = box.middle[0], box.top + 3.0 + (LINE + LABEL_SIZE) / 2 - 1.5
    for index, line in enumerate(edge.arrow.lines):
        yield _text(line, x, top + index * LINE, LABEL_SIZE)
    yield "</g>"


def _halo(node: Node, progress: Progress | None) -> Iterator[str]:
    """A glow around where the instance is."""
    if progress is None or progress.of_state(node.shape.name) != "current":
        return
    box = Box(node.box.left - 6.0, node.box.top - 6.0, node.box.width + 12.0, node.box.height + 12.0)
    radius = _round(node.shape.kind, box) + 4.0
    yield f'<g class="wf-current{_failed("current", progress)}">{_rect(box, radius, "wf-halo")}</g>'


def _failed(state: str, progress: Progress | None) -> str:
    return " wf-failed" if progress and state == "current" and progress.status == "failed" else ""


def _node(node: Node, progress: Progress | None) -> Iterator[str]:
    shape, box = node.shape, node.box
    state = progress.of_state(shape.name) if progress else "plain"
    x, y = box.middle
    if shape.kind == "start":
        yield f'<circle class="wf-start" cx="{_number(x)}" cy="{_number(y)}" r="{_number(box.width / 2)}"/>'
        return
    yield f'<g class="wf-{state} wf-{shape.kind}{_failed(state, progress)}"><title>{_said(shape.name)}</title>'
    yield _rect(box, _round(shape.kind, box), "wf-box")
    base = y + NAME_SIZE * 0.35 - (8.0 if shape.note else 0.0)
    yield _text(shape.title, x, base, NAME_SIZE, "wf-name")
    if shape.note:
        yield _text(shape.note, x, base + 17.0, NOTE_SIZE, "wf-note")
    yield "</g>"


def _round(kind: str, box: Box) -> float:
    return _ROUND.get(kind, box.height / 2)


def _rect(box: Box, radius: float, name: str = "wf-pill") -> str:
    x, y, width, height = (_number(each) for each in (box.left, box.top, box.width, box.height))
    return f'<rect class="{name}" x="{x}" y="{y}" width="{width}" height="{height}" rx="{_number(radius)}"/>'


def _text(line: str, x: float, y: float, size: float, name: str = "wf-said") -> str:
    place = f'x="{_number(x)}" y="{_number(y)}" font-size="{_number(size)}"'
    return f'<text class="{name}" {place} text-anchor="middle">{_said(line)}</text>'


def _said(text: str) -> str:
    return escape(spoken(text))


def _point(point: Point) -> str:
    return f"{_number(point[0])},{_number(point[1])}"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
