"""What a schema is in Python: the annotation one reads, the annotation one passes, and the step that decodes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from tandem.models import is_array, is_object

from ._document import Node
from ._names import class_name, module_name
from ._problem import CodegenError
from ._schemas import Schemas, union_members, without_null

_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_BINARY_MEDIA = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Shape:
    """The Python of one schema. In `decode`, `{}` is the raw value; an empty `decode` means that it needs none.

    `objects` says that the decoding function takes objects only, `whole` is the decoder to use where a whole reply has
    this shape, `atomic` values are JSON already, and `models` are the names which the annotations use.
    """

    reads: str
    takes: str
    decode: str = ""
    objects: bool = False
    nullable: bool = False
    whole: str = ""
    atomic: bool = False
    models: frozenset[str] = frozenset()

    def decoded(self, source: str) -> str:
        """The expression that decodes what stands in `source`. It names a model only when there is something to decode.

        Naming a model loads it: a field that is not there must not cost that.
        """
        if "models." not in self.decode:
            return self.decode.format(source) if self.decode else source
        found = f"is_object(value := {source})" if self.objects else f"(value := {source})"
        return f"{self.decode.format('value')} if {found} else value"

    @property
    def returned(self) -> str:
        """The annotation of a result."""
        return _or_none(self, self.reads)

    @property
    def decoder(self) -> str:
        """The function that decodes a whole result."""
        if self.nullable:
            return f"lambda value: nested({self.function}, value)" if self.objects else self.function
        return self.whole or self.function

    @property
    def function(self) -> str:
        """The decoding step as something to call."""
        if self.decode.endswith("({})") and self.decode.count("(") == 1:
            return self.decode[:-4]
        return f"lambda value: {self.decode.format('value')}" if self.decode else "unchanged"


ANYTHING = Shape("Any", "Any")
FREE_FORM = Shape("dict[str, Any]", "Mapping[str, Any]", whole="free_form")


class Shapes:
    """The shapes of one document's schemas."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._open: list[str] = []
        self.endless: set[str] = set()
        """Components that contain themselves without a class between: what is inside them is `Any`."""

    def of(self, schema: Node) -> Shape:
        """The shape of a schema in normal form."""
        inner, nullable = without_null(schema)
        name = self._schemas.name(inner)
        shape = self._named(name) if name is not None else self._unnamed(inner)
        return replace(shape, nullable=shape.nullable or nullable)

    def _named(self, name: str) -> Shape:
        schema = self._schemas.normal[name]
        kind, class_ = self._schemas.kind(schema), class_name(name)
        alone = frozenset({class_})
        if kind == "model":
            return Shape(
                class_, f"{class_} | Mapping[str, Any]", f"models.{class_}.from_dict({{}})", True, models=alone
            )
        if kind == "union":
            decode = f"models.decode_{module_name(class_)}({{}})"
            return Shape(class_, f"{class_} | Mapping[str, Any]", decode, models=alone)
        if kind == "enum":
            return Shape(class_, class_, atomic=True, models=alone)
        if name in self._open:
            self.endless.add(name)
            return ANYTHING
        self._open.append(name)
        try:
            return self.of(schema)
        finally:
            self._open.pop()

    def _unnamed(self, schema: Node) -> Shape:
        if "const" in schema or is_array(schema.get("enum")):
            value = schema["const"] if "const" in schema else next(iter(schema["enum"]), None)
            literal = f"Literal[{value!r}]"
            return Shape(literal, literal, atomic=True) if isinstance(value, str | int) else ANYTHING
        members = union_members(schema)
        if members:
            return joined([self.of(member) for member in members])
        kinds: Any = schema.get("type", "object" if "additionalProperties" in schema else "")
        if is_array(kinds):
            return joined([self._of_type(schema, kind) for kind in kinds])
        return self._of_type(schema, kinds)

    def _of_type(self, schema: Node, kind: Any) -> Shape:
        if kind == "string":
            return _text(schema)
        if kind == "array":
            return array(self.of(schema["items"])) if is_object(schema.get("items")) else array(ANYTHING)
        if kind == "object":
            values = schema.get("additionalProperties")
            return mapping(self.of(values)) if is_object(values) and values else FREE_FORM
        if kind and kind not in _SCALARS:
            raise CodegenError(f"{kind!r} is no type of JSON Schema.")
        return Shape(_SCALARS[kind], _SCALARS[kind], atomic=True) if kind else ANYTHING


def array(item: Shape) -> Shape:
    """A list of items."""
    step = "each_object" if item.objects else "each_item"
    decode = f"{step}({item.function}, {{}})" if item.decode else ""
    reads, takes = f"list[{item.returned}]", f"Sequence[{_or_none(item, item.takes)}]"
    return Shape(reads, takes, decode, whole=f"array_of({item.function})", models=item.models)


def mapping(value: Shape) -> Shape:
    """An object whose keys are data."""
    step = "map_objects" if value.objects else "map_items"
    decode = f"{step}({value.function}, {{}})" if value.decode else ""
    reads, takes = f"dict[str, {value.returned}]", f"Mapping[str, {_or_none(value, value.takes)}]"
    return Shape(reads, takes, decode, models=value.models)


def joined(shapes: list[Shape]) -> Shape:
    """A choice that is no union of classes: it is passed on as it came."""
    reads = list(dict.fromkeys(shape.reads for shape in shapes))
    takes = list(dict.fromkeys(shape.takes for shape in shapes))
    if "Any" in reads:
        return ANYTHING
    models = frozenset(name for shape in shapes for name in shape.models)
    return Shape(" | ".join(reads), " | ".join(takes), models=models)


def _text(schema: Node) -> Shape:
    form = schema.get("format")
    if form == "date-time":
        return Shape("datetime.datetime", "datetime.datetime | str", "timestamp({})")
    if form == "date":
        return Shape("datetime.date", "datetime.date | str", "day({})")
    if form == "binary" or schema.get("contentMediaType") == _BINARY_MEDIA:
        return Shape("bytes", "FileInput")
    return Shape("str", "str", atomic=True)


def _or_none(shape: Shape, annotation: str) -> str:
    return f"{annotation} | None" if shape.nullable else annotation
