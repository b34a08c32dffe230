"""Unions of classes, and how their objects are told apart."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any

from tandem.models import is_object

from ._document import Node
from ._names import class_name, module_name
from ._problem import CodegenError
from ._prose import schema_doc
from ._schemas import Schemas, aliases_of, union_members, values_of, without_null
from ._shapes import FREE_FORM, Shape, Shapes

STREAMED = "x-streamed"
"""Stands in the normal form of a union that is the events of streams and nothing else."""


@dataclass(frozen=True, slots=True)
class Member:
    """A class of a union without a tag: what its objects must have, may have, and always have the same."""

    name: str
    required: tuple[str, ...]
    known: tuple[str, ...]
    constants: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Union:
    """An alias of classes with the function that chooses between them.

    An object of an unknown kind stays a dict, for which the alias has a member; but a stream makes an `UnknownEvent` of
    whatever is no model, so the alias of what is only `streamed` has models alone.
    """

    name: str
    module: str
    doc: str
    alias: str
    imports: tuple[str, ...]
    tag: str
    by_tag: tuple[tuple[str, str], ...]
    by_keys: tuple[Member, ...]
    arrays: str
    streamed: bool


class Unions:
    """Reads unions: by the tag that a discriminator names, by a constant that all members have, or by their keys."""

    def __init__(self, schemas: Schemas, shapes: Shapes) -> None:
        self._schemas = schemas
        self._shapes = shapes

    def union(self, component: str, name: str, schema: Node) -> Union:
        """The union that a component schema is."""
        members = self._flat_members(schema)
        objects = [member for member in members if self._schemas.kind(self._schemas.target(member)) == "model"]
        shapes = [_undecoded(self._shapes.of(member)) for member in members]
        named = [shape.reads for shape in shapes if shape.objects]
        streamed = bool(schema.get(STREAMED) and named)
        reads = named if streamed else [*(shape.reads for shape in shapes), FREE_FORM.reads]
        tag, tags = self._tags(component, schema, objects)
        arrays = next((shape.decode.format("raw") for shape in shapes if shape.reads.startswith("list[")), "")
        imports = sorted({used for shape in shapes for used in shape.models})
        keys = () if tag else self._members(objects)
        return Union(
            name,
            module_name(name),
            schema_doc(schema, name),
            " | ".join(dict.fromkeys(reads)),
            tuple(imports),
            repr(tag),
            tuple(tags),
            keys,
            arrays,
            streamed,
        )

    def _flat_members(self, schema: Node) -> list[Node]:
        flat: list[Node] = []
        for member in union_members(without_null(schema)[0]):
            target = self._schemas.target(member)
            flat += self._flat_members(target) if self._schemas.kind(target) == "union" else [member]
        return flat

    def _tags(self, component: str, schema: Node, objects: list[Node]) -> tuple[str, list[tuple[str, str]]]:
        discriminator: Any = schema.get("discriminator")
        stated: Node = discriminator if is_object(discriminator) else {}
        candidates = [stated["propertyName"]] if "propertyName" in stated else self._common_keys(objects)
        for tag in candidates:
            pairs = self._tag_pairs(tag, objects, stated)
            if pairs and len({value for value, _ in pairs}) == len(pairs):
                return tag, sorted(pairs)
        if stated:
            raise CodegenError(
                f"The union {component!r}: its members do not each have values of their own in {candidates[0]!r}."
            )
        return "", []

    def _tag_pairs(self, tag: str, objects: list[Node], stated: Node) -> list[tuple[str, str]]:
        names = [self._schemas.name(member) or "" for member in objects]
        mapping: Node = stated.get("mapping") or {}
        mapped = [(value, class_name(str(target).rpartition("/")[2])) for value, target in mapping.items()]
        if mapped:
            return mapped
        pairs: list[tuple[str, str]] = []
        for name, member in zip(names, objects, strict=True):
            properties = self._schemas.properties(self._schemas.target(member))
            values = values_of(self._schemas.target(properties.get(tag, {})))
            if not values and stated and tag in properties:
                values = [name]
            if not values:
                return []
            pairs += [(value, class_name(name)) for value in values if isinstance(value, str)]
        return pairs

    def _common_keys(self, objects: list[Node]) -> list[str]:
        keys = [list(self._schemas.properties(self._schemas.target(member))) for member in objects]
        return [key for key in keys[0] if all(key in other for other in keys)] if len(keys) > 1 else []

    def _members(self, objects: list[Node]) -> tuple[Member, ...]:
        found: list[Member] = []
        for schema in objects:
            target = self._schemas.target(schema)
            properties = self._schemas.properties(target)
            values = {key: values_of(self._schemas.target(part)) for key, part in properties.items()}
            also = {key: aliases_of(part) for key, part in properties.items()}
            surely = {key for key in self._schemas.required(target) if not also.get(key)}
            member = Member(
                name=class_name(self._schemas.name(schema) or ""),
                required=tuple(sorted(surely)) if len(objects) > 1 else (),
                known=tuple(sorted({*properties, *chain.from_iterable(also.values())})),
                constants={key: one[0] for key, one in values.items() if len(one) == 1},
            )
            found.append(member)
        return tuple(found)


def _undecoded(shape: Shape) -> Shape:
    # Among the objects of a union, one whose keys are data cannot be told from an unknown kind.
    return FREE_FORM if shape.reads.startswith("dict[") else shape
