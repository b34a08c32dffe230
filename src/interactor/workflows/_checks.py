"""The rule book: everything that can be wrong with a definition.

Any JSON value may come in; whatever it is, a list of faults comes out. Source: Interactor workflows guide, Validate
Without Saving, Limits & Quotas and Best Practices.
"""

from __future__ import annotations

import re
from itertools import chain, islice
from typing import Any

from tandem._json import dumps, is_array, is_object

from ._faults import Fault
from ._graph import lost_states, unknown_states
from ._limits import DEEPEST, LARGEST_DEFINITION, LONGEST_NAME, MOST_STATES, NAME_PATTERN, RESERVED_NAMES
from ._places import Place
from ._rules import Found, fault, kind_of, mapped, record, shown, text, words
from ._state_rules import state

MOST_TOLD = 200
"""Faults of one definition. Whoever has more of them gets the rest after mending these."""


def faults(definition: Any) -> list[Fault]:
    """Every fault of a definition: what the platform refuses, in the order of the text, then what it would accept."""
    wrong = errors(definition)
    suspicious = _found(definition)
    if not wrong:
        suspicious = chain(suspicious, lost_states(definition, definition["states"]))
    return wrong + list(islice((each for each in suspicious if each.severity == "warning"), MOST_TOLD))


def errors(definition: Any) -> list[Fault]:
    """What the platform refuses. None is left when the definition can be created."""
    return list(islice((each for each in _found(definition) if each.severity == "error"), MOST_TOLD))


def _found(definition: Any) -> Found:
    # A value that nobody can walk through, or write down, is not looked at any further.
    unwritable = _unwritable(definition)
    if unwritable is not None:
        yield unwritable
        return
    yield from _document((), definition)
    if is_object(definition):
        states = definition.get("states")
        yield from unknown_states(definition, states if is_object(states) else {})


def _unwritable(definition: Any) -> Fault | None:
    waiting: list[tuple[Place, Any]] = [((), definition)]
    while waiting:
        place, value = waiting.pop()
        if len(place) > DEEPEST:
            return fault(place[:DEEPEST], "too_deep", f"is nested deeper than {DEEPEST} levels")
        if is_object(value):
            names: list[object] = [*value]
            if not all(isinstance(name, str) for name in names):
                return fault(place, "not_json", "cannot be written as JSON: it has a name that is no text")
            waiting += [((*place, name), item) for name, item in value.items()]
        elif is_array(value):
            waiting += [((*place, index), item) for index, item in enumerate(value)]
        elif not isinstance(value, str | int | float | None):
            return fault(place, "not_json", f"cannot be written as JSON: {kind_of(value)}")
    try:
        size = len(dumps(definition))
    except ValueError as error:
        return fault((), "not_json", f"cannot be written as JSON: {error}")
    return fault((), "too_large", "The definition is larger than 1 MB") if size > LARGEST_DEFINITION else None


def _name(place: Place, value: Any) -> Found:
    yield from words(place, value)
    if not isinstance(value, str) or not value:
        return
    if not re.fullmatch(NAME_PATTERN, value):
        yield fault(place, "pattern", f"{shown(value)} has characters other than letters, digits, _ and -")
    if len(value) > LONGEST_NAME:
        yield fault(place, "too_long", f"has {len(value)} characters; at most {LONGEST_NAME} are allowed")
    if value in RESERVED_NAMES:
        yield fault(place, "reserved", f"{value} is a reserved word")


def _states(place: Place, value: Any) -> Found:
    yield from mapped(state)(place, value)
    if not is_object(value):
        return
    if not value:
        yield fault(place, "empty", "must not be empty")
    if len(value) > MOST_STATES:
        yield fault(place, "too_many", f"has {len(value)} states; at most {MOST_STATES} are allowed")
    if "" in value:
        yield fault(place, "empty", "a state must have a name")


_document = record(
    {"name": _name, "initial_state": words, "states": _states}, {"description": text, "ai_guidance": text}
)
