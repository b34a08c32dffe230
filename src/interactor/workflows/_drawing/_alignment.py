"""How far to the right each slot stands: long lines straight, neighbours near, nothing on top of another.

The method of Brandes and Köpf, "Fast and Simple Horizontal Coordinate Assignment" (2001): four alignments, each leaning
to one corner, and for each slot the middle of the four.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from ._layers import Layers, Slot

Rows = Sequence[Sequence[int]]


def aligned(layers: Layers) -> list[float]:
    """The middle of each slot, by number."""
    slots = layers.slots
    if not slots:
        return []
    crossing = _in_the_way(layers)
    found: list[list[float]] = []
    for downward in (True, False):
        for rightward in (True, False):
            rows = [row if rightward else row[::-1] for row in (layers.rows if downward else layers.rows[::-1])]
            root = _blocks(slots, rows, downward, crossing)
            places = _compact(slots, rows, root, mirrored=not rightward)
            found.append(places if rightward else [-place for place in places])
    return _middle(slots, found)


def _in_the_way(layers: Layers) -> set[tuple[int, int]]:
    """Lines that cross a long line's straight part: they give way."""
    slots, marked = layers.slots, set[tuple[int, int]]()
    for upper, lower in zip(layers.rows, layers.rows[1:], strict=False):
        place = {number: index for index, number in enumerate(upper)}
        left, begin = 0, 0
        for index, number in enumerate(lower):
            inner = _straight_from(slots, number)
            if inner is None and index < len(lower) - 1:
                continue
            right = len(upper) if inner is None else place[inner]
            for other in lower[begin : index + 1]:
                straight = _straight_from(slots, other)
                marked |= {
                    (above, other)
                    for above in slots[other].above
                    if above != straight and not left <= place[above] <= right
                }
            begin, left = index + 1, right
    return marked


def _straight_from(slots: Sequence[Slot], number: int) -> int | None:
    """The bend above this bend."""
    slot = slots[number]
    if slot.shape is None and slot.above and slots[slot.above[0]].shape is None:
        return slot.above[0]
    return None


def _blocks(slots: Sequence[Slot], rows: Rows, downward: bool, crossing: set[tuple[int, int]]) -> list[int]:
    """Slots that stand straight below each other: for each slot, the first of its block."""
    root = list(range(len(slots)))
    taken = [False] * len(slots)
    for before, row in itertools.pairwise(rows):
        place = {number: index for index, number in enumerate(before)}
        last = -1
        for number in row:
            slot = slots[number]
            near = sorted(slot.above if downward else slot.below, key=place.__getitem__)
            for other in near[(len(near) - 1) // 2 : len(near) // 2 + 1]:
                line = (other, number) if downward else (number, other)
                if root[number] == number and place[other] > last and not taken[other] and line not in crossing:
                    taken[other] = True
                    root[number] = root[other]
                    last = place[other]
    return root


def _compact(slots: Sequence[Slot], rows: Rows, root: Sequence[int], *, mirrored: bool) -> list[float]:
    """The place of each slot, its block as far to the left as the others allow, then back to close needless gaps."""
    after: dict[int, dict[int, float]] = {number: {} for number in root}
    waiting = dict.fromkeys(after, 0)
    for row in rows:
        for one, two in itertools.pairwise(row):
            apart = _apart(slots[two], slots[one]) if mirrored else _apart(slots[one], slots[two])
            known = after[root[one]]
            if root[two] not in known:
                waiting[root[two]] += 1
            known[root[two]] = max(known.get(root[two], 0.0), apart)
    order = [number for number, count in waiting.items() if not count]
    places = dict.fromkeys(after, 0.0)
    for number in order:
        for other, apart in after[number].items():
            places[other] = max(places[other], places[number] + apart)
            waiting[other] -= 1
            if not waiting[other]:
                order.append(other)
    for number in reversed(order):
        room = min((places[other] - apart for other, apart in after[number].items()), default=places[number])
        places[number] = max(places[number], room)
    return [places[root[number]] for number in range(len(slots))]


def _apart(one: Slot, two: Slot) -> float:
    """How far the middles of two neighbours have to be apart."""
    return one.right + one.margin + two.margin + two.left


def _middle(slots: Sequence[Slot], found: Sequence[Sequence[float]]) -> list[float]:
    """Of the four, moved onto the narrowest, the mean of the two in the middle: it keeps every distance."""
    spans = [
        (min(at - slot.left for at, slot in _zip(each, slots)), max(at + slot.right for at, slot in _zip(each, slots)))
        for each in found
    ]
    narrow = min(spans, key=lambda span: span[1] - span[0])
    moved: list[list[float]] = []
    for index, (each, span) in enumerate(zip(found, spans, strict=True)):
        shift = narrow[0] - span[0] if index % 2 == 0 else narrow[1] - span[1]
        moved.append([at + shift for at in each])
    return [sum(sorted(four)[1:3]) / 2 for four in zip(*moved, strict=True)]


def _zip(places: Sequence[float], slots: Sequence[Slot]) -> zip[tuple[float, Slot]]:
    return zip(places, slots, strict=True)
