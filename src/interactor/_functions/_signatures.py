"""What a function takes, as a model is told it and as a model's arguments are read."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import Parameter
from typing import Any

from tandem._json import is_object

from ._annotations import NoShapeError, Shapes
from ._containers import Field, Record
from ._docstrings import Described
from ._members import as_json
from ._shapes import Json, Mismatch


@dataclass(frozen=True, slots=True)
class Signature:
    """The parameters of a function that a model may call."""

    record: Record
    definitions: Mapping[str, Json] = field(default_factory=dict[str, Json])
    leading: tuple[Parameter, ...] = ()
    """The parameters that are given by their place only."""

    def schema(self) -> Json:
        """The JSON Schema of the arguments."""
        schema = self.record.schema()
        return {**schema, "$defs": dict(self.definitions)} if self.definitions else schema

    def read(self, arguments: object) -> tuple[list[Any], dict[str, Any]]:
        """Arguments as they came from a model, ready for the call. Raises Mismatch."""
        try:
            # Some models send the JSON text of the arguments instead of the object.
            given = json.loads(arguments) if isinstance(arguments, str) else arguments
            values: dict[str, Any] = self.record.read({} if given is None else given, "", exact=False)
        except RecursionError:
            raise Mismatch("The arguments are nested too deeply") from None
        except ValueError:
            raise Mismatch("The arguments must be an object, and are no JSON") from None
        return [values.pop(each.name, each.default) for each in self.leading], values


def signature_of(function: Callable[..., Any], told: Described, scope: Mapping[str, Any], *, bound: bool) -> Signature:
    """The signature of a function. Raises NoShapeError, which names the parameter and the remedy."""
    shapes = Shapes(scope)
    fields: list[Field] = []
    rest = None
    parameters = list(inspect.signature(function).parameters.values())[1 if bound else 0 :]
    for parameter in parameters:
        try:
            if parameter.kind is Parameter.VAR_POSITIONAL:
                raise NoShapeError("takes any number of values. Make it one parameter: a list")
            shape = shapes.of(shapes.resolved(_annotation(parameter)))
        except NoShapeError as problem:
            raise NoShapeError(f"parameter {parameter.name} {problem}") from None
        if parameter.kind is Parameter.VAR_KEYWORD:
            rest = shape
            continue
        required = parameter.default is Parameter.empty
        default = None if required else as_json(parameter.default)
        fields.append(Field(parameter.name, shape, required, told.parameters.get(parameter.name, ""), default))
    leading = tuple(each for each in parameters if each.kind is Parameter.POSITIONAL_ONLY)
    return Signature(Record("arguments", dict, fields, rest), shapes.definitions(), leading)


def as_object(arguments: object) -> dict[str, Any]:
    """Arguments for the record of a call: those that came, if they are an object."""
    return dict(arguments) if is_object(arguments) else {}


def _annotation(parameter: Parameter) -> Any:
    if parameter.annotation is Parameter.empty:
        raise NoShapeError("has no annotation. Say what it takes, such as str or list[int]")
    return parameter.annotation
