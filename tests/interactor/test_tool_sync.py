"""`tools.sync`: the platform's tools become those of a program."""

from __future__ import annotations

from typing import Any

import pytest

from interactor import AttemptRecord, ConfigurationError, InteractorClient, tool
from interactor.models import ToolCreate
from interactor.sandbox import Sandbox
from tests.conftest import MakeClient

NOTHING: dict[str, Any] = {"type": "object", "properties": {}}


@tool
def get_weather(city: str, days: int = 3) -> str:
    """Current weather of a city."""
    return city


@tool
def book_table(place: str) -> bool:
    """Books a table."""
    return True


def changed() -> Any:
    @tool(name="get_weather")
    def get_weather(city: str, country: str) -> str:
        """Weather of a city, right now."""
        return city

    return get_weather


def test_what_is_missing_is_created(client: InteractorClient) -> None:
    synced = client.tools.sync([get_weather, book_table])

    assert [tool.name for tool in synced.created] == ["get_weather", "book_table"]
    assert {tool.id: tool.parameters for tool in client.tools.list()} == {
        synced.ids[0]: get_weather.parameters,
        synced.ids[1]: book_table.parameters,
    }


def test_a_second_sync_writes_nothing(make_client: MakeClient) -> None:
    attempts: list[AttemptRecord] = []
    client = make_client(on_attempt=attempts.append)
    first = client.tools.sync([get_weather, book_table])
    attempts.clear()

    second = client.tools.sync([get_weather, book_table])

    assert [attempt.method for attempt in attempts] == ["GET"]
    assert second.ids == first.ids
    assert (second.created, second.updated, second.deleted) == ((), (), ())
    assert repr(second) == "<ToolSync 0 created, 0 updated, 2 unchanged, 0 deleted>"


def test_what_changed_is_updated_under_its_id(client: InteractorClient) -> None:
    first = client.tools.sync([get_weather])

    second = client.tools.sync([changed()])

    assert second.ids == first.ids
    assert second.updated[0].description == "Weather of a city, right now."
    assert client.tools.get(first.ids[0]).parameters == changed().parameters


def test_other_tools_stay_unless_pruned(client: InteractorClient) -> None:
    other = client.tools.create(name="other", description="Another one.", parameters=NOTHING)

    kept = client.tools.sync([get_weather])
    pruned = client.tools.sync([get_weather], prune=True)

    assert kept.deleted == ()
    assert [tool.id for tool in pruned.deleted] == [other.id]
    assert [tool.name for tool in client.tools.list()] == ["get_weather"]


def test_every_page_of_the_tools_is_looked_through(platform: Sandbox, namespace: str) -> None:
    client = platform.client(namespace, in_process=True)
    definitions = [{"name": f"tool_{number}", "description": "One.", "parameters": NOTHING} for number in range(101)]
    client.tools.sync(definitions)

    assert len(client.tools.sync(definitions).unchanged) == 101


def test_of_two_that_bear_a_name_the_right_one_counts(client: InteractorClient) -> None:
    right = client.tools.create(**get_weather.to_dict())
    client.tools.create(name="get_weather", description="Wrong.", parameters=NOTHING)

    assert client.tools.sync([get_weather]).ids == [right.id]


def test_of_two_that_are_wrong_the_newest_becomes_right(client: InteractorClient) -> None:
    client.tools.create(name="get_weather", description="Old.", parameters=NOTHING)
    newest = client.tools.create(name="get_weather", description="New.", parameters=NOTHING)

    assert client.tools.sync([get_weather]).ids == [newest.id]


def test_definitions_and_plain_functions_will_do(client: InteractorClient) -> None:
    def add(a: int, b: int) -> int:
        """Adds."""
        return a + b

    synced = client.tools.sync(
        [add, ToolCreate(name="one", description="One.", parameters=NOTHING, callback_url="https://example.com/")]
    )

    assert [tool.name for tool in synced.tools] == ["add", "one"]
    assert synced.tools[1].callback_url == "https://example.com/"
    assert len(client.tools.sync([add]).unchanged) == 1


@pytest.mark.parametrize(
    ("tools", "told"),
    [
        ([get_weather, changed()], "Two tools are named get_weather"),
        ([{"description": "No name."}], "needs a name"),
        ([{"name": "a", "colour": "red"}], "not colour"),
        ([{"name": "a", "description": "A."}], "a has no parameters"),
        ([3], "not 3"),
        (get_weather, "a list, also for one"),
        (None, "not None"),
    ],
)
def test_what_cannot_be_told_apart_is_refused_before_anything_is_sent(
    tools: Any, told: str, make_client: MakeClient
) -> None:
    attempts: list[AttemptRecord] = []
    client = make_client(on_attempt=attempts.append)

    with pytest.raises(ConfigurationError, match=told):
        client.tools.sync(tools)

    assert attempts == []
