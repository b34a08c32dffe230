"""Rows of slots: a state, a label or a bend each, in an order with few crossings."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise

import attrs

from ._ranks import ranked, without_loops
from ._sketch import Arrow, Shape, Sketch

_WORK = 200_000
"""Slots that are sorted at most in all rounds together: a drawing of any size is done in about a second."""
_MOST_ROUNDS = 24
_MOST_BENDS = 12_000
"""Beyond these, which takes a thousand arrows, nobody can follow a line anyway: lines run behind the states then."""
_PATIENCE = 6
"""Rounds without a gain, after which there will be none."""


@attrs.define
class Slot:
    """A place in a row. `left` and `right` are how far it reaches from its middle."""

    number: int
    row: int
    left: float
    right: float
    height: float
    margin: float
    shape: Shape | None = None
    above: list[int] = attrs.field(factory=list[int])
    below: list[int] = attrs.field(factory=list[int])


@attrs.define
class Chain:
    """An arrow's slots from top to bottom. `upward`: the arrow points the other way. `label` is one of the slots."""

    arrow: Arrow
    slots: list[int]
    upward: bool
    label: int | None


@attrs.define
class Layers:
    """The rows from top to bottom, each a list of slots from left to right."""

    slots: list[Slot]
    rows: list[list[int]]
    chains: list[Chain]
    loops: list[Arrow]


def layered(sketch: Sketch) -> Layers:
    """The rows of a sketch. States stand in even rows, labels in odd ones."""
    loops = [arrow for arrow in sketch.arrows if arrow.source == arrow.target]
    arrows = [arrow for arrow in sketch.arrows if arrow.source != arrow.target]
    names = [shape.name for shape in sketch.shapes]
    upward = without_loops(names, [(arrow.source, arrow.target) for arrow in arrows])
    ends = [_ends(arrow, up) for arrow, up in zip(arrows, upward, strict=True)]
    ranks = ranked(names, ends)
    lowest = min(ranks.values(), default=0)
    made = Layers([], [[] for _ in range(2 * (max(ranks.values(), default=0) - lowest) + 1)], [], loops)
    aside = {loop.source: loop for loop in loops}
    numbers = {shape.name: _add_shape(made, shape, 2 * (ranks[shape.name] - lowest), aside) for shape in sketch.shapes}
    length = sum(2 * (ranks[bottom] - ranks[top]) for top, bottom in ends)
    for arrow, up, (top, bottom) in zip(arrows, upward, ends, strict=True):
        made.chains.append(_chain(made, arrow, up, numbers[top], numbers[bottom], bent=length <= _MOST_BENDS))
    _arrange(made)
    return made


def _ends(arrow: Arrow, upward: bool) -> tuple[str, str]:
    return (arrow.target, arrow.source) if upward else (arrow.source, arrow.target)


def loop_reach(arrow: Arrow) -> float:
    """How far a loop and its label stick out to the right of their state."""
    return 30.0 + arrow.label_width


def _add_shape(made: Layers, shape: Shape, row: int, loops: dict[str, Arrow]) -> int:
    half, loop = shape.width / 2, loops.get(shape.name)
    right = half + (loop_reach(loop) if loop else 0.0)
    height = max(shape.height, loop.label_height if loop else 0.0)
    return _add(made, Slot(len(made.slots), row, half, right, height, 14.0, shape))


def _add(made: Layers, slot: Slot) -> int:
    made.slots.append(slot)
    made.rows[slot.row].append(slot.number)
    return slot.number


def _chain(made: Layers, arrow: Arrow, upward: bool, top: int, bottom: int, *, bent: bool) -> Chain:
    """The bends of an arrow, or its label alone; the label is next to where the arrow comes from."""
    first, last = made.slots[top].row + 1, made.slots[bottom].row - 1
    labelled = (last if upward else first) if arrow.lines else -1
    bends: list[int] = []
    label: int | None = None
    for row in range(first, last + 1):
        if row == labelled:
            half = arrow.label_width / 2
            label = _add(made, Slot(len(made.slots), row, half, half, arrow.label_height, 6.0))
            bends.append(label)
        elif bent:
            bends.append(_add(made, Slot(len(made.slots), row, 2.0, 2.0, 0.0, 8.0)))
    slots = [top, *bends, bottom]
    for upper, lower in pairwise(slots):
        if made.slots[upper].row + 1 == made.slots[lower].row:
            made.slots[upper].below.append(lower)
            made.slots[lower].above.append(upper)
    return Chain(arrow, slots, upward, label)


def _arrange(made: Layers) -> None:
    """Sort the rows by where their neighbours stand, down and up by turns, and keep the best."""
    best, fewest, since = [list(row) for row in made.rows], crossings(made), 0
    for number in range(min(_MOST_ROUNDS, _WORK // (len(made.slots) + 1))):
        if not fewest or since == _PATIENCE:
            break
        _sweep(made, downward=number % 2 == 0)
        count = crossings(made)
        since += 1
        if count < fewest:
            best, fewest, since = [list(row) for row in made.rows], count, 0
    made.rows = best


def _sweep(made: Layers, *, downward: bool) -> None:
    rows = made.rows if downward else made.rows[::-1]
    near = [slot.above if downward else slot.below for slot in made.slots]
    for before, row in pairwise(rows):
        place = {number: index for index, number in enumerate(before)}
        wanted: dict[int, float] = {}
        for index, number in enumerate(row):
            others = near[number]
            # Nearly every slot is a bend, with one neighbour on either side.
            if len(others) == 1:
                wanted[number] = place[others[0]]
            else:
                wanted[number] = sum(place[other] for other in others) / len(others) if others else index
        row.sort(key=wanted.__getitem__)


def crossings(made: Layers) -> int:
    """How many pairs of lines cross between neighbouring rows."""
    return sum(_between(made.slots, upper, lower) for upper, lower in pairwise(made.rows))


def _between(slots: Sequence[Slot], upper: Sequence[int], lower: Sequence[int]) -> int:
    place = {number: index for index, number in enumerate(lower)}
    ends: list[int] = []
    for number in upper:
        below = slots[number].below
        ends += (place[below[0]],) if len(below) == 1 else sorted(place[other] for other in below)
    count, passed = 0, list[int]()
    for end in ends:
        count += len(passed) - bisect_right(passed, end)
        insort(passed, end)
    return count
