"""Places for everything: boxes, labels and curves in pixels, from the upper left corner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from ._alignment import aligned
from ._curves import Point, curved, loop, ports
from ._layers import Chain, Layers, layered, loop_reach
from ._sketch import Arrow, Shape, Sketch, sketched

if TYPE_CHECKING:
    from interactor.workflows._definition import Definition

_EDGE = 20.0
_GAP, _MOST_GAP = 26.0, 76.0


@attrs.frozen
class Box:
    """A rectangle."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.top + self.height

    @property
    def middle(self) -> Point:
        """The point in the middle."""
        return self.left + self.width / 2, self.top + self.height / 2

    def overlaps(self, other: Box) -> bool:
        """Whether the two share more than an edge."""
        apart = self.right <= other.left or other.right <= self.left
        return not (apart or self.bottom <= other.top or other.bottom <= self.top)


@attrs.frozen
class Node:
    """A state in its place."""

    shape: Shape
    box: Box


@attrs.frozen
class Edge:
    """An arrow in its place: cubic curves from point to point, each with two control points between, and its label."""

    arrow: Arrow
    points: tuple[Point, ...]
    label: Box | None


@attrs.frozen
class Layout:
    """A drawing before it is drawn. No two of its boxes overlap, neither states nor labels."""

    title: str
    width: float
    height: float
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    @property
    def labels(self) -> tuple[Box, ...]:
        """The boxes of all labels."""
        return tuple(edge.label for edge in self.edges if edge.label is not None)


def layout(definition: Definition) -> Layout:
    """Where everything stands in a drawing of a definition.

    layout(definition).nodes[0].box     # Box(left=20.0, top=20.0, width=104.0, height=48.0)
    """
    return placed(sketched(definition))


def placed(sketch: Sketch) -> Layout:
    """Places for a sketch."""
    layers = layered(sketch)
    grid = _Grid.of(layers)
    boxes = {slot.shape.name: grid.box(slot.number) for slot in layers.slots if slot.shape is not None}
    starts = ports(layers.slots, grid.across, boxes)
    edges = [_edge(chain, grid, starts) for chain in layers.chains]
    edges += [_loop(arrow, boxes[arrow.source]) for arrow in layers.loops]
    nodes = tuple(Node(shape, boxes[shape.name]) for shape in sketch.shapes)
    return Layout(sketch.title, grid.width, grid.height, nodes, tuple(edges))


@attrs.frozen
class _Grid:
    """Where the slots are: the middle of each, and top and bottom of each row."""

    layers: Layers
    across: list[float]
    bands: list[tuple[float, float]]

    @classmethod
    def of(cls, layers: Layers) -> _Grid:
        across = aligned(layers)
        left = min((at - slot.left for at, slot in zip(across, layers.slots, strict=True)), default=0.0)
        across = [at - left + _EDGE for at in across]
        return cls(layers, across, _bands(layers, across))

    @property
    def width(self) -> float:
        reach = (at + slot.right for at, slot in zip(self.across, self.layers.slots, strict=True))
        return max(reach, default=_EDGE) + _EDGE

    @property
    def height(self) -> float:
        return self.bands[-1][1] + _EDGE

    def box(self, number: int) -> Box:
        slot = self.layers.slots[number]
        width, height = (slot.shape.width, slot.shape.height) if slot.shape else (slot.left + slot.right, slot.height)
        top, bottom = self.bands[slot.row]
        return Box(self.across[number] - width / 2, (top + bottom - height) / 2, width, height)

    def stop(self, number: int) -> tuple[Point, Point]:
        """Where a line comes into a slot and where it leaves it, from top to bottom."""
        top, bottom = self.bands[self.layers.slots[number].row]
        return (self.across[number], top), (self.across[number], bottom)


def _bands(layers: Layers, across: Sequence[float]) -> list[tuple[float, float]]:
    """Top and bottom of each row. The gap between two rows is larger where lines go far to the side."""
    bands: list[tuple[float, float]] = []
    top = _EDGE
    for row in layers.rows:
        height = max((layers.slots[number].height for number in row), default=0.0)
        bands.append((top, top + height))
        aside = [abs(across[number] - across[other]) for number in row for other in layers.slots[number].below]
        top += height + min(_MOST_GAP, max(_GAP, 0.16 * max(aside, default=0.0)))
    return bands


def _edge(chain: Chain, grid: _Grid, starts: Mapping[tuple[int, int], Point]) -> Edge:
    first, *bends, last = chain.slots
    upper, lower = grid.box(first), grid.box(last)
    begin = starts.get((first, chain.slots[1]), (upper.middle[0], upper.bottom))
    end = starts.get((last, chain.slots[-2]), (lower.middle[0], lower.top))
    points = curved([(begin, begin), *(grid.stop(number) for number in bends), (end, end)])
    label = None if chain.label is None else grid.box(chain.label)
    return Edge(chain.arrow, tuple(points[::-1] if chain.upward else points), label)


def _loop(arrow: Arrow, box: Box) -> Edge:
    middle = box.middle[1]
    label = Box(box.right + 28.0, middle - arrow.label_height / 2, arrow.label_width, arrow.label_height)
    reach = loop_reach(arrow) if not arrow.lines else 28.0
    return Edge(arrow, tuple(loop(box.right, middle, min(reach, 28.0))), label if arrow.lines else None)
