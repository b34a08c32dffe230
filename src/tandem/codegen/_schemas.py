"""The schemas in a normal form: whatever becomes a Python name is a component, and everything else refers to it.

An object with properties, an enumeration and a union with objects in it may stand anywhere in a document. Inline ones
are moved out here and named after their place (`Room` + `members` = `RoomMembers`), so that each has one name, and
recursion goes through names only.
"""

from __future__ import annotations

from typing import Any, Literal

from tandem.models import is_array, is_object

from ._document import Node, resolve
from ._names import class_name, pascal, refuse_collisions
from ._problem import CodegenError

Kind = Literal["model", "enum", "union", "plain"]
_PREFIX = "#/components/schemas/"
_TEXT = ("description", "default", "deprecated", "readOnly", "writeOnly", "example", "examples", "x-also")


class Schemas:
    """The component schemas of a document, inline ones included."""

    def __init__(self, document: Node) -> None:
        self._document = document
        found = document.get("components", {}).get("schemas", {})
        self._raw: Node = found if is_object(found) else {}
        self.normal: dict[str, Node] = {}
        self._holding: dict[str, bool] = {}
        self.declared = frozenset(self._raw)
        """The names that the document itself gives; all others are those of inline schemas."""

        refuse_collisions([(class_name(name), f"the schema {name!r}") for name in self._raw], "components.schemas")
        for name, schema in self._raw.items():
            self.normal[name] = self.tidied(schema, name)

    def place(self, schema: Node, name: str) -> Node:
        """A schema from elsewhere in the document, in normal form: what needs a name is filed under the one given."""
        if "$ref" in schema:
            return schema
        inner, nullable = without_null(schema)
        if "$ref" in inner:
            return schema
        inner = self.tidied(inner, name)
        if self.kind(inner) != "plain":
            if name in self.normal or name in self._raw:
                raise CodegenError(
                    f"The inline schema at {name!r} needs that name, but a component has it. Rename one."
                )
            self.normal[name] = {key: value for key, value in inner.items() if key != "default"}
            inner = {"$ref": _PREFIX + name, **{key: schema[key] for key in _TEXT if key in schema}}
        return {"oneOf": [inner, {"type": "null"}], **_siblings(inner)} if nullable else inner

    def kind(self, schema: Node) -> Kind:
        """What a schema becomes: a class, an alias of literals, an alias of classes, or nothing of its own."""
        if len(values_of(schema)) > 1:
            return "enum"
        if any(self._holds_objects(member) for member in union_members(schema)):
            return "union"
        return "model" if self.properties(schema) else "plain"

    def _holds_objects(self, schema: Node) -> bool:
        """Whether there is something to decode in a value: an object with a class, or an array of such."""
        name = self.name(schema)
        if name is not None:
            if name not in self._holding:
                self._holding[name] = False  # for as long as it is being found out: a schema may contain itself
                self._holding[name] = self._holds_objects(self.target(schema))
            return self._holding[name]
        items = schema.get("items")
        return self.kind(schema) in {"model", "union"} or (is_object(items) and self._holds_objects(items))

    def target(self, schema: Node) -> Node:
        """The schema that a reference leads to, in normal form where it is a component."""
        for _ in range(len(self._raw) + len(self.normal) + 1):
            name = self.name(schema)
            if name is None:
                return resolve(self._document, schema)
            schema = self.normal.get(name) or self._raw.get(name, {})
        raise CodegenError(f"The schema {schema!r} refers to itself.")

    def name(self, schema: Node) -> str | None:
        """The component that a schema is a reference to."""
        merged = schema.get("allOf")
        if "$ref" not in schema and is_array(merged) and len(merged) == 1 and not schema.get("properties"):
            schema = merged[0]
        reference = schema.get("$ref")
        return reference.removeprefix(_PREFIX) if isinstance(reference, str) and reference.startswith(_PREFIX) else None

    def properties(self, schema: Node) -> dict[str, Node]:
        """The properties of an object, those of its `allOf` parts first."""
        found: dict[str, Node] = {}
        for part in schema.get("allOf", ()):
            found.update(self.properties(self.target(part)))
        found.update(schema.get("properties", {}))
        return found

    def required(self, schema: Node) -> set[str]:
        """The names of the properties that an object must have."""
        found = set[str](schema.get("required", ()))
        for part in schema.get("allOf", ()):
            found |= self.required(self.target(part))
        return found

    def tidied(self, schema: Node, name: str) -> Node:
        """A schema with its parts in normal form, itself unnamed."""
        result = dict(schema)
        if is_object(schema.get("properties")):
            result["properties"] = {
                key: self.place(value, pascal(name, key)) for key, value in schema["properties"].items()
            }
        for key, suffix in (("items", "Item"), ("additionalProperties", "Value")):
            if is_object(schema.get(key)):
                result[key] = self.place(schema[key], name + suffix)
        for key in ("oneOf", "anyOf"):
            if is_array(schema.get(key)) and not _conditions_only(schema):
                members = schema[key]
                result[key] = [self.place(value, f"{name}{index}") for index, value in enumerate(members, start=1)]
        if is_array(schema.get("allOf")):
            result["allOf"] = [value if "$ref" in value else self.tidied(value, name) for value in schema["allOf"]]
        return result


def without_null(schema: Node) -> tuple[Node, bool]:
    """A schema without its null, and whether null was allowed."""
    kinds: Any = schema.get("type")
    if is_array(kinds) and "null" in kinds:
        rest = [kind for kind in kinds if kind != "null"]
        return without_null({**schema, "type": rest[0] if len(rest) == 1 else rest})[0], True
    for key in ("oneOf", "anyOf"):
        members = schema.get(key)
        if is_array(members) and any(member.get("type") == "null" for member in members):
            rest = [member for member in members if member.get("type") != "null"]
            outer = {name: value for name, value in schema.items() if name != key}
            return ({**rest[0], **outer} if len(rest) == 1 else {**outer, key: rest}), True
    if is_array(schema.get("enum")) and None in schema["enum"]:
        return {**schema, "enum": [value for value in schema["enum"] if value is not None]}, True
    if schema.get("nullable") is True:
        return {key: value for key, value in schema.items() if key != "nullable"}, True
    return schema, False


def union_members(schema: Node) -> list[Node]:
    """The members of a `oneOf` or `anyOf` that is a choice of types (and not a mere condition on one type)."""
    if _conditions_only(schema):
        return []
    members: Any = schema.get("oneOf") or schema.get("anyOf")
    return [member for member in members if is_object(member)] if is_array(members) else []


def _conditions_only(schema: Node) -> bool:
    members = [*schema.get("oneOf", ()), *schema.get("anyOf", ())]
    return bool(schema.get("properties")) or all(not {"$ref", "type", "enum", "const"} & set(one) for one in members)


def values_of(schema: Node) -> list[Any]:
    """The values that a constant or an enumeration allows, null aside."""
    if "const" in schema:
        return [schema["const"]]
    values: Any = schema.get("enum")
    return [value for value in values if value is not None] if is_array(values) else []


def aliases_of(schema: Node) -> tuple[str, ...]:
    """The other names, its `x-also`, under which a property may come. Raises CodegenError."""
    names: Any = schema.get("x-also", [])
    if not is_array(names) or not all(isinstance(name, str) and name for name in names):
        raise CodegenError(f"x-also is a list of names, not {names!r}.")
    return tuple(names)


def _siblings(schema: Node) -> Node:
    return {key: schema[key] for key in _TEXT if key in schema}
