"""Shapes: what a tool's argument may look like. Each writes itself as JSON Schema, and reads what a model sends.

A model writes arguments as text, so reading has two grades: exact first, then tolerant, where "3" is as good as 3.
Whatever comes, reading gives a value or raises `Mismatch`, which says in words for the model what was expected.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tandem._conventions import shorten

Json = dict[str, Any]


class Mismatch(Exception):  # it is told to the model, not raised to the user
    """A value that does not fit. `problems` are sentences, each of them naming its place."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Shape(Protocol):
    """What a value may look like."""

    def schema(self) -> Json:
        """It as JSON Schema."""
        ...

    def read(self, value: Any, at: str, exact: bool) -> Any:
        """The Python value of a JSON value. Raises Mismatch."""
        ...


def expected(at: str, what: str, value: object) -> Mismatch:
    return Mismatch(f"{at} must be {what}, not {shorten(value)}")


@dataclass(frozen=True, slots=True)
class Anything:
    """Any JSON value."""

    def schema(self) -> Json:
        return {}

    def read(self, value: Any, at: str, exact: bool) -> Any:
        return value


@dataclass(frozen=True, slots=True)
class Atom:
    """A value that is written as one JSON scalar: `convert` makes it of the text or number, or raises."""

    what: str
    kind: str
    accepts: Callable[[Any], bool]
    convert: Callable[[Any], Any]
    also: Callable[[Any], bool] = lambda value: False
    """What is accepted beside, where reading is tolerant."""
    format: str | None = None

    def schema(self) -> Json:
        return {"type": self.kind, "format": self.format} if self.format else {"type": self.kind}

    def read(self, value: Any, at: str, exact: bool) -> Any:
        if not self.accepts(value) and (exact or not self.also(value)):
            raise expected(at, self.what, value)
        try:
            return self.convert(value)
        except (ValueError, ArithmeticError, TypeError):
            raise expected(at, self.what, value) from None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few values: a Literal's, or an Enum's members by their values."""

    values: tuple[Any, ...]
    results: tuple[Any, ...]

    def schema(self) -> Json:
        return {"enum": list(self.values)} | ({"type": "string"} if _all_text(self.values) else {})

    def read(self, value: Any, at: str, exact: bool) -> Any:
        for known, result in zip(self.values, self.results, strict=True):
            # 1 == True in Python, but not in JSON.
            if known == value and isinstance(known, bool) == isinstance(value, bool):
                return result
            if not exact and isinstance(value, str) and isinstance(known, int) and str(known).lower() == value.lower():
                return result
        raise expected(at, f"one of {', '.join(map(shorten, self.values))}", value)


@dataclass(frozen=True, slots=True)
class Either:
    """A value of any of several shapes."""

    options: tuple[Shape, ...]

    def schema(self) -> Json:
        return {"anyOf": [option.schema() for option in self.options]}

    def read(self, value: Any, at: str, exact: bool) -> Any:
        problems: dict[str, None] = {}
        for strict in (True,) if exact else (True, False):
            for option in self.options:
                try:
                    return option.read(value, at, strict)
                except Mismatch as mismatch:
                    problems |= dict.fromkeys(mismatch.problems)
        raise Mismatch(" or ".join(problems))


@dataclass(frozen=True, slots=True)
class Told:
    """A shape with words about it."""

    shape: Shape
    description: str

    def schema(self) -> Json:
        return {**self.shape.schema(), "description": self.description}

    def read(self, value: Any, at: str, exact: bool) -> Any:
        return self.shape.read(value, at, exact)


@dataclass(slots=True)
class Reference:
    """A shape that stands among the definitions, since it holds itself."""

    name: str
    target: Shape = field(default_factory=Anything, repr=False)

    def schema(self) -> Json:
        return {"$ref": f"#/$defs/{self.name}"}

    def read(self, value: Any, at: str, exact: bool) -> Any:
        return self.target.read(value, at, exact)


@dataclass(frozen=True, slots=True)
class Foreign:
    """A class that knows its own schema and reads for itself."""

    described: Mapping[str, Any]
    validate: Callable[[Any], Any]

    def schema(self) -> Json:
        return dict(self.described)

    def read(self, value: Any, at: str, exact: bool) -> Any:
        try:
            return self.validate(value)
        except Exception as problem:  # a validator is the user's own code, and may raise anything
            raise Mismatch(*_complaints(problem, at)) from problem


def _complaints(problem: Exception, at: str) -> list[str]:
    errors: Any = getattr(problem, "errors", None)
    if not callable(errors):
        return [f"{at} cannot be used: {problem}"]
    found: Any = errors()
    return [f"{'.'.join([at, *map(str, error['loc'])])}: {error['msg']}" for error in found]


def _all_text(values: Sequence[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_number(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def is_whole(value: Any) -> bool:
    return is_number(value) and value == int(value)
