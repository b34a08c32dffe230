"""What can be said about a definition only when all of its states are seen together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tandem._json import is_array, is_object

from ._places import Place
from ._routing import target_of, transitions_of
from ._rules import Found, fault, meant, shown, warning

States = Mapping[str, Any]


def unknown_states(definition: Mapping[str, Any], states: States) -> Found:
    """Names of states that do not exist: errors."""
    initial = definition.get("initial_state")
    if isinstance(initial, str) and initial and initial not in states:
        yield _unknown(("initial_state",), initial, states)
    for name, state in states.items():
        ways = state.get("transitions") if is_object(state) else None
        for index, way in enumerate(ways if is_array(ways) else []):
            target = target_of(way) if is_object(way) else None
            if isinstance(target, str) and target and target not in states:
                spelling = "target" if "target" in way else "to"
                yield _unknown(("states", name, "transitions", index, spelling), target, states)
        for thread, begin in threads_of(state).items():
            if isinstance(begin, str) and begin and begin not in states:
                yield _unknown(("states", name, "threads", thread), begin, states)


def lost_states(definition: Mapping[str, Any], states: States) -> Found:
    """States that no instance enters, and states that no instance ever gets an end from: warnings.

    For definitions without errors only.
    """
    forward = {name: targets(state) for name, state in states.items()}
    reachable = closure([definition["initial_state"]], forward)
    ends = [name for name, state in states.items() if state["type"] == "terminal"]
    ending = closure(ends, turned(forward))
    for name, state in states.items():
        if name not in reachable:
            yield warning(
                ("states", name), "unreachable", "is never entered: nothing leads here from the initial state"
            )
        elif name not in ending and state.get("transitions"):
            yield warning(
                ("states", name), "no_end", "leads to no terminal state: an instance that comes here never ends"
            )


def targets(state: Mapping[str, Any]) -> list[str]:
    """Where the transitions and the threads of a state lead, each state once."""
    if state.get("type") == "terminal":
        return []
    ways = [target_of(way) for way in transitions_of(state)]
    return list(dict.fromkeys(str(target) for target in (*ways, *threads_of(state).values())))


def threads_of(state: Any) -> dict[str, Any]:
    """The states in which the parallel threads of an action state begin, by thread."""
    threads = state.get("threads") if is_object(state) and state.get("type") == "action" else None
    return threads if is_object(threads) else {}


def closure(start: Iterable[str], edges: Mapping[str, Iterable[str]]) -> set[str]:
    """Everything that can be come to, the start included."""
    seen = set(start)
    waiting = list(seen)
    while waiting:
        fresh = set(edges.get(waiting.pop(), ())) - seen
        seen |= fresh
        waiting += fresh
    return seen


def turned(edges: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """The same edges, walked the other way."""
    back: dict[str, list[str]] = {}
    for source, target in _pairs(edges):
        back.setdefault(target, []).append(source)
    return back


def _pairs(edges: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, str]]:
    return ((source, target) for source, found in edges.items() for target in found)


def _unknown(place: Place, name: str, states: States) -> Any:
    return fault(place, "unknown_state", f"No state is called {shown(name)}{meant(name, states)}")
