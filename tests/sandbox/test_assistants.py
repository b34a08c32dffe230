"""Assistants, tools, rooms and messages."""

from __future__ import annotations

from typing import Any

from .calling import Caller, error_of

WEATHER = {
    "name": "get_weather",
    "description": "Current weather of a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 2}, "unit": {}},
        "required": ["city", "days"],
    },
}


def assistant(api: Caller, **fields: Any) -> dict[str, Any]:
    given = {"name": "Support", "model": "gpt-4", "system_prompt": "Be brief.", **fields}
    made: dict[str, Any] = api.made("/assistants", given)
    return made


def room(api: Caller, **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = api.made("/rooms", {"assistant_id": assistant(api, **fields)["id"]})
    return made


def say(api: Caller, room: dict[str, Any], content: str, **fields: Any) -> dict[str, Any]:
    said: dict[str, Any] = api.made(f"/rooms/{room['id']}/messages", {"content": content, **fields})
    return said


def test_an_assistant_comes_back_with_its_defaults_and_its_tools_in_full(api: Caller) -> None:
    tool = api.made("/tools", WEATHER)

    made = assistant(api, tools=[tool["id"]])

    assert made["temperature"] == 0.7
    assert made["max_tokens"] == 4096
    assert made["tools"] == [{**WEATHER, "id": tool["id"], "callback_url": None}]
    assert api.fetched(f"/assistants/{made['id']}") == made


def test_an_assistant_with_an_unknown_tool_is_refused_by_field(api: Caller) -> None:
    reply = api.post("/assistants", {"name": "A", "model": "m", "system_prompt": "", "tools": ["tool_none"]})

    assert error_of(reply) == (422, "VALIDATION_ERROR")
    assert reply.json()["error"]["details"][0]["field"] == "tools[0]"


def test_an_update_changes_what_is_given_and_nothing_else(api: Caller) -> None:
    made = assistant(api, temperature=0.5)

    changed = api.patch(f"/assistants/{made['id']}", {"name": "Night shift"}).json()["data"]

    assert changed == {**made, "name": "Night shift", "updated_at": changed["updated_at"]}


def test_an_assistant_goes_on_without_a_deleted_tool(api: Caller) -> None:
    tool = api.made("/tools", WEATHER)
    made = assistant(api, tools=[tool["id"]])

    api.delete(f"/tools/{tool['id']}")

    assert api.fetched(f"/assistants/{made['id']}")["tools"] == []


def test_lists_show_the_newest_first_in_pages(api: Caller) -> None:
    ids = [assistant(api)["id"] for _ in range(3)]

    page = api.get("/assistants", page=1, per_page=2).json()

    assert [item["id"] for item in page["data"]] == [ids[2], ids[1]]
    assert page["meta"] == {"page": 1, "per_page": 2, "total": 3, "total_pages": 2, "has_more": True}


def test_a_room_needs_an_assistant_that_exists(api: Caller) -> None:
    assert error_of(api.post("/rooms", {"assistant_id": "asst_none"})) == (404, "NOT_FOUND")


def test_rooms_are_listed_by_assistant(api: Caller) -> None:
    room(api)
    mine = room(api)

    found = api.fetched("/rooms", assistant_id=mine["assistant_id"])

    assert found == [mine]


def test_an_answer_depends_on_the_assistant_and_the_message_alone(api: Caller) -> None:
    first = say(api, room(api), "Where is my order?")
    again = say(api, room(api), "Where is my order?")
    other = say(api, room(api, system_prompt="Be kind."), "Where is my order?")

    assert first["role"] == "assistant"
    assert first["content"].startswith('Support (gpt-4) says: You wrote "Where is my order?"')
    assert again["content"] == first["content"] != other["content"]


def test_a_streamed_message_comes_back_itself_and_the_answer_is_in_the_room(api: Caller) -> None:
    where = room(api)

    sent = say(api, where, "Hello", stream=True)

    roles = [message["role"] for message in api.fetched(f"/rooms/{where['id']}/messages")]
    assert (sent["role"], sent["content"]) == ("user", "Hello")
    assert roles == ["user", "assistant"]


def test_messages_are_listed_oldest_first_unless_asked_otherwise(api: Caller) -> None:
    where = room(api)
    say(api, where, "one")
    say(api, where, "two")

    oldest_first = api.get(f"/rooms/{where['id']}/messages").json()
    newest_first = api.fetched(f"/rooms/{where['id']}/messages", order="desc")

    assert oldest_first["meta"]["per_page"] == 50
    assert newest_first == oldest_first["data"][::-1]


def test_a_system_message_is_not_answered(api: Caller) -> None:
    where = room(api)

    said = say(api, where, "The user is from Berlin.", role="system")

    assert said["role"] == "system"
    assert len(api.fetched(f"/rooms/{where['id']}/messages")) == 1


def test_nobody_answers_in_a_room_whose_assistant_is_deleted(api: Caller) -> None:
    where = room(api)
    say(api, where, "Hello")

    api.delete(f"/assistants/{where['assistant_id']}")

    assert error_of(api.post(f"/rooms/{where['id']}/messages", {"content": "Hello?"})) == (409, "CONFLICT")
    assert len(api.fetched(f"/rooms/{where['id']}/messages")) == 2


def test_a_message_that_names_a_tool_makes_the_assistant_call_it(api: Caller) -> None:
    tool = api.made("/tools", WEATHER)

    asking = say(api, room(api, tools=[tool["id"]]), "Please get_weather city=Oslo")

    call = asking["tool_calls"][0]
    assert asking["role"] == "assistant"
    assert (call["tool_id"], call["tool_name"], call["status"]) == (tool["id"], "get_weather", "pending")
    assert call["arguments"] == {"city": "Oslo", "days": 2}


def test_a_tool_is_called_only_by_its_whole_name(api: Caller) -> None:
    tool = api.made("/tools", WEATHER)

    answer = say(api, room(api, tools=[tool["id"]]), "forget_weather, get_weather_now")

    assert "tool_calls" not in answer


def test_a_tool_result_ends_the_call_and_the_assistant_goes_on(api: Caller) -> None:
    tool = api.made("/tools", WEATHER)
    where = room(api, tools=[tool["id"]])
    call = say(api, where, "get_weather city=Oslo")["tool_calls"][0]

    result = api.made(f"/rooms/{where['id']}/tool-results", {"tool_call_id": call["id"], "result": {"celsius": -3}})

    messages = api.fetched(f"/rooms/{where['id']}/messages")
    assert (result["role"], result["content"]) == ("tool", '{"celsius": -3}')
    assert messages[1]["tool_calls"][0] == {**call, "status": "completed", "result": {"celsius": -3}}
    assert messages[3]["content"] == 'Support (gpt-4) says: get_weather answered {"celsius": -3}.'


def test_the_assistant_waits_for_all_of_its_tools(api: Caller) -> None:
    tools = [api.made("/tools", {**WEATHER, "name": name})["id"] for name in ("one_tool", "two_tool")]
    where = room(api, tools=tools)
    calls = say(api, where, "one_tool and two_tool")["tool_calls"]

    api.made(f"/rooms/{where['id']}/tool-results", {"tool_call_id": calls[0]["id"], "result": 1})
    waiting = len(api.fetched(f"/rooms/{where['id']}/messages"))
    api.made(f"/rooms/{where['id']}/tool-results", {"tool_call_id": calls[1]["id"], "result": "2"})

    last = api.fetched(f"/rooms/{where['id']}/messages")[-1]
    assert waiting == 3
    assert last["content"] == "Support (gpt-4) says: one_tool answered 1; two_tool answered 2."


def test_a_tool_call_is_answered_once(api: Caller) -> None:
    tool = api.made("/tools", WEATHER)
    where = room(api, tools=[tool["id"]])
    call = say(api, where, "get_weather")["tool_calls"][0]
    answer = {"tool_call_id": call["id"], "result": None}
    api.made(f"/rooms/{where['id']}/tool-results", answer)

    assert error_of(api.post(f"/rooms/{where['id']}/tool-results", answer)) == (409, "CONFLICT")


def test_an_unknown_tool_call_is_not_found(api: Caller) -> None:
    reply = api.post(f"/rooms/{room(api)['id']}/tool-results", {"tool_call_id": "tc_none", "result": 1})

    assert error_of(reply) == (404, "NOT_FOUND")


def test_a_deleted_room_takes_its_messages_along(api: Caller) -> None:
    where = room(api)
    say(api, where, "Hello")

    api.delete(f"/rooms/{where['id']}")

    assert error_of(api.get(f"/rooms/{where['id']}/messages")) == (404, "NOT_FOUND")
    assert api.sandbox.platform.store.count("message", namespace="user_1") == 0
