"""What the paths of a document say of each other: where one has a parameter and another a word, the word is no id."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

Place = tuple[str, ...]
"""A host and the segments of a path before one, with the names of parameters left out."""

_PARAMETER = re.compile(r"\{([^}]*)\}")


def literals(paths: Iterable[tuple[str, str]]) -> Mapping[Place, frozenset[str]]:
    """The words that stand at each place of these paths, which are given with their hosts."""
    found: defaultdict[Place, set[str]] = defaultdict(set)
    for host, path in paths:
        segments = _segments(path)
        for at, segment in enumerate(segments):
            if segment and "{" not in segment:
                found[host, *segments[:at]].add(segment)
    return {place: frozenset(words) for place, words in found.items()}


def reserved_words(host: str, path: str, words: Mapping[Place, frozenset[str]]) -> dict[str, frozenset[str]]:
    """By parameter of a path: the words that stand at its place in other paths."""
    segments, reserved = _segments(path), dict[str, frozenset[str]]()
    for at, segment in enumerate(path.split("/")):
        name = _PARAMETER.fullmatch(segment)
        found = words.get((host, *segments[:at]))
        if name and found:
            reserved[name[1]] = found
    return reserved


def _segments(path: str) -> list[str]:
    return _PARAMETER.sub("{}", path).split("/")
