"""From type annotations to shapes. Classes of other libraries are known by what they can do: nothing is imported."""

from __future__ import annotations

import collections.abc as abc
import enum
import sys
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, cast

from tandem._conventions import shorten

from ._atoms import ATOMS, NOTHING
from ._containers import Field, Fixed, Many, Record, Table
from ._docstrings import described
from ._members import Member, as_json, is_typed_dict, members_of
from ._shapes import Anything, Choice, Either, Foreign, Json, Reference, Shape, Told

_LISTS = (list, abc.Sequence, abc.MutableSequence, abc.Collection, abc.Iterable)
_SETS: dict[Any, type] = {set: set, frozenset: frozenset, abc.Set: set, abc.MutableSet: set}
_TABLES = (dict, abc.Mapping, abc.MutableMapping)


class NoShapeError(Exception):
    """An annotation that says nothing about JSON. The text names it and the remedy."""


class Shapes:
    """Makes the shapes of one function, whose annotations may use the names in `scope`."""

    def __init__(self, scope: Mapping[str, Any]) -> None:
        self._scope = scope
        self._references: dict[type, Reference] = {}
        self._recursive: dict[str, Reference] = {}
        self._foreign: dict[str, Json] = {}

    def definitions(self) -> dict[str, Json]:
        """What `$ref`s refer to."""
        own = {name: reference.target.schema() for name, reference in self._recursive.items()}
        return {**self._foreign, **own}

    def resolved(self, annotation: Any, module: Mapping[str, Any] | None = None) -> Any:
        """An annotation whose text, if it is one, is read. Raises NoShapeError."""

        def stand_in() -> None: ...

        stand_in.__annotations__ = {"it": annotation}
        try:
            return typing.get_type_hints(stand_in, {**self._scope, **(module or {})}, include_extras=True)["it"]
        except Exception as problem:  # an annotation is code: reading it may raise anything
            raise NoShapeError(f"is {shorten(annotation)}, which cannot be read: {problem}. Define it first") from None

    def of(self, annotation: Any) -> Shape:
        """The shape of what an annotation stands for. Raises NoShapeError."""
        if annotation is Any or annotation is object:
            return Anything()
        if annotation is None or annotation is types.NoneType:
            return NOTHING
        origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is typing.Annotated:
            return self._annotated(parts[0], parts[1:])
        if origin in (typing.Required, typing.NotRequired):
            return self.of(parts[0])
        if origin in (typing.Union, types.UnionType):
            return Either(tuple(map(self.of, parts)))
        if origin is typing.Literal:
            return _choice(annotation, parts, parts)
        renamed = getattr(annotation, "__supertype__", None) or getattr(annotation, "__value__", None)
        if renamed is not None and not isinstance(annotation, type):  # a NewType, or `type Name = …`
            return self.of(renamed)
        return self._collection(annotation, origin or annotation, parts) or self._class(annotation)

    def _annotated(self, annotation: Any, notes: tuple[Any, ...]) -> Shape:
        texts = (note if isinstance(note, str) else getattr(note, "description", None) for note in notes)
        told = next((text for text in texts if isinstance(text, str)), None)
        return Told(self.of(annotation), told) if told else self.of(annotation)

    def _collection(self, annotation: Any, origin: Any, parts: tuple[Any, ...]) -> Shape | None:
        first = self.of(parts[0]) if parts and origin not in _TABLES else Anything()
        if origin in _LISTS:
            return Many(first)
        if isinstance(origin, type) and origin in _SETS:
            return Many(first, _SETS[origin], unique=True)
        if origin is tuple:
            alike = not parts or parts[1:] == (...,)
            return Many(first, tuple) if alike else Fixed(tuple(map(self.of, parts)))
        if origin in _TABLES:
            if parts and parts[0] not in (str, Any):
                raise NoShapeError(f"is {_named(annotation)}, whose keys are not text as in JSON. Use dict[str, …]")
            return Table(self.of(parts[1]) if parts else Anything())
        return None

    def _class(self, annotation: Any) -> Shape:
        if not isinstance(annotation, type):
            raise _unsupported(annotation)
        if annotation in ATOMS:
            return ATOMS[annotation]
        if issubclass(annotation, enum.Enum):
            each = tuple(annotation)
            return _choice(annotation, tuple(member.value for member in each), each)
        cls = cast("type[Any]", annotation)
        if hasattr(cls, "model_json_schema") and hasattr(cls, "model_validate"):
            return self._validated(cls)
        members = members_of(cls)
        if members is None:
            raise _unsupported(cls)
        return self._record(cls, members)

    def _record(self, cls: type, members: list[Member]) -> Shape:
        known = self._references.get(cls)
        if known is not None:
            self._recursive[known.name] = known
            return known
        make: Callable[[dict[str, Any]], Any] = dict if is_typed_dict(cls) else lambda values: cls(**values)
        record = Record(cls.__name__, make)
        reference = self._references[cls] = Reference(self._free_name(cls.__name__), record)
        told = described(cls.__doc__).parameters
        module = vars(sys.modules[cls.__module__])
        record.fields = [self._field(member, self.resolved(member.annotation, module), told) for member in members]
        if reference.name in self._recursive:
            return reference
        del self._references[cls]
        return record

    def _field(self, member: Member, hint: Any, told: Mapping[str, str]) -> Field:
        wrapper = typing.get_origin(hint)
        # The class itself cannot tell when its annotations are text.
        required = wrapper is typing.Required or (member.required and wrapper is not typing.NotRequired)
        return Field(member.name, self.of(hint), required, told.get(member.name, ""), member.default)

    def _validated(self, cls: Any) -> Shape:
        schema: Json = cls.model_json_schema(ref_template="#/$defs/{model}")
        for name, definition in schema.pop("$defs", {}).items():
            if self._foreign.setdefault(name, definition) != definition:
                raise NoShapeError(f"is {cls.__name__}, and {name} in it names two different models. Rename one")
        return Foreign(schema, cls.model_validate)

    def _free_name(self, name: str) -> str:
        taken = {reference.name for reference in self._references.values()} | self._foreign.keys()
        return next(each for each in (name, *(f"{name}{number}" for number in range(2, 99))) if each not in taken)


def _choice(annotation: Any, values: tuple[Any, ...], results: tuple[Any, ...]) -> Choice:
    if not values or any(as_json(value) != value for value in values):
        raise NoShapeError(f"is {_named(annotation)}, whose values are not those of JSON. Use text or numbers")
    return Choice(values, results)


def _named(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) else shorten(annotation).replace("typing.", "")


def _unsupported(annotation: Any) -> NoShapeError:
    return NoShapeError(
        f"is {_named(annotation)}, which JSON cannot say. Use str, int, float, bool, None, date, datetime, Literal, an "
        "Enum, list, dict[str, …], a union of these, or a TypedDict, a dataclass or a model with such fields"
    )
