"""`@tool`: what a model is told about a function."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from typing import Annotated, Any

import pytest

from interactor import ConfigurationError, FunctionTool, tool


@tool
def get_weather(city: str, days: int = 3, *, unit: Annotated[str, "Degrees of"] = "C") -> str:
    """Current weather
    of a city.

    Ask for it by name.

    Args:
        city: Name of the city,
            in any language.
        days (int): How many.
        unit: Not read, since the annotation says it.

    Returns:
        days: a text.
    """
    return f"{city} {days} {unit}"


class Shop:
    def __init__(self, stock: int) -> None:
        self.stock = stock

    @tool
    def count(self, item: str) -> str:
        """How many there are."""
        return f"{self.stock} {item}"

    @staticmethod
    @tool
    def hours(day: str) -> str:
        """When it is open."""
        return day


def refused(function: Any, **settings: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        tool(**settings)(function) if settings else tool(function)
    return str(caught.value)


def test_the_definition_is_what_the_platform_takes() -> None:
    assert get_weather.to_dict() == {
        "name": "get_weather",
        "description": "Current weather of a city.\n\nAsk for it by name.",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "Name of the city, in any language."},
                "days": {"type": "integer", "description": "How many.", "default": 3},
                "unit": {"type": "string", "description": "Degrees of", "default": "C"},
            },
            "required": ["city"],
            "additionalProperties": False,
        },
    }


def test_a_tool_is_called_like_its_function() -> None:
    assert get_weather("Oslo", 1, unit="F") == "Oslo 1 F"
    assert getattr(get_weather, "__name__", None) == "get_weather"
    assert get_weather.__doc__ is not None


def test_a_tool_reads_as_a_call_in_a_debugger() -> None:
    assert repr(get_weather) == "<FunctionTool get_weather(city, days, unit)>"


def test_name_description_and_timeout_can_be_given() -> None:
    @tool(name="add_up", description="Adds.", timeout=2.5)
    def add(a: int, b: int) -> int:
        return a + b

    assert (add.name, add.description, add.timeout) == ("add_up", "Adds.", 2.5)
    assert add(1, 2) == 3


def test_an_async_function_is_known_as_one() -> None:
    @tool
    async def wait() -> None:
        """Waits."""

    assert wait.is_async
    assert not get_weather.is_async


def test_an_object_that_is_called_asynchronously_is_known_as_such() -> None:
    class Waiter:
        async def __call__(self, seconds: int) -> None: ...

    waiter = tool(name="wait", description="Waits.")(Waiter())

    assert waiter.is_async
    assert inspect.iscoroutinefunction(waiter.prepared({"seconds": 1}))


def test_a_partial_function_is_a_tool_of_what_is_left() -> None:
    async def add(a: int, b: int) -> int:
        return a + b

    add_one = tool(name="add_one", description="Adds one.")(functools.partial(add, 1))

    assert list(add_one.parameters["properties"]) == ["b"]
    assert inspect.iscoroutinefunction(add_one.prepared({"b": 1}))


def test_a_method_is_a_tool_of_its_object() -> None:
    shop = Shop(7)

    assert list(shop.count.parameters["properties"]) == ["item"]
    assert shop.count("pears") == "7 pears"
    assert shop.count.prepared({"item": "figs"})() == "7 figs"


def test_a_static_method_is_a_tool() -> None:
    assert Shop.hours.prepared({"day": "Monday"})() == "Monday"


def test_classes_defined_beside_the_function_are_known() -> None:
    @dataclasses.dataclass
    class Place:
        latitude: float

    @tool
    def find(place: Place) -> float:
        """Finds."""
        return place.latitude

    assert find.prepared({"place": {"latitude": 59.9}})() == 59.9


def test_parameters_that_are_given_by_place_keep_theirs() -> None:
    @tool
    def f(a: int, b: int = 2, c: int = 3, /, *, d: int = 4) -> tuple[int, ...]:
        """Takes numbers."""
        return a, b, c, d

    assert f.prepared({"a": 1, "c": 30})() == (1, 2, 30, 4)


def test_open_ended_keywords_take_more_than_is_named() -> None:
    @tool
    def note(title: str, **more: int) -> dict[str, int]:
        """Notes."""
        return more

    assert note.parameters["additionalProperties"] == {"type": "integer"}
    assert note.prepared({"title": "t", "x": 1})() == {"x": 1}


def test_a_function_of_a_foreign_kind_needs_a_name() -> None:
    assert "@tool(name=…)" in refused(lambda: 1)


def test_a_tool_without_words_for_the_model_is_refused() -> None:
    def silent(a: int) -> int:
        return a

    assert refused(silent) == "Tool silent has no description. Write a docstring, or give description=…."


@pytest.mark.parametrize("timeout", [0, -1, True, "3", float("nan")])
def test_a_timeout_that_is_none_is_refused(timeout: Any) -> None:
    assert "timeout" in refused(get_weather, timeout=timeout)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def f(city): 'Doc.'", "Tool f: parameter city has no annotation"),
        ("def f(city: complex): 'Doc.'", "Tool f: parameter city is complex, which JSON cannot say. Use str"),
        ("def f(city: dict[int, str]): 'Doc.'", "whose keys are not text as in JSON. Use dict[str, …]"),
        ("def f(*cities: str): 'Doc.'", "parameter cities takes any number of values. Make it one parameter: a list"),
        ("def f(city: 'Nowhere'): 'Doc.'", "cannot be read: name 'Nowhere' is not defined"),
        ("def f(city: [1]): 'Doc.'", "Tool f: parameter city is [1]"),
        ("from typing import Literal\ndef f(city: Literal[b'x']): 'Doc.'", "whose values are not those of JSON"),
        ("def f(city: list[complex]): 'Doc.'", "Tool f: parameter city is complex"),
    ],
)
def test_what_json_cannot_say_is_refused_by_parameter_with_a_remedy(source: str, told: str) -> None:
    names: dict[str, Any] = {}
    exec(source, names)

    assert told in refused(names["f"])


def test_what_is_no_function_is_refused() -> None:
    assert "3" in refused(3)


def test_a_tool_is_typed_like_its_function() -> None:
    # mypy and pyright read this: a FunctionTool that lost its types would not pass them.
    text: str = get_weather("Oslo", days=2)

    assert isinstance(get_weather, FunctionTool)
    assert text == "Oslo 2 C"
