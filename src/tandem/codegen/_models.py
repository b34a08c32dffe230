"""What stands in the package's `models`: classes, unions of classes, and aliases of literals."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from ._document import Node
from ._names import class_name, field_name, module_name, qualified, refuse_collisions
from ._problem import CodegenError
from ._prose import described, docstring, schema_doc, wrapped
from ._schemas import Schemas, aliases_of, values_of, without_null
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
    twins: tuple[str, ...]
    """The attributes that are read where this one has nothing: it is private then, behind a property."""

    @property
    def tried(self) -> tuple[str, ...]:
        """The attributes that the property reads, in order."""
        return (self.name, *self.twins)


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
    """Everything that the package's `models` holds.

    A property with an `x-also` is read under those names too, where its own is missing. What came under an alias is
    written back under the property's own name, and the alias is gone. An alias that is a property itself keeps what
    came, and is written back as it came: there the first property only looks at it when it is read.
    """

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
        _refuse_aliases(component, properties, required, shapes)
        fields = [
            self._field(wire, part, shapes[wire], wire in required, properties.keys())
            for wire, part in properties.items()
        ]
        imports = sorted({used for shape in shapes.values() for used in shape.models} - {name})
        return Model(name, module_name(name), schema_doc(schema, name), tuple(fields), taken, tuple(imports))

    def _field(self, wire: str, schema: Node, shape: Shape, required: bool, siblings: AbstractSet[str]) -> Field:
        aliases = aliases_of(schema)
        twins = tuple(field_name(alias) for alias in aliases if alias in siblings)
        name = f"_{field_name(wire)}" if twins else field_name(wire)
        constant = shape.reads.startswith("Literal[") and required
        optional = not required or shape.nullable
        default = shape.reads[len("Literal[") : -1] if constant else "None" if optional else ""
        annotation = f"{shape.reads} | None" if optional and shape.reads != "Any" else shape.reads
        full = {**self._schemas.target(schema), **schema}
        return Field(
            wire=wire,
            name=name,
            annotation=annotation,
            default=_attrs_default(
                default, secret=full.get("format") == "password", shown=field_name(wire) if twins else ""
            ),
            decode=shape.decoded(_taken(wire, [alias for alias in aliases if alias not in siblings])),
            encode=f"self.{name}" if shape.atomic else f"plain(self.{name})",
            always_sent=required and (shape.nullable or shape.reads == "Any"),
            doc=docstring(wrapped(described({**without_null(full)[0], **schema}))),
            twins=twins,
        )


def _refuse_aliases(
    component: str, properties: dict[str, Node], required: AbstractSet[str], shapes: dict[str, Shape]
) -> None:
    taken = set[str]()
    for wire, schema in properties.items():
        for alias in aliases_of(schema):
            if alias == wire or alias in taken:
                raise CodegenError(f"The schema {component!r}: {alias!r} cannot stand for {wire!r} as well.")
            if alias in shapes and (wire in required or shapes[alias].reads != shapes[wire].reads):
                raise CodegenError(
                    f"The schema {component!r}: {alias!r} is a property itself: it stands only for an optional one "
                    f"of its type, which {wire!r} is not."
                )
            taken.add(alias)


def _taken(wire: str, aliases: list[str]) -> str:
    """The expression for what came: under its name or, where that is missing, under the first alias that is there."""
    names = [wire, *aliases]
    tried = [f"take({name!r}, None) if {name!r} in raw else " for name in names[:-1]]
    return "".join([*tried, f"take({names[-1]!r}, None)"])


def _open_type(schema: Node) -> list[str]:
    return sorted({type(value).__name__ for value in values_of(schema)})


def _attrs_default(default: str, *, secret: bool, shown: str) -> str:
    options = {"default": default, "repr": "masked" if secret else "", "alias": repr(shown) if shown else ""}
    if not secret and not shown:
        return default
    return f"attrs.field({', '.join(f'{key}={value}' for key, value in options.items() if value)})"
