"""The shapes that hold others: arrays and objects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tandem._conventions import shorten
from tandem._json import is_array, is_object

from ._shapes import Json, Mismatch, Shape, expected


@dataclass(frozen=True, slots=True)
class Many:
    """An array of values of one shape, made into a list, a set or a tuple."""

    item: Shape
    make: Callable[[list[Any]], Any] = list
    unique: bool = False

    def schema(self) -> Json:
        items = self.item.schema()
        return {"type": "array"} | ({"items": items} if items else {}) | ({"uniqueItems": True} if self.unique else {})

    def read(self, value: Any, at: str, exact: bool) -> Any:
        if not is_array(value):
            raise expected(at, "an array", value)
        items = _each([(self.item, item, f"{at}[{index}]") for index, item in enumerate(value)], exact)
        try:
            return self.make(items)
        except TypeError:  # a set of what cannot be hashed
            raise expected(at, "an array of simple values", value) from None


@dataclass(frozen=True, slots=True)
class Fixed:
    """An array with a shape for each of its places: a tuple."""

    items: tuple[Shape, ...]

    def schema(self) -> Json:
        count = len(self.items)
        return {
            "type": "array",
            "prefixItems": [item.schema() for item in self.items],
            "minItems": count,
            "maxItems": count,
        }

    def read(self, value: Any, at: str, exact: bool) -> Any:
        if not is_array(value) or len(value) != len(self.items):
            raise expected(at, f"an array of {len(self.items)}", value)
        places = zip(self.items, value, strict=True)
        return tuple(_each([(shape, item, f"{at}[{index}]") for index, (shape, item) in enumerate(places)], exact))


@dataclass(frozen=True, slots=True)
class Table:
    """An object with any keys and values of one shape: a dict."""

    value: Shape

    def schema(self) -> Json:
        values = self.value.schema()
        return {"type": "object"} | ({"additionalProperties": values} if values else {})

    def read(self, value: Any, at: str, exact: bool) -> Any:
        if not is_object(value):
            raise expected(at, "an object", value)
        values = _each([(self.value, item, f"{at}.{key}") for key, item in value.items()], exact)
        return dict(zip(value, values, strict=True))


@dataclass(frozen=True, slots=True)
class Field:
    """One named part of an object."""

    name: str
    shape: Shape
    required: bool = True
    description: str = ""
    default: Any = None
    """What it is when it is left out, as JSON; None where that has no name in JSON."""

    def schema(self) -> Json:
        schema = self.shape.schema()
        if self.description:
            schema.setdefault("description", self.description)
        if self.default is not None:
            schema.setdefault("default", self.default)
        return schema


@dataclass(slots=True)
class Record:
    """An object with named fields, made into whatever `make` makes of them."""

    title: str
    make: Callable[[dict[str, Any]], Any]
    fields: Sequence[Field] = ()
    rest: Shape | None = None
    """The shape of fields that have no name here; None: there are none."""

    def schema(self) -> Json:
        required = [each.name for each in self.fields if each.required]
        return {
            "type": "object",
            "properties": {each.name: each.schema() for each in self.fields},
            **({"required": required} if required else {}),
            "additionalProperties": False if self.rest is None else self.rest.schema() or True,
        }

    def read(self, value: Any, at: str, exact: bool) -> Any:
        if not is_object(value):
            raise expected(at or "The arguments", "an object", value)
        prefix = f"{at}." if at else ""
        problems = [
            f"{prefix}{each.name} is missing" for each in self.fields if each.required and each.name not in value
        ]
        shapes = {each.name: each.shape for each in self.fields}
        known: list[tuple[str, Shape]] = []
        for name in value:
            shape = shapes.get(name, self.rest)
            if shape is None:
                problems.append(f"{prefix}{shorten(name)[1:-1]} is not known; there are {', '.join(shapes) or 'none'}")
            else:
                known.append((name, shape))
        values = _each([(shape, value[name], f"{prefix}{name}") for name, shape in known], exact, problems)
        try:
            return self.make({name: item for (name, _), item in zip(known, values, strict=True)})
        except Exception as problem:  # the user's own class may refuse what fits its annotations
            raise Mismatch(f"{at or 'The arguments'} cannot be used: {problem}") from problem


def _each(parts: Sequence[tuple[Shape, Any, str]], exact: bool, problems: Sequence[str] = ()) -> list[Any]:
    """All the values read; or all that is wrong with them, at once, so that the model can mend it in one go."""
    found, values = list(problems), list[Any]()
    for shape, value, at in parts:
        try:
            values.append(shape.read(value, at, exact))
        except Mismatch as mismatch:
            found += mismatch.problems
    if found:
        raise Mismatch(*found)
    return values
