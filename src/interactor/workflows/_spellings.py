"""One spelling for what may be written in two ways.

States come as a map or as a list with names; a transition says `target` or `to`. Written is always the map, `target`
where conditions decide and `to` where a person chooses. Source: Interactor workflows guide, and Interactor SDK guide,
Type Definitions.
"""

from __future__ import annotations

from typing import Any

from tandem._json import is_array, is_object

from ._routing import by_choice

_ORDER = ("name", "description", "initial_state", "ai_guidance", "states")


def documented(raw: dict[str, Any]) -> dict[str, Any]:
    """A definition in the documented spelling. What is too broken to be spelt stays as it is."""
    states = _by_name(raw.get("states"))
    if is_object(states):
        states = {name: _state(state) for name, state in states.items()}
    spelt = {**raw, "states": states} if "states" in raw else raw
    return {name: spelt[name] for name in (*_ORDER, *spelt) if name in spelt}


def _by_name(states: Any) -> Any:
    """The map for a list of states that all have names of their own."""
    if not is_array(states):
        return states
    named = [state for state in states if is_object(state) and isinstance(state.get("name"), str)]
    by_name = {state["name"]: {key: part for key, part in state.items() if key != "name"} for state in named}
    return by_name if len(by_name) == len(states) else states


def _state(state: Any) -> Any:
    if not is_object(state) or not is_array(state.get("transitions")):
        return state
    right, wrong = ("to", "target") if by_choice(state) else ("target", "to")
    return {**state, "transitions": [_renamed(way, wrong, right) for way in state["transitions"]]}


def _renamed(way: Any, wrong: str, right: str) -> Any:
    if not is_object(way) or wrong not in way or way.get(right, way[wrong]) != way[wrong]:
        return way
    kept = {name: value for name, value in way.items() if name != right}
    return {right if name == wrong else name: value for name, value in kept.items()}
