"""Definitions as texts and files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tandem._json import is_object

from ._faults import DefinitionError, Fault
from ._limits import LARGEST_DEFINITION
from ._positions import Positions, by_state_name, json_points

MOST_READ = 4 * LARGEST_DEFINITION
"""Characters. A text may be longer than what it says; one that is much longer than a definition can be is none."""


def read_file(path: Path) -> tuple[dict[str, Any], Positions]:
    """The object in a file, and where its parts stand. The file's ending tells how it is written."""
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        raise DefinitionError(f"{path} cannot be read: {error}") from error
    if path.suffix.lower() == ".json":
        return read_json(content)
    if path.suffix.lower() not in (".yaml", ".yml"):
        raise DefinitionError(f"{path.name} is of no known kind: name it .json, .yaml or .yml.")
    from ._yaml import read_yaml

    return read_yaml(content)


def read_json(source: str | bytes) -> tuple[dict[str, Any], Positions]:
    """The object in a JSON text, and where its parts stand."""
    text = decoded(source)
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise unreadable("JSON", error.msg, error.lineno, error.colno) from error
    except (ValueError, RecursionError) as error:
        raise unreadable("JSON", str(error), 1, 1) from error
    if not is_object(value):
        raise unreadable("definition", "it is not an object", 1, 1)
    return value, by_state_name(json_points(text, json.loads), value)


def decoded(source: str | bytes) -> str:
    """A text that is not endless. Bytes are UTF-8, with or without a mark in front."""
    try:
        text = source if isinstance(source, str) else source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise unreadable("text", "it is not UTF-8", error.object.count(b"\n", 0, error.start) + 1, 1) from error
    if len(text) > MOST_READ:
        raise unreadable("definition", f"it is longer than {MOST_READ:,} characters", 1, 1)
    return text.removeprefix("\ufeff")


def unreadable(kind: str, reason: str, line: int, column: int) -> DefinitionError:
    """The error for a text that nobody can read."""
    fault = Fault("", "syntax", reason, line=line, column=column)
    return DefinitionError(f"This is no {kind}, line {line}, column {column}: {reason}", [fault])


def json_text(value: dict[str, Any], indent: int | None) -> str:
    """An object as JSON, for people to read."""
    separators = (",", ":") if indent is None else None
    return json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
