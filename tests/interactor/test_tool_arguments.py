"""What a model may send as arguments: each annotation's schema, and how its values are read."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import enum
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, NewType, NotRequired, Optional, TypedDict

import attrs
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import validator_for

from interactor import tool
from interactor._functions._shapes import Mismatch


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Person(TypedDict):
    name: str
    nick: NotRequired[Annotated[str, "What friends say."]]


@dataclasses.dataclass
class Tree:
    """A tree.

    Attributes:
        name: What it is called.
    """

    name: str
    children: list[Tree] = dataclasses.field(default_factory=list["Tree"])
    depth: int = dataclasses.field(default=0, init=False)


@attrs.define
class Point:
    x: float
    _y: float = 0.0


class Pair(NamedTuple):
    left: int
    right: int = 2


class Order(pydantic.BaseModel):
    count: int = pydantic.Field(gt=0, description="How many.")
    parts: list[Order] = []


UserId = NewType("UserId", str)
UTC = datetime.UTC
DAY = datetime.date(2026, 1, 20)


def taking(annotation: Any) -> Callable[[Any], Any]:
    """A function that reads one argument of this type."""

    def f(it: Any) -> Any:
        return it

    f.__annotations__["it"] = annotation
    made = tool(description="Takes it.")(f)
    validator_for(made.parameters)  # it is a JSON Schema
    return lambda value: made.prepared({"it": value})()


def schema_of(annotation: Any) -> dict[str, Any]:
    def f(it: Any) -> Any:
        return it

    f.__annotations__["it"] = annotation
    schema: dict[str, Any] = tool(description="Takes it.")(f).parameters["properties"]["it"]
    return schema


SCHEMAS: list[tuple[Any, dict[str, Any]]] = [
    (str, {"type": "string"}),
    (int, {"type": "integer"}),
    (float, {"type": "number"}),
    (bool, {"type": "boolean"}),
    (None, {"type": "null"}),
    (Any, {}),
    (object, {}),
    (Decimal, {"type": "number"}),
    (datetime.datetime, {"type": "string", "format": "date-time"}),
    (datetime.date, {"type": "string", "format": "date"}),
    (datetime.time, {"type": "string", "format": "time"}),
    (uuid.UUID, {"type": "string", "format": "uuid"}),
    (UserId, {"type": "string"}),
    (int | None, {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
    (Optional[str], {"anyOf": [{"type": "string"}, {"type": "null"}]}),  # noqa: UP045  # the spelling of old code
    (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
    (Literal["a", 1], {"enum": ["a", 1]}),
    (Colour, {"type": "string", "enum": ["red", "blue"]}),
    (Level, {"enum": [1, 2]}),
    (list, {"type": "array"}),
    (list[int], {"type": "array", "items": {"type": "integer"}}),
    (Sequence[int], {"type": "array", "items": {"type": "integer"}}),
    (Iterable[int], {"type": "array", "items": {"type": "integer"}}),
    (set[str], {"type": "array", "items": {"type": "string"}, "uniqueItems": True}),
    (frozenset, {"type": "array", "uniqueItems": True}),
    (tuple[int, ...], {"type": "array", "items": {"type": "integer"}}),
    (
        tuple[int, str],
        {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "minItems": 2, "maxItems": 2},
    ),
    (dict, {"type": "object"}),
    (dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
    (Mapping[str, Any], {"type": "object"}),
    (Annotated[int, "How many."], {"type": "integer", "description": "How many."}),
    (Annotated[int, pydantic.Field(description="How many.")], {"type": "integer", "description": "How many."}),
    (
        Person,
        {
            "type": "object",
            "properties": {"name": {"type": "string"}, "nick": {"type": "string", "description": "What friends say."}},
            "required": ["name"],
            "additionalProperties": False,
        },
    ),
    (
        Point,
        {
            "type": "object",
            "properties": {"x": {"type": "number"}, "y": {"type": "number", "default": 0.0}},
            "required": ["x"],
            "additionalProperties": False,
        },
    ),
    (
        Pair,
        {
            "type": "object",
            "properties": {"left": {"type": "integer"}, "right": {"type": "integer", "default": 2}},
            "required": ["left"],
            "additionalProperties": False,
        },
    ),
]

READINGS: list[tuple[Any, Any, Any]] = [
    (str, "Oslo", "Oslo"),
    (int, 3, 3),
    (int, 3.0, 3),
    (int, "3", 3),
    (float, 3, 3.0),
    (float, "3.5", 3.5),
    (bool, True, True),
    (bool, "false", False),
    (None, None, None),
    (Decimal, "3.10", Decimal("3.10")),
    (Decimal, 3.1, Decimal("3.1")),
    (datetime.datetime, "2026-01-20T12:00:00Z", datetime.datetime(2026, 1, 20, 12, tzinfo=UTC)),
    (datetime.date, "2026-01-20", DAY),
    (datetime.time, "12:30", datetime.time(12, 30)),
    (uuid.UUID, "12345678123456781234567812345678", uuid.UUID("12345678123456781234567812345678")),
    (int | None, None, None),
    (int | str, "3", "3"),
    (str | int, 3, 3),
    (int | bool, True, True),
    (Literal[1, 2], "2", 2),
    (Colour, "red", Colour.RED),
    (Level, 2, Level.HIGH),
    (list[datetime.date], ["2026-01-20"], [DAY]),
    (set[int], [1, 1], {1}),
    (frozenset[int], [1], frozenset({1})),
    (tuple[int, ...], [1, 2], (1, 2)),
    (tuple[int, str], [1, "a"], (1, "a")),
    (dict[str, Colour], {"a": "blue"}, {"a": Colour.BLUE}),
    (Person, {"name": "Ada"}, {"name": "Ada"}),
    (Tree, {"name": "a", "children": [{"name": "b"}]}, Tree("a", [Tree("b")])),
    (Point, {"x": 1, "y": 2}, Point(1.0, 2.0)),
    (Pair, {"left": 1}, Pair(1, 2)),
    (Order, {"count": 1, "parts": [{"count": 2}]}, Order(count=1, parts=[Order(count=2)])),
    (Any, {"a": [1]}, {"a": [1]}),
]

MISFITS: list[tuple[Any, Any, str]] = [
    (str, 1, "it must be text, not 1"),
    (int, True, "it must be a whole number, not True"),
    (int, 3.5, "it must be a whole number, not 3.5"),
    (int, "three", "it must be a whole number, not 'three'"),
    (int, "٣", "it must be a whole number"),
    (int, float("inf"), "it must be a whole number"),
    (int, "1" * 5000, "it must be a whole number"),
    (float, "nan", "it must be a number"),
    (float, 10**400, "it must be a number"),
    (bool, 1, "it must be true or false, not 1"),
    (None, 0, "it must be null, not 0"),
    (Decimal, "NaN", "it must be a decimal number"),
    (datetime.date, "2026-02-30", "it must be a day such as 2026-01-20, not '2026-02-30'"),
    (datetime.datetime, 5, "it must be a time such as"),
    (uuid.UUID, "x", "it must be a UUID"),
    (Literal["a", "b"], "c", "it must be one of 'a', 'b', not 'c'"),
    (Literal[1], True, "it must be one of 1, not True"),
    (Colour, ["red"], "it must be one of 'red', 'blue'"),
    (int | None, "x", "it must be a whole number, not 'x' or it must be null, not 'x'"),
    (list[int], "1", "it must be an array"),
    (list[int], [1, "x", {}], "it[1] must be a whole number, not 'x'; it[2] must be a whole number, not {}"),
    (set[list[int]], [[1]], "it must be an array of simple values"),
    (tuple[int, str], [1], "it must be an array of 2"),
    (dict[str, int], {"a": "b"}, "it.a must be a whole number"),
    (dict[str, int], [], "it must be an object"),
    (Person, {}, "it.name is missing"),
    (Person, {"name": "Ada", "nik": "A"}, "it.nik is not known; there are name, nick"),
    (Tree, {"name": "a", "children": [{"name": 1}]}, "it.children[0].name must be text, not 1"),
    (Order, {"count": 0}, "it.count: Input should be greater than 0"),
    (Order, {"count": 1, "parts": [{}]}, "it.parts.0.count: Field required"),
]


@pytest.mark.parametrize(("annotation", "schema"), SCHEMAS)
def test_an_annotation_is_told_as_json_schema(annotation: Any, schema: dict[str, Any]) -> None:
    assert schema_of(annotation) == schema


@pytest.mark.parametrize(("annotation", "sent", "read"), READINGS)
def test_what_a_model_sends_is_read_as_the_annotation_says(annotation: Any, sent: Any, read: Any) -> None:
    value = taking(annotation)(sent)

    assert value == read
    assert type(value) is type(read)


@pytest.mark.parametrize(("annotation", "sent", "told"), MISFITS)
def test_what_does_not_fit_is_told_in_words(annotation: Any, sent: Any, told: str) -> None:
    with pytest.raises(Mismatch) as caught:
        taking(annotation)(sent)

    assert told in str(caught.value)


def test_a_type_that_holds_itself_stands_among_the_definitions() -> None:
    @tool
    def plant(tree: Tree, other: Tree | None = None) -> str:
        """Plants."""
        return tree.name

    assert plant.parameters["properties"]["tree"] == {"$ref": "#/$defs/Tree"}
    assert plant.parameters["$defs"] == {
        "Tree": {
            "type": "object",
            "properties": {
                "name": {"type": "string", "description": "What it is called."},
                "children": {"type": "array", "items": {"$ref": "#/$defs/Tree"}},
            },
            "required": ["name"],
            "additionalProperties": False,
        }
    }
    assert validator_for(plant.parameters).is_valid({"tree": {"name": "a", "children": [{"name": "b"}]}})


def test_a_model_brings_its_own_schema_and_definitions() -> None:
    @tool
    def buy(order: Order) -> int:
        """Buys."""
        return order.count

    valid = validator_for(buy.parameters).is_valid
    assert valid({"order": {"count": 1, "parts": [{"count": 2}]}})
    assert not valid({"order": {"count": 0}})
    assert "How many." in str(buy.parameters)


def test_a_value_that_its_class_refuses_does_not_fit() -> None:
    @dataclasses.dataclass
    class Even:
        number: int

        def __post_init__(self) -> None:
            if self.number % 2:
                raise ValueError("odd")

    with pytest.raises(Mismatch, match=r"it cannot be used: odd"):
        taking(Even)({"number": 3})


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (3, "The arguments must be an object, not 3"),
        ("not JSON", "The arguments must be an object, and are no JSON"),
        ("[1]", "The arguments must be an object"),
        ({"it": 1, "that": 2}, "that is not known; there are it"),
        ({}, "it is missing"),
        (None, "it is missing"),
        ("[" * 100_000, "The arguments"),
    ],
)
def test_arguments_that_are_none_are_told_in_words(sent: Any, told: str) -> None:
    @tool
    def f(it: int) -> int:
        """Takes it."""
        return it

    with pytest.raises(Mismatch) as caught:
        f.prepared(sent)

    assert told in str(caught.value)


def test_arguments_may_come_as_their_json_text() -> None:
    @tool
    def f(it: int) -> int:
        """Takes it."""
        return it

    assert f.prepared('{"it": 3}')() == 3


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5) | st.just("it"), inner, max_size=4),
    max_leaves=12,
)
KINDS = (str, int, float, bool, Decimal, datetime.datetime, uuid.UUID, Colour, list[int], Tree, Point, Person, Order)


READERS = [taking(kind) for kind in KINDS]


@given(JSON, st.sampled_from(READERS))
def test_whatever_a_stranger_sends_is_read_or_does_not_fit(sent: Any, read: Callable[[Any], Any]) -> None:
    with contextlib.suppress(Mismatch):
        read(sent)
