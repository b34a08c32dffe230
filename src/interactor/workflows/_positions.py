"""Where the parts of a definition stand in the text that it was read from."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

import attrs

from tandem._json import is_array, is_object

from ._faults import Fault
from ._places import Place, written

Point = tuple[int, int]
_ALIASES = (("target", "to"), ("to", "target"))
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


@attrs.frozen(repr=False)
class Positions:
    """Line and column, both from 1, of every place in a text. A place has the position of its value's name or item."""

    points: Mapping[str, Point]

    def placed(self, faults: list[Fault]) -> list[Fault]:
        """The faults with their lines and columns, in the order of the text: first all errors, then all warnings."""
        found = [self._placed(fault) for fault in faults]
        return sorted(found, key=lambda fault: (fault.severity == "warning", fault.line, fault.column))

    def _placed(self, fault: Fault) -> Fault:
        line, column = self.at(fault.path)
        return attrs.evolve(fault, line=line, column=column)

    def at(self, path: str) -> Point:
        """Where a path stands; what is missing stands where the nearest thing around it does."""
        while path not in self.points and path:
            other = next((path.removesuffix(one) + two for one, two in _ALIASES if path.endswith(f".{one}")), path)
            path = other if other in self.points else path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.points.get(path, (1, 1))


def by_state_name(points: Mapping[Place, Point], value: Any) -> Positions:
    """Positions for a definition in the documented spelling: where states came as a list, their places are by name."""
    states = value.get("states") if is_object(value) else None
    if is_array(states):
        names = {index: state.get("name") for index, state in enumerate(states) if is_object(state)}
        points = {_named(place, names): point for place, point in points.items()}
    return Positions({written(place): point for place, point in points.items()})


def _named(place: Place, names: Mapping[int, Any]) -> Place:
    if len(place) > 1 and place[0] == "states" and isinstance(place[1], int) and isinstance(names.get(place[1]), str):
        return ("states", names[place[1]], *place[2:])
    return place


def json_points(text: str, unquoted: Any) -> dict[Place, Point]:
    """The position of each member and item of a JSON text that is known to be well-formed."""
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    points: dict[Place, Point] = {}
    place: list[str | int] = []
    naming: list[bool] = []  # for each open bracket: whether the next text is a name
    for found in _TOKEN.finditer(text):
        sign, at = found[0], found.start()
        if sign in "}]":
            naming.pop()
            place.pop()
        elif sign == ",":
            naming[-1] = isinstance(place[-1], str)
            place[-1] = place[-1] if isinstance(place[-1], str) else place[-1] + 1
        elif sign == ":":
            naming[-1] = False
        elif naming and naming[-1]:
            place[-1] = unquoted(sign)
            points[tuple(place)] = _point(starts, at)
        else:
            points.setdefault(tuple(place), _point(starts, at))
            if sign in "{[":
                naming.append(sign == "{")
                place.append("" if sign == "{" else 0)
    return points


def _point(starts: list[int], at: int) -> Point:
    line = bisect_right(starts, at)
    return line, at - starts[line - 1] + 1
