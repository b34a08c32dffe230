"""From a method and a path to the operation that is meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, NamedTuple, TypeVar
from urllib.parse import unquote

_T = TypeVar("_T")


class Target(NamedTuple, Generic[_T]):
    """What one method of a path leads to, and how that method names the path's parameters."""

    value: _T
    names: tuple[str, ...]


class _Node(Generic[_T]):
    __slots__ = ("literal", "parameter", "targets")

    def __init__(self) -> None:
        self.literal: dict[str, _Node[_T]] = {}
        self.parameter: _Node[_T] | None = None
        self.targets: dict[str, Target[_T]] = {}


class Match(NamedTuple, Generic[_T]):
    """A path that leads somewhere, with the values of its parameters decoded."""

    targets: Mapping[str, Target[_T]]
    values: tuple[str, ...]

    @property
    def allowed(self) -> list[str]:
        """The methods of this path, for the Allow header."""
        return sorted(self.targets)

    def parameters(self, method: str) -> dict[str, str]:
        """The parameters by the names that this method has for them."""
        return dict(zip(self.targets[method].names, self.values, strict=True))


class Router(Generic[_T]):
    """Path templates in a tree of segments. A literal segment wins over a parameter: `/a/new` is never `/a/{name}`."""

    def __init__(self) -> None:
        self._root: _Node[_T] = _Node()

    def add(self, method: str, template: str, target: _T) -> None:
        """Lead `method` on `template` to `target`. A segment is either all literal or one `{parameter}`."""
        node = self._root
        names: list[str] = []
        for segment in template.strip("/").split("/"):
            if segment.startswith("{") and segment.endswith("}"):
                names.append(segment[1:-1])
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literal.setdefault(segment, _Node())
        node.targets[method] = Target(target, tuple(names))

    def find(self, path: str) -> Match[_T] | None:
        """What stands at a path as it was sent, percent-encoding and all."""
        return _walk(self._root, path.removeprefix("/").split("/"), 0, ())


def _walk(node: _Node[_T], segments: list[str], at: int, values: tuple[str, ...]) -> Match[_T] | None:
    if at == len(segments):
        decoded = tuple(unquote(value, errors="replace") for value in values)
        return Match(node.targets, decoded) if node.targets else None
    literal = node.literal.get(unquote(segments[at]))
    if literal is not None:
        found = _walk(literal, segments, at + 1, values)
        if found is not None:
            return found
    if node.parameter is not None and segments[at]:
        return _walk(node.parameter, segments, at + 1, (*values, segments[at]))
    return None
