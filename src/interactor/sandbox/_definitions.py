"""Workflow definitions: what is wrong with one, and how its parts are read.

Sources: Interactor workflows guide, Workflow Definition Limits and Halting Instructions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from tandem.sandbox import Platform

from ._json import is_array, is_object

SCHEMA = "/components/schemas/WorkflowDefinition"
RESERVED = ("instances", "errors", "validate")
LARGEST = 1024 * 1024
_REFERENCE = re.compile(r"\$\{workflow_data\.([^}]+)\}")

Fault = dict[str, str]


def faults_of(platform: Platform, definition: dict[str, Any]) -> list[Fault]:
    """Every fault of a definition, with its place. None is left when it can be created."""
    broken = [
        {"path": place_of(violation.field), "message": violation.message}
        for violation in platform.schemas.check(SCHEMA, definition)
    ]
    return broken or list(_own_faults(definition))


def place_of(field: str) -> str:
    """`states.start.transitions.0.target`, as the platform writes it: `states.start.transitions[0].target`."""
    steps = field.split(".")
    lists = ("transitions", "fields", "options", "and", "or", "include_data", "include_data_paths")
    place = steps[0]
    for before, step in pairwise(steps):
        place += f"[{step}]" if before in lists and step.isdecimal() else f".{step}"
    return place


def target_of(transition: dict[str, Any]) -> str | None:
    """The state that a transition leads to, in either of its spellings."""
    target: str | None = transition.get("target", transition.get("to"))
    return target


def filled_in(value: Any, find: Callable[[str], Any], *, raw: bool = False) -> Any:
    """`value` with `${workflow_data.…}` replaced by what `find(path)` knows. `raw`: a lone reference keeps its type."""
    if isinstance(value, str):
        alone = _REFERENCE.fullmatch(value)
        if alone and raw:
            return find(alone[1])
        return _REFERENCE.sub(lambda found: as_text(find(found[1])), value)
    if is_array(value):
        return [filled_in(item, find, raw=raw) for item in value]
    if is_object(value):
        # Only a field's default may be of any type; titles and texts stay texts.
        return {name: filled_in(item, find, raw=raw or name == "default") for name, item in value.items()}
    return value


def as_text(value: Any) -> str:
    """A value within a sentence."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _own_faults(definition: dict[str, Any]) -> Iterator[Fault]:
    """What a schema cannot say."""
    states: dict[str, Any] = definition["states"]
    if definition["name"] in RESERVED:
        yield {"path": "name", "message": f"{definition['name']} is a reserved word"}
    if len(json.dumps(definition)) > LARGEST:
        yield {"path": "", "message": "The definition is larger than 1 MB"}
    if definition["initial_state"] not in states:
        yield {"path": "initial_state", "message": f"No state is called {definition['initial_state']}"}
    for name, state in states.items():
        yield from _state_faults(f"states.{name}", state, states)


def _state_faults(place: str, state: dict[str, Any], states: dict[str, Any]) -> Iterator[Fault]:
    by_choice = state.get("transition_mode") == "selection"
    keys: set[str] = set()
    transitions: list[dict[str, Any]] = state.get("transitions") or []
    for index, transition in enumerate(transitions):
        at = f"{place}.transitions[{index}]"
        target = target_of(transition)
        if target is None:
            yield {"path": f"{at}.target", "message": "is required"}
        elif target not in states:
            yield {
                "path": f"{at}.{'target' if 'target' in transition else 'to'}",
                "message": f"No state is called {target}",
            }
        key = transition.get("key")
        if by_choice and key is None:
            yield {"path": f"{at}.key", "message": "is required in selection mode"}
        elif by_choice and key in keys:
            yield {"path": f"{at}.key", "message": f"{key} is the key of another transition too"}
        keys.add(str(key))
