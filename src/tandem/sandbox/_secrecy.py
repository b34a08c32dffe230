"""Which of the document's names stand for secrets: everywhere, and within one schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ._pointers import look_up
from ._shapes import as_list, as_object

_SAMPLES = frozenset({"example", "examples", "default", "const", "enum"})  # values there declare nothing
Name = tuple[str, bool]  # and whether it is declared with `format: password`


def secret_names(document: dict[str, Any]) -> frozenset[str]:
    """The names of all properties and parameters with `format: password`, anywhere in the document."""
    return frozenset(name for node in _nodes(document, None) for name, secret in _declared(node) if secret)


def plain_names(document: dict[str, Any], pointer: str) -> frozenset[str]:
    """The names that a schema, with all it refers to, declares, and never as a secret."""
    found = [name for node in _nodes(look_up(document, pointer), document) for name in _declared(node)]
    return frozenset(name for name, _ in found) - {name for name, secret in found if secret}


def _declared(node: dict[str, Any]) -> Iterator[Name]:
    if "name" in node and "schema" in node:
        yield str(node["name"]), _is_secret(node["schema"])
    for name, schema in (as_object(node.get("properties")) or {}).items():
        yield name, _is_secret(schema)


def _nodes(start: Any, document: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    """Every object at or below `start`; with a document, also below what they refer to. Each once."""
    waiting: list[Any] = [start]
    seen: set[str] = set()
    while waiting:
        node = waiting.pop()
        waiting.extend(as_list(node) or ())
        entries = as_object(node)
        if entries is None:
            continue
        yield entries
        if document is None:
            waiting.extend(entries.values())
            continue
        waiting.extend(value for name, value in entries.items() if name not in _SAMPLES)
        reference = entries.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            waiting.append(look_up(document, reference[1:]))


def _is_secret(schema: Any) -> bool:
    return (as_object(schema) or {}).get("format") == "password"
