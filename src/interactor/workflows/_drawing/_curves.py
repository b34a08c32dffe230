"""Curves between states, and the points of a state's edge at which they begin and end."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ._layers import Slot

if TYPE_CHECKING:
    from ._layout import Box

Point = tuple[float, float]
_CORNER = 16.0
_APART = 12.0


def curved(stops: Sequence[tuple[Point, Point]]) -> list[Point]:
    """Cubic curves from stop to stop; a stop is where a line comes in and where it goes out, straight down."""
    points: list[Point] = [stops[0][1]]
    for (_, (x, y)), (enters, leaves) in itertools.pairwise(stops):
        half = (enters[1] - y) / 2
        points += [(x, y + half), (enters[0], enters[1] - half), enters]
        if leaves != enters:
            points += [enters, leaves, leaves]
    return points


def loop(x: float, y: float, reach: float) -> list[Point]:
    """A curve out of a state's right edge and back into it."""
    return [(x, y - 8.0), (x + reach, y - 14.0), (x + reach, y + 14.0), (x, y + 8.0)]


def ports(slots: Sequence[Slot], across: Sequence[float], boxes: Mapping[str, Box]) -> dict[tuple[int, int], Point]:
    """Where each line touches its states, by state and next slot: towards where it goes, and apart from the others."""
    found: dict[tuple[int, int], Point] = {}
    for slot in slots:
        if slot.shape is None:
            continue
        box = boxes[slot.shape.name]
        for others, y in ((slot.above, box.top), (slot.below, box.bottom)):
            ordered = sorted(others, key=across.__getitem__)
            places = _spread([_towards(box, across[other]) for other in ordered], box)
            found |= {(slot.number, other): (x, y) for other, x in zip(ordered, places, strict=True)}
    return found


def _towards(box: Box, x: float) -> float:
    middle, half = box.middle[0], max(box.width / 2 - _CORNER, 0.0)
    straight = abs(x - middle) <= half
    return x if straight else middle + (0.7 * half if x > middle else -0.7 * half)


def _spread(wanted: Sequence[float], box: Box) -> list[float]:
    """These places, in their order, far enough apart and within the box: as near as can be to what was wanted."""
    room = max(box.width - 2 * _CORNER, 0.0)
    apart = min(_APART, room / (len(wanted) - 1)) if len(wanted) > 1 else 0.0
    pools: list[list[float]] = []
    for index, place in enumerate(wanted):
        pools.append([place - index * apart, 1.0])
        # Two neighbours that want to pass each other meet in the middle.
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (one, many), (two, more) = pools[-2:]
            pools[-2:] = [[(one * many + two * more) / (many + more), many + more]]
    low = box.left + min(_CORNER, box.width / 2)
    high = low + room - apart * (len(wanted) - 1)
    met = [min(max(place, low), high) for place, count in pools for _ in range(int(count))]
    return [place + index * apart for index, place in enumerate(met)]
