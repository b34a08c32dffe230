"""Assistants that say what a test has written down for them."""

from __future__ import annotations

import time
from typing import Any

import pytest

from interactor.sandbox import Sandbox, call, fail, say
from interactor.sandbox.answers._scripts import turns_of

from .calling import Caller, error_of
from .test_assistants import WEATHER, assistant
from .test_assistants import say as send

LOOK = [say("Let me look. "), call("get_weather", city="Oslo"), say("It is {result.celsius} in {message}.")]


@pytest.fixture
def bot(api: Caller) -> dict[str, Any]:
    tools = [api.made("/tools", {**WEATHER, "name": name})["id"] for name in ("get_weather", "get_time")]
    return assistant(api, tools=tools)


def open_room(api: Caller, bot: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = api.made("/rooms", {"assistant_id": bot["id"]})
    return made


def submit(api: Caller, room: dict[str, Any], call_id: str, result: Any) -> None:
    api.made(f"/rooms/{room['id']}/tool-results", {"tool_call_id": call_id, "result": result})


def said_in(api: Caller, room: dict[str, Any]) -> list[str]:
    return [message["content"] for message in api.fetched(f"/rooms/{room['id']}/messages")]


def test_a_script_speaks_calls_and_speaks_again(api: Caller, bot: dict[str, Any]) -> None:
    api.sandbox.script(bot["id"], LOOK)
    room = open_room(api, bot)

    asking = send(api, room, "Oslo")
    submit(api, room, asking["tool_calls"][0]["id"], {"celsius": -3})

    assert asking["content"] == "Let me look. "
    assert asking["tool_calls"][0]["arguments"] == {"city": "Oslo"}
    assert asking["tool_calls"][0]["tool_id"] == bot["tools"][0]["id"]
    assert said_in(api, room) == ["Oslo", "Let me look. ", '{"celsius": -3}', "It is -3 in Oslo."]


def test_calls_in_a_row_are_asked_at_once(api: Caller, bot: dict[str, Any]) -> None:
    api.sandbox.script(bot["id"], [call("get_time"), call("get_weather"), say("{get_time} and {get_weather}, {other}")])
    room = open_room(api, bot)

    calls = send(api, room, "Now?")["tool_calls"]
    submit(api, room, calls[1]["id"], ["cold"])
    submit(api, room, calls[0]["id"], "noon")

    assert [each["tool_name"] for each in calls] == ["get_time", "get_weather"]
    assert said_in(api, room)[-1] == 'noon and ["cold"], {other}'


def test_a_turn_may_go_through_several_rounds(api: Caller, bot: dict[str, Any]) -> None:
    api.sandbox.script(bot["id"], [[call("get_time"), say("Then. "), call("get_weather"), say("{result}.")]])
    room = open_room(api, bot)

    first = send(api, room, "Now?")["tool_calls"]
    submit(api, room, first[0]["id"], "noon")
    second = api.fetched(f"/rooms/{room['id']}/messages")[-1]
    submit(api, room, second["tool_calls"][0]["id"], "cold")

    assert (second["content"], second["tool_calls"][0]["tool_name"]) == ("Then. ", "get_weather")
    assert said_in(api, room)[-1] == "cold."


def test_a_turn_that_ends_with_a_call_is_ended_by_the_sandbox(api: Caller, bot: dict[str, Any]) -> None:
    api.sandbox.script(bot["id"], [call("get_time")])
    room = open_room(api, bot)

    submit(api, room, send(api, room, "Now?")["tool_calls"][0]["id"], "noon")

    assert said_in(api, room)[-1] == "Support (gpt-4) says: get_time answered noon."


def test_a_script_may_call_a_tool_that_does_not_exist(api: Caller, bot: dict[str, Any]) -> None:
    api.sandbox.script(bot["id"], [call("launch_rocket")])

    asked = send(api, open_room(api, bot), "Go")["tool_calls"][0]

    assert (asked["tool_name"], asked["tool_id"][:5]) == ("launch_rocket", "tool_")


def test_each_message_gets_the_next_turn_and_the_last_one_stays(api: Caller, bot: dict[str, Any]) -> None:
    api.sandbox.script(bot["id"], [say("One."), say("Two.")])
    room = open_room(api, bot)

    assert [send(api, room, "?")["content"] for _ in range(3)] == ["One.", "Two.", "Two."]


def test_every_room_begins_the_script_anew(api: Caller, bot: dict[str, Any]) -> None:
    api.sandbox.script(bot["id"], [say("One."), say("Two.")])
    rooms = [open_room(api, bot), open_room(api, bot)]

    assert [send(api, room, "?")["content"] for room in rooms] == ["One.", "One."]


def test_a_new_script_replaces_the_old_one_and_none_brings_the_usual_answers_back(
    api: Caller, bot: dict[str, Any]
) -> None:
    room = open_room(api, bot)
    answers: list[str] = []
    for steps in ([say("Old.")], [say("New.")], []):
        api.sandbox.script(bot["id"], steps)
        answers.append(send(api, room, "Hello")["content"])

    assert answers[:2] == ["Old.", "New."]
    assert answers[2].startswith('Support (gpt-4) says: You wrote "Hello"')


def test_other_assistants_do_not_follow_the_script(api: Caller, bot: dict[str, Any]) -> None:
    api.sandbox.script(bot["id"], [say("Mine.")])

    assert send(api, open_room(api, assistant(api)), "Hello")["content"].startswith("Support")


def test_a_script_has_its_own_pace(api: Caller, bot: dict[str, Any]) -> None:
    api.sandbox.script(bot["id"], [say("one two three", pace=0.2)])
    room = open_room(api, bot)

    with api.stream(f"/rooms/{room['id']}/stream") as events:
        send(api, room, "Count.", stream=True)
        moments = [(events.next()["content"], time.monotonic()) for _ in range(3)]

    assert [text for text, _ in moments] == ["one", " two", " three"]
    assert moments[2][1] - moments[0][1] > 0.2


def test_a_failure_is_told_in_the_stream_and_takes_the_answer_away(api: Caller, bot: dict[str, Any]) -> None:
    api.sandbox.script(bot["id"], [[say("Well, "), fail("The model is overloaded.", code="OVERLOADED")]])
    room = open_room(api, bot)

    with api.stream(f"/rooms/{room['id']}/stream") as events:
        sent = send(api, room, "Hello", stream=True)
        heard = events.until("error")

    assert [event["type"] for event in heard] == ["message.delta", "error"]
    assert (heard[-1]["error"], heard[-1]["code"]) == ("The model is overloaded.", "OVERLOADED")
    assert heard[-1]["in_reply_to"] == sent["id"]
    assert said_in(api, room) == ["Hello"]


def test_a_failure_is_the_reply_to_a_plain_send_of_which_nothing_is_left(api: Caller, bot: dict[str, Any]) -> None:
    api.sandbox.script(bot["id"], [fail("The model is overloaded."), say("Hello.")])
    room = open_room(api, bot)
    body = {"content": "Hello?"}

    refused = api.post(f"/rooms/{room['id']}/messages", body, idempotency_key="one")
    again = api.post(f"/rooms/{room['id']}/messages", body, idempotency_key="one")

    assert error_of(refused) == (503, "API_ERROR")
    assert "The model is overloaded." in refused.json()["error"]["message"]
    assert again.json()["data"]["content"] == "Hello."
    assert said_in(api, room) == ["Hello?", "Hello."]


def test_a_reset_forgets_scripts(api: Caller, bot: dict[str, Any]) -> None:
    api.sandbox.script(bot["id"], [say("One.")])

    api.sandbox.reset()

    assert api.http.get(f"{api.sandbox.url}/_sandbox/scripts").json() == {"scripts": []}


def test_scripts_are_written_from_another_process_too(api: Caller, bot: dict[str, Any]) -> None:
    control = f"{api.sandbox.url}/_sandbox/scripts"
    steps = [{"say": "Hm. ", "pace": 0.001}, {"call": "get_time", "arguments": {"unit": "h"}}, {"say": "{result}"}]

    told = api.http.post(control, json={"assistant_id": bot["id"], "steps": steps}).json()
    shown = api.http.get(control).json()
    asking = send(api, open_room(api, bot), "Now?")
    api.http.delete(control)

    assert told == {"turns": 1}
    assert shown == {"scripts": [{"assistant_id": bot["id"], "turns": [steps]}]}
    assert asking["tool_calls"][0]["arguments"] == {"unit": "h"}
    assert api.http.get(control).json() == {"scripts": []}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("{}", "assistant_id"),
        ("[]", "assistant_id"),
        ('{"assistant_id": 7, "steps": []}', "assistant_id"),
        ('{"assistant_id": "asst_none", "steps": []}', "Create it first"),
        ('{"assistant_id": "BOT", "steps": {}}', "steps"),
        ('{"assistant_id": "BOT", "steps": ["hello"]}', "A step is"),
        ('{"assistant_id": "BOT", "steps": [{"sing": "la"}]}', "A step is"),
        ('{"assistant_id": "BOT", "steps": [{"say": 7}]}', "A step is"),
        ('{"assistant_id": "BOT", "steps": [{"say": "a", "pace": -1}]}', "pace"),
        ('{"assistant_id": "BOT", "steps": [{"say": "a", "pace": "fast"}]}', "A step is"),
        ('{"assistant_id": "BOT", "steps": [{"call": ""}]}', "name of a tool"),
        ('{"assistant_id": "BOT", "steps": [{"call": "a", "arguments": []}]}', "A step is"),
    ],
)
def test_what_is_no_script_is_refused_with_a_word(api: Caller, bot: dict[str, Any], body: str, told: str) -> None:
    content = body.replace("BOT", bot["id"])

    reply = api.http.post(f"{api.sandbox.url}/_sandbox/scripts", content=content)

    assert reply.status_code == 400
    assert told in reply.json()["error"]


def test_arguments_that_no_reply_could_hold_are_refused(api: Caller, bot: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="JSON"):
        api.sandbox.script(bot["id"], [call("get_time", at={1, 2})])


def test_a_script_for_nobody_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="asst_none"):
        sandbox.script("asst_none", [say("Hello.")])


@pytest.mark.parametrize(
    ("steps", "lengths"),
    [
        ([], []),
        ([say("a")], [1]),
        ([say("a"), say("b")], [1, 1]),
        ([say("a"), call("t"), say("b")], [3]),
        ([call("t"), call("u"), say("b")], [3]),
        ([call("t"), say("a"), call("t"), say("b")], [2, 2]),
        ([say("a"), say("b"), call("t"), say("c")], [1, 3]),
        ([fail("x"), say("a")], [1, 1]),
        ([call("t")], [1]),
        ([[say("a"), say("b")], [call("t")]], [2, 1]),
    ],
)
def test_a_turn_ends_with_what_is_said_last(steps: list[Any], lengths: list[int]) -> None:
    assert [len(turn) for turn in turns_of(steps)] == lengths
