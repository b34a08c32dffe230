"""What stands in the package's `models`: classes, unions of classes, and aliases of literals."""

from __future__ import annotations

from dataclasses import dataclass

from ._document import Node
from ._names import class_name, field_name, module_name, qualified, refuse_collisions
from ._prose import described, docstring, schema_doc, wrapped
from ._schemas import Schemas, values_of, without_null
from ._shapes import Shape, Shapes
from ._unions import Union, Unions


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute of a model."""

    wire: str
    name: str
    annotation: str
    default: str
    decode: str
    encode: str
    always_sent: bool
    doc: str


@dataclass(frozen=True, slots=True)
class Model:
    """One class."""

    name: str
    module: str
    doc: str
    fields: tuple[Field, ...]
    taken: frozenset[str]
    imports: tuple[str, ...]

    @property
    def nullable(self) -> tuple[str, ...]:
        """The fields that are sent as null when they are None."""
        return tuple(field.wire for field in self.fields if field.always_sent)

    def q(self, annotation: str) -> str:
        """An annotation as it must be spelled inside this class."""
        return qualified(annotation, self.taken)


@dataclass(frozen=True, slots=True)
class Enum:
    """An alias of literals."""

    name: str
    module: str
    doc: str
    alias: str


class Models:
    """Everything that the package's `models` holds."""

    def __init__(self, schemas: Schemas, shapes: Shapes) -> None:
        self._schemas = schemas
        self._shapes = shapes
        self._unions = Unions(schemas, shapes)
        self.models: dict[str, Model] = {}
        self.unions: dict[str, Union] = {}
        self.enums: dict[str, Enum] = {}
        for component, schema in sorted(schemas.normal.items()):
            self._add(component, schema)
        names = [*self.models, *self.unions, *self.enums]
        refuse_collisions([(module_name(name), f"the schema {name!r}") for name in names], "models")

    def exports(self) -> list[tuple[str, str]]:
        """Every public name of `models` with the module it stands in."""
        found = {name: entry.module for name, entry in (self.models | self.unions | self.enums).items()}
        return sorted(found.items())

    def _add(self, component: str, schema: Node) -> None:
        name, kind = class_name(component), self._schemas.kind(schema)
        if kind == "model":
            self.models[name] = self._model(component, name, schema)
        elif kind == "union":
            self.unions[name] = self._unions.union(component, name, schema)
        elif kind == "enum":
            values = " | ".join(
                [f"Literal[{', '.join(repr(value) for value in values_of(schema))}]", *_open_type(schema)]
            )
            self.enums[name] = Enum(name, module_name(name), schema_doc(schema, name), values)

    def _model(self, component: str, name: str, schema: Node) -> Model:
        properties, required = self._schemas.properties(schema), self._schemas.required(schema)
        refuse_collisions(
            [(field_name(wire), f"the property {wire!r}") for wire in properties], f"The schema {component!r}"
        )
        shapes = {wire: self._shapes.of(part) for wire, part in properties.items()}
        taken = frozenset(field_name(wire) for wire in properties)
        fields = [self._field(wire, part, shapes[wire], wire in required) for wire, part in properties.items()]
        imports = sorted({used for shape in shapes.values() for used in shape.models} - {name})
        return Model(name, module_name(name), schema_doc(schema, name), tuple(fields), taken, tuple(imports))

    def _field(self, wire: str, schema: Node, shape: Shape, required: bool) -> Field:
        name = field_name(wire)
        constant = shape.reads.startswith("Literal[") and required
        optional = not required or shape.nullable
        default = shape.reads[len("Literal[") : -1] if constant else "None" if optional else ""
        annotation = f"{shape.reads} | None" if optional and shape.reads != "Any" else shape.reads
        full = {**self._schemas.target(schema), **schema}
        return Field(
            wire=wire,
            name=name,
            annotation=annotation,
            default=_attrs_default(default, secret=full.get("format") == "password"),
            decode=shape.decoded(f"take({wire!r}, None)"),
            encode=f"self.{name}" if shape.atomic else f"plain(self.{name})",
            always_sent=required and (shape.nullable or shape.reads == "Any"),
            doc=docstring(wrapped(described({**without_null(full)[0], **schema}))),
        )


def _open_type(schema: Node) -> list[str]:
    return sorted({type(value).__name__ for value in values_of(schema)})


def _attrs_default(default: str, *, secret: bool) -> str:
    if secret:
        return f"attrs.field({f'default={default}, ' if default else ''}repr=masked)"
    return default
