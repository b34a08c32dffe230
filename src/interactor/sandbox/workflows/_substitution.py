"""`${workflow_data.…}` and its like, in whatever a definition says.

Sources: Interactor workflows guide, HTTP Logic and Form Presentation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from interactor.sandbox._json import is_array, is_object
from interactor.workflows._conditions import is_missing, value_at

_REFERENCE = re.compile(r"\$\{(workflow_data|input|context|secrets)\.([^}]+)\}")

Sources = Mapping[str, Mapping[str, Any]]
"""What references may lead to, by their first word. References to others are left as they are."""


class UnknownSecretError(Exception):
    """There is no secret of this name; `name` says which."""

    def __init__(self, name: str) -> None:
        super().__init__(f"No secret is called {name}")
        self.name = name


def filled_in(value: Any, sources: Sources, *, raw: bool = False) -> Any:
    """`value` with its references replaced by what they lead to. `raw`: one that stands alone keeps its type."""
    if isinstance(value, str):
        alone = _REFERENCE.fullmatch(value)
        if alone and raw and alone[1] in sources:
            return _found(sources, alone)
        return _REFERENCE.sub(lambda found: _text(sources, found), value)
    if is_array(value):
        return [filled_in(item, sources, raw=raw) for item in value]
    if is_object(value):
        return {name: filled_in(item, sources, raw=raw) for name, item in value.items()}
    return value


def shown_to_people(value: Any, sources: Sources) -> Any:
    """A presentation, filled in. Only a field's default may be of any type; titles and texts stay texts."""
    if is_array(value):
        return [shown_to_people(item, sources) for item in value]
    if is_object(value):
        return {
            name: filled_in(item, sources, raw=True) if name == "default" else shown_to_people(item, sources)
            for name, item in value.items()
        }
    return filled_in(value, sources)


def url_of(template: str, sources: Sources) -> str:
    """A URL. What is filled in stays within its segment or parameter, but for a reference that the URL begins with."""

    def part(found: re.Match[str]) -> str:
        text = _text(sources, found)
        return text if found.start() == 0 else quote(text, safe="")

    return _REFERENCE.sub(part, template)


def as_text(value: Any) -> str:
    """A value within a sentence."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def finder(data: Mapping[str, Any]) -> Callable[[str], Any]:
    """The value at a path of the workflow data, None when there is none."""

    def find(path: str) -> Any:
        found = value_at(data, path)
        return None if is_missing(found) else found

    return find


def _text(sources: Sources, found: re.Match[str]) -> str:
    return as_text(_found(sources, found)) if found[1] in sources else found[0]


def _found(sources: Sources, found: re.Match[str]) -> Any:
    value = value_at(sources[found[1]], found[2])
    if is_missing(value) and found[1] == "secrets":
        raise UnknownSecretError(found[2])
    return None if is_missing(value) else value
