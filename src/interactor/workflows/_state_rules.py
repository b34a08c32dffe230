"""The rules for states and transitions, each by itself.

Sources: Interactor workflows guide, State Types, Transition Conditions, Halting Instructions and Limits.
"""

from __future__ import annotations

import re
from typing import Any

from tandem._json import is_array, is_object

from ._condition_rules import condition
from ._limits import LONGEST_NAME, MOST_THREADS, MOST_TRANSITIONS, NAME_PATTERN
from ._part_rules import instructions, logic, presentation
from ._places import Place
from ._routing import by_choice
from ._rules import Found, by_type, fault, listed, mapped, one_of, record, shown, text, warning, words


def _one_target(place: Place, value: Any) -> Found:
    if "target" not in value and "to" not in value:
        yield fault((*place, "target"), "required", "is required")
    elif "target" in value and "to" in value and value["target"] != value["to"]:
        yield fault((*place, "to"), "ambiguous", "says another state than target")


def _keys(place: Place, state: Any) -> Found:
    """The keys that a person chooses by: in selection mode each transition has its own."""
    ways = state.get("transitions")
    if not by_choice(state) or not is_array(ways):
        return
    seen: set[str] = set()
    for index, way in enumerate(ways):
        if not is_object(way):
            continue
        at, key = (*place, "transitions", index, "key"), way.get("key")
        if "key" not in way and "event" not in way:
            yield fault(at, "required", "is required in selection mode")
        elif isinstance(key, str) and key in seen:
            yield fault(at, "twice", f"{shown(key)} is the key of another transition too")
        elif isinstance(key, str):
            seen.add(key)


def _never_taken(place: Place, state: Any) -> Found:
    """Transitions that stand behind one which is always taken."""
    ways = state.get("transitions")
    always: int | None = None
    for index, way in enumerate(ways if is_array(ways) and not by_choice(state) else []):
        if not is_object(way) or "event" in way:
            continue
        at = (*place, "transitions", index)
        if always is not None:
            yield warning(at, "never_taken", f"is never taken: transition {always} before it has no condition")
        elif "condition" not in way:
            always = index


def _no_way_on(place: Place, state: Any) -> Found:
    ways: Any = state.get("transitions")
    if not ways and (ways is None or is_array(ways)):
        yield warning(place, "no_way_out", "has no transitions: an instance that comes here never ends")


def _may_get_stuck(place: Place, state: Any) -> Found:
    """An action that goes on only if some condition holds: where none does, the instance fails."""
    ways = state.get("transitions")
    if is_array(ways) and ways and all(is_object(way) and ("condition" in way or "event" in way) for way in ways):
        message = "has no transition without a condition: an instance fails here when no condition holds"
        yield warning((*place, "transitions"), "no_fallback", message)


def _ends(place: Place, state: Any) -> Found:
    if state.get("transitions"):
        yield warning((*place, "transitions"), "never_taken", "are never taken: the state is terminal")


def _threads(place: Place, value: Any) -> Found:
    """Parallel threads: a name for each, and the state in which it begins."""
    yield from mapped(words)(place, value)
    if not is_object(value):
        return
    if not value:
        yield fault(place, "empty", "must not be empty")
    if len(value) > MOST_THREADS:
        message = f"has {len(value)} threads; at most {MOST_THREADS} are allowed beside the main one"
        yield fault(place, "too_many", message)
    for name in value:
        if not re.fullmatch(NAME_PATTERN, name) or len(name) > LONGEST_NAME:
            message = f"a thread's name has 1 to {LONGEST_NAME} letters, digits, _ and -"
            yield fault((*place, name), "pattern", message)


_transition = record(
    {},
    {"target": words, "to": words, "condition": condition, "event": words, "key": words, "description": text},
    _one_target,
)
_COMMON = {
    "description": text,
    "on_enter": logic,
    "transitions": listed(_transition, most=MOST_TRANSITIONS),
}
_ACTION = {"logic": logic, "threads": _threads}
_HALTING = {
    "halting_instructions": instructions,
    "presentation": presentation,
    "transition_mode": one_of("condition", "selection"),
}
state = by_type(
    {
        "action": record(
            {"type": text}, {**_COMMON, "logic": logic, "threads": _threads}, _never_taken, _no_way_on, _may_get_stuck
        ),
        "halting": record({"type": text}, {**_COMMON, **_HALTING}, _keys, _never_taken, _no_way_on),
        "terminal": record({"type": text}, _COMMON, _ends),
    }
)
