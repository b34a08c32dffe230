"""What changed in a schema, seen from the caller: as something to send ("in") or to receive ("out").

Sending, a caller breaks when less is accepted or more is demanded; receiving, when something it read is gone, may be
missing, or has another type. Enumerations and unions of replies are open, so that a new value or kind breaks nobody.
"""

from __future__ import annotations

import json
from typing import Any

from tandem.models import is_array, is_object

from ._changes import Changes, Direction
from ._document import Node
from ._limit_changes import compare_limits
from ._schemas import Schemas, union_members, values_of, without_null


class SchemaChanges:
    """Compares schemas of two documents; each pair of components once per direction."""

    def __init__(self, changes: Changes, old: Schemas, new: Schemas) -> None:
        self._changes = changes
        self._old = old
        self._new = new
        self._seen: set[tuple[str, str, Direction]] = set()

    def components(self) -> None:
        """Classes and aliases that came or went: they are names that callers import."""
        before, after = _named(self._old), _named(self._new)
        for name in before:
            if name not in after:
                self._changes.add(f"schema {name}", "removed", breaks=True)
        for name in after:
            if name not in before:
                self._changes.add(f"schema {name}", "added", breaks=False)

    def compare(self, place: str, old: Node, new: Node, direction: Direction) -> None:
        """Note what changed from one schema to the other."""
        names = self._old.name(old), self._new.name(new)
        if names[0] is not None and names[1] is not None:
            pair = (names[0], names[1], direction)
            if pair in self._seen:
                return
            self._seen.add(pair)
            if names[1] in self._new.declared:
                place = f"{names[1]} ({'sent' if direction == 'in' else 'received'})"
        before, before_null = without_null({**self._old.target(old), **_text(old)})
        after, after_null = without_null({**self._new.target(new), **_text(new)})
        self._null(place, before_null, after_null, direction)
        if self._types(place, before, after, direction):
            return
        self._values(place, before, after, direction)
        compare_limits(self._changes, place, before, after, direction)
        self._properties(place, before, after, direction)
        self._members(place, before, after, direction)
        self._inside(place, before, after, direction)

    def _null(self, place: str, before: bool, after: bool, direction: Direction) -> None:
        if before != after:
            said = "may be null now" if after else "may not be null any more"
            self._changes.add(place, said, breaks=after if direction == "out" else before)

    def _types(self, place: str, old: Node, new: Node, direction: Direction) -> bool:
        """Note a changed type. True when there is nothing left to compare."""
        before, after = self._kinds(self._old, old), self._kinds(self._new, new)
        formats = _format(old), _format(new)
        if before == after and formats[0] == formats[1]:
            return False
        if before == after:
            self._changes.add(place, f"format is {formats[1] or 'none'}, was {formats[0] or 'none'}", breaks=True)
            return False
        wider = "any" in after or before < after or (before == {"integer"} and after == {"number"})
        narrower = "any" in before or after < before or (after == {"integer"} and before == {"number"})
        fits = wider if direction == "in" else narrower
        self._changes.add(place, f"type is {_list(after)}, was {_list(before)}", breaks=not fits)
        return True

    def _kinds(self, schemas: Schemas, schema: Node) -> set[str]:
        kinds: Any = schema.get("type")
        if is_array(kinds):
            return {str(kind) for kind in kinds}
        if isinstance(kinds, str):
            return {kinds}
        if union_members(schema):
            return {"one of several"}
        if schemas.properties(schema):
            return {"object"}
        values = values_of(schema)
        return {"string"} if values and all(isinstance(value, str) for value in values) else {"any"}

    def _values(self, place: str, old: Node, new: Node, direction: Direction) -> None:
        before, after = values_of(old), values_of(new)
        if not before or not after:
            if before or after:
                said = f"only these values now: {_list(after)}" if after else "any value now"
                self._changes.add(place, said, breaks=bool(after) and direction == "in")
            return
        for value in before:
            if value not in after:
                self._changes.add(place, f"the value {value!r} is gone", breaks=True)
        for value in after:
            if value not in before:
                self._changes.add(place, f"the value {value!r} is new", breaks=False)

    def _properties(self, place: str, old: Node, new: Node, direction: Direction) -> None:
        before, after = self._old.properties(old), self._new.properties(new)
        was, now = self._old.required(old), self._new.required(new)
        for name in before:
            if name not in after:
                self._changes.add(place, f"the field {name!r} is gone", breaks=True)
        for name, schema in after.items():
            if name not in before:
                said = f"the field {name!r} is new" + (" and required" if name in now else "")
                self._changes.add(place, said, breaks=direction == "in" and name in now)
                continue
            if (name in was) != (name in now):
                said = f"the field {name!r} is {'required now' if name in now else 'not always there any more'}"
                self._changes.add(place, said, breaks=(name in now) == (direction == "in"))
            self.compare(f"{place}.{name}", before[name], schema, direction)

    def _members(self, place: str, old: Node, new: Node, direction: Direction) -> None:
        before = {_key(member): member for member in union_members(old)}
        after = {_key(member): member for member in union_members(new)}
        for key, member in before.items():
            if key in after:
                self.compare(place, member, after[key], direction)
            else:
                self._changes.add(place, f"the kind {key} is gone", breaks=True)
        for key in after:
            if key not in before:
                self._changes.add(place, f"the kind {key} is new", breaks=False)

    def _inside(self, place: str, old: Node, new: Node, direction: Direction) -> None:
        if is_object(old.get("items")) and is_object(new.get("items")):
            self.compare(f"{place}[]", old["items"], new["items"], direction)
        before, after = old.get("additionalProperties", True), new.get("additionalProperties", True)
        if is_object(before) and is_object(after):
            self.compare(f"{place}{{}}", before, after, direction)
        elif before is not after and False in (before, after):
            said = "takes no other fields any more" if after is False else "takes other fields now"
            self._changes.add(place, said, breaks=after is False and direction == "in")


def _named(schemas: Schemas) -> list[str]:
    found = schemas.normal.items()
    return [name for name, schema in found if name in schemas.declared and schemas.kind(schema) != "plain"]


def _text(schema: Node) -> Node:
    return {key: value for key, value in schema.items() if key not in {"$ref", "allOf"}}


def _format(schema: Node) -> str:
    return str(schema.get("format") or "") if schema.get("format") in {"date-time", "date", "binary"} else ""


def _key(member: Node) -> str:
    reference = member.get("$ref")
    return str(reference).rpartition("/")[2] if reference else json.dumps(member, sort_keys=True)[:80]


def _list(values: Any) -> str:
    return ", ".join(sorted(str(value) for value in values)) or "none"
