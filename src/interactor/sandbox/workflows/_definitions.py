"""Workflow definitions as the platform checks them: by the rule book that the client has too."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

Fault = dict[str, str]
_LISTS = ("transitions", "fields", "options", "and", "or", "include_data", "include_data_paths")


def faults_of(definition: Any) -> list[Fault]:
    """Every fault of a definition, with its place. None is left when it can be created."""
    from interactor.workflows._checks import errors  # not before a definition comes: a sandbox is up at once

    return [{"path": fault.path, "message": fault.message} for fault in errors(definition)]


def place_of(field: str) -> str:
    """`states.start.transitions.0.target`, as the platform writes it: `states.start.transitions[0].target`."""
    steps = field.split(".")
    place = steps[0]
    for before, step in pairwise(steps):
        place += f"[{step}]" if before in _LISTS and step.isdecimal() else f".{step}"
    return place
