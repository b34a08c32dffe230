"""Which state stands in which row: a state below all that lead to it, loops aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Edge = tuple[str, str]


def without_loops(names: Sequence[str], edges: Sequence[Edge]) -> list[bool]:
    """For each edge, whether it closes a loop: turned round, these leave no loop in the graph."""
    out: dict[str, list[int]] = {name: [] for name in names}
    for index, (source, _) in enumerate(edges):
        out[source].append(index)
    closes = [False] * len(edges)
    unseen, open_ = dict.fromkeys(names, True), set[str]()
    for name in names:
        if unseen[name]:
            _walk(name, edges, out, unseen, open_, closes)
    return closes


def _walk(
    first: str,
    edges: Sequence[Edge],
    out: Mapping[str, Sequence[int]],
    unseen: dict[str, bool],
    open_: set[str],
    closes: list[bool],
) -> None:
    # By hand rather than by recursion: a definition may be one long chain.
    unseen[first] = False
    open_.add(first)
    stack = [(first, iter(out[first]))]
    while stack:
        name, ways = stack[-1]
        index = next(ways, None)
        if index is None:
            open_.discard(name)
            stack.pop()
            continue
        target = edges[index][1]
        if target in open_:
            closes[index] = True
        elif unseen[target]:
            unseen[target] = False
            open_.add(target)
            stack.append((target, iter(out[target])))


def ranked(names: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """The row of each state, from 0, for edges without loops: as far up as the ways to it allow."""
    out: dict[str, list[str]] = {name: [] for name in names}
    waiting = dict.fromkeys(names, 0)
    for source, target in edges:
        out[source].append(target)
        waiting[target] += 1
    first = [name for name in names if not waiting[name]]
    ranks = dict.fromkeys(names, 0)
    order = list(first)
    for name in order:
        for target in out[name]:
            ranks[target] = max(ranks[target], ranks[name] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                order.append(target)
    # What nothing leads to stands right above what it leads to, not at the top.
    for name in first:
        if out[name]:
            ranks[name] = min(ranks[target] for target in out[name]) - 1
    return ranks
