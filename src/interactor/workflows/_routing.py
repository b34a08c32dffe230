"""Which transition of a state is taken.

Sources: Interactor workflows guide, Transition Conditions and Halting Instructions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tandem._json import is_array, is_object

from ._conditions import holds

# Where an input may name its choice in selection mode; the platform's documents do not fix the field.
CHOICE_FIELDS = ("key", "choice", "transition", "selection", "option")


def taken(
    state: Mapping[str, Any],
    data: Mapping[str, Any],
    *,
    given: Mapping[str, Any] | None = None,
    event: str | None = None,
) -> int | None:
    """The index of the transition that a state without faults takes, None when none fits.

    `data` is the workflow data with the input merged into it, `given` the input alone (default: `data`), which names
    the choice in selection mode. `event` is the event that was triggered: only the ways that wait for it are open then.
    """
    ways = [(index, way) for index, way in enumerate(transitions_of(state)) if way.get("event") == event]
    if event is None and by_choice(state):
        keys = {str(way.get("key")) for _, way in ways}
        chosen = choice_in(data if given is None else given, keys)
        ways = [(index, way) for index, way in ways if way.get("key") == chosen]
    return next((index for index, way in ways if holds(way.get("condition"), data)), None)


def transitions_of(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The transitions of a state; what is none is left out."""
    found: Any = state.get("transitions")
    return [way for way in found if is_object(way)] if is_array(found) else []


def target_of(transition: Mapping[str, Any]) -> Any:
    """The state that a transition leads to, in either of its spellings."""
    return transition.get("target", transition.get("to"))


def by_choice(state: Mapping[str, Any]) -> bool:
    """Whether a halted instance leaves this state by somebody's choice."""
    return state.get("type") == "halting" and state.get("transition_mode") == "selection"


def choice_in(given: Mapping[str, Any], keys: set[str]) -> str | None:
    """The key that an input names: in one of the usual fields, else as the only text of its that is a key."""
    texts = {name: value for name, value in given.items() if isinstance(value, str) and value in keys}
    named = [texts[name] for name in CHOICE_FIELDS if name in texts]
    found = named[:1] or (list(texts.values()) if len(texts) == 1 else [])
    return found[0] if found else None
