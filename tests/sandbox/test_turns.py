"""Turns: answers that are written in the background, one after the other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import httpx
import pytest

from interactor.sandbox import Sandbox, call, say

from .calling import Caller, error_of, eventually, token_of
from .test_assistants import WEATHER, assistant, room
from .test_assistants import say as send


def caller_of(sandbox: Sandbox, http: httpx.Client) -> Caller:
    return Caller(sandbox, http, token_of(sandbox, http)["access_token"], "user_1")


@pytest.fixture(scope="module")
def slow_sandbox() -> Iterator[Sandbox]:
    with Sandbox(pace=0.02) as sandbox:
        yield sandbox


@pytest.fixture
def slow(slow_sandbox: Sandbox, http: httpx.Client) -> Caller:
    """Calls to a sandbox whose assistants take their time."""
    slow_sandbox.reset()
    return caller_of(slow_sandbox, http)


def test_a_streamed_send_is_answered_before_the_assistant_has_spoken(slow: Caller) -> None:
    where = slow_room(slow)

    sent = send(slow, where, "Hello", stream=True)
    messages = slow.fetched(f"/rooms/{where['id']}/messages")

    assert (sent["role"], sent["content"]) == ("user", "Hello")
    assert [(message["role"], message["content"]) for message in messages] == [("user", "Hello"), ("assistant", "")]
    assert messages[1]["in_reply_to"] == sent["id"]


def test_every_event_of_an_answer_names_its_question(api: Caller) -> None:
    tool = api.made("/tools", WEATHER)
    where = room(api, tools=[tool["id"]])

    with api.stream(f"/rooms/{where['id']}/stream") as events:
        sent = send(api, where, "get_weather", stream=True)
        heard = [events.next()]
        call_id = heard[0]["tool_call"]["id"]
        result = api.made(f"/rooms/{where['id']}/tool-results", {"tool_call_id": call_id, "result": 7})
        heard += events.until("message.complete")

    kinds = [kind for kind, _ in groupby(event["type"] for event in heard)]
    assert kinds == ["tool_call.start", "tool_call.complete", "message.delta", "message.complete"]
    assert {event["in_reply_to"] for event in heard} == {sent["id"]}
    assert heard[-1]["message"]["in_reply_to"] == sent["id"]
    assert result["role"] == "tool"


def test_answers_are_written_one_at_a_time_in_the_order_of_the_questions(slow: Caller) -> None:
    where = room(slow)

    with slow.stream(f"/rooms/{where['id']}/stream") as events:
        sent = [send(slow, where, f"Question {number}", stream=True)["id"] for number in range(3)]
        heard = [event for _ in sent for event in events.until("message.complete")]

    assert [question for question, _ in groupby(event["in_reply_to"] for event in heard)] == sent


def test_a_plain_send_waits_for_its_turn(slow: Caller) -> None:
    where = room(slow)
    with slow.stream(f"/rooms/{where['id']}/stream") as events:
        first = send(slow, where, "Streamed", stream=True)
        answer = send(slow, where, "Plain")
        heard = [*events.until("message.complete"), *events.until("message.complete")]

    assert answer["content"].startswith('Support (gpt-4) says: You wrote "Plain".')
    assert [event["message"]["in_reply_to"] for event in heard if event["type"] == "message.complete"] == [
        first["id"],
        answer["in_reply_to"],
    ]


def test_rooms_do_not_wait_for_each_other(slow: Caller) -> None:
    where, other = slow_room(slow), room(slow)
    send(slow, where, "Hello", stream=True)

    send(slow, other, "Hello")

    assert slow.fetched(f"/rooms/{where['id']}/messages")[1]["content"] == ""


def test_a_room_does_not_stand_still_while_tools_work(api: Caller) -> None:
    tool = api.made("/tools", WEATHER)
    where = room(api, tools=[tool["id"]])
    asking = send(api, where, "get_weather")

    assert send(api, where, "Hello")["content"].startswith("Support")

    api.made(f"/rooms/{where['id']}/tool-results", {"tool_call_id": asking["tool_calls"][0]["id"], "result": 7})
    assert api.fetched(f"/rooms/{where['id']}/messages")[-1]["in_reply_to"] == asking["in_reply_to"]


def test_a_send_with_a_key_that_is_still_being_answered_is_not_sent_twice(slow: Caller) -> None:
    where = room(slow)
    api = slow.sandbox
    api.script(where["assistant_id"], [say("word " * 20, pace=0.01)])
    send(slow, where, "Streamed first, so that the others wait", stream=True)
    replies: list[httpx.Response] = []

    def ask() -> None:
        path = f"/rooms/{where['id']}/messages"
        replies.append(slow.post(path, {"content": "Plain"}, idempotency_key="one"))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert len({reply.json()["data"]["id"] for reply in replies}) == 1
    assert sorted("idempotency-replayed" in reply.headers for reply in replies) == [False, True, True]
    assert len(slow.fetched(f"/rooms/{where['id']}/messages")) == 4


@pytest.mark.parametrize("stream", [True, False])
def test_a_deleted_room_ends_its_turns(slow: Caller, stream: bool) -> None:
    where = slow_room(slow)
    send(slow, where, "Hello", stream=True)
    replies: list[httpx.Response] = []
    path = f"/rooms/{where['id']}/messages"
    waiting = threading.Thread(target=lambda: replies.append(slow.post(path, {"content": "Plain", "stream": stream})))
    waiting.start()
    assert eventually(lambda: len(slow.fetched(path)) == 4)

    slow.delete(f"/rooms/{where['id']}")

    waiting.join(10)
    assert replies[0].status_code == (201 if stream else 404)
    assert eventually_no_turn_is_left(slow)
    assert slow.sandbox.platform.store.count("message", namespace=None) == 0


def test_an_assistant_that_is_deleted_says_nothing_more(slow: Caller) -> None:
    where = room(slow)
    slow.sandbox.script(where["assistant_id"], [say("one two", pace=0.5)])
    for text in ("One", "Two"):
        send(slow, where, text, stream=True)

    slow.delete(f"/assistants/{where['assistant_id']}")

    assert eventually_no_turn_is_left(slow)
    left = [message["content"] for message in slow.fetched(f"/rooms/{where['id']}/messages")]
    assert left == ["One", "one two", "Two"]


def test_a_reset_ends_all_turns_even_where_ids_come_again(slow: Caller) -> None:
    where = slow_room(slow)
    send(slow, where, "Hello", stream=True)
    slow.sandbox.reset()

    again = room(slow)
    answer = send(slow, again, "Hello")

    assert again["id"] == where["id"]
    assert answer["content"].startswith("Support")
    assert eventually_no_turn_is_left(slow)


def test_whoever_waits_for_an_answer_is_sent_away_by_a_reset(slow: Caller) -> None:
    where = slow_room(slow)
    path = f"/rooms/{where['id']}/messages"
    send(slow, where, "Hello", stream=True)
    replies: list[httpx.Response] = []
    waiting = threading.Thread(target=lambda: replies.append(slow.post(path, {"content": "Plain"})))
    waiting.start()
    assert eventually(lambda: len(slow.fetched(path)) == 4)

    slow.sandbox.reset()

    waiting.join(10)
    assert [error_of(reply) for reply in replies] == [(404, "NOT_FOUND")]


def test_a_restored_snapshot_goes_on_with_its_turns(slow: Caller) -> None:
    where = room(slow)
    slow.sandbox.script(where["assistant_id"], [say("one two three", pace=0.2)])
    send(slow, where, "Count.", stream=True)
    slow.sandbox.snapshot("asked")
    slow.sandbox.reset()

    slow.sandbox.restore("asked")

    assert eventually_no_turn_is_left(slow)
    assert slow.fetched(f"/rooms/{where['id']}/messages")[1]["content"] == "one two three"


def test_webhooks_hear_of_messages_and_calls(api: Caller) -> None:
    tool = api.made("/tools", WEATHER)
    where = room(api, tools=[tool["id"]])

    asked = send(api, where, "get_weather city=Oslo")
    api.made(f"/rooms/{where['id']}/tool-results", {"tool_call_id": asked["tool_calls"][0]["id"], "result": 7})

    told = announced(api)
    about = {name: value for name, value in asked["tool_calls"][0].items() if name not in ("id", "status")}
    about |= {"tool_call_id": asked["tool_calls"][0]["id"], "room_id": where["id"]}
    assert [event["type"] for event in told] == [
        "room.message.created",
        "room.message.created",
        "room.tool_call.pending",
        "room.tool_call.completed",
        "room.message.created",
    ]
    assert told[1]["data"] == {
        "message_id": asked["id"],
        "room_id": where["id"],
        "role": "assistant",
        "content": "",
        "tool_calls": asked["tool_calls"],
    }
    assert told[2]["data"] == about
    assert told[3]["data"] == {**about, "status": "completed", "result": 7}
    assert told[4]["data"]["content"] == "Support (gpt-4) says: get_weather answered 7."


def test_webhooks_hear_when_the_writing_of_a_message_begins_and_ends(api: Caller) -> None:
    where = room(api)
    with api.stream(f"/rooms/{where['id']}/stream") as events:
        send(api, where, "Hello", stream=True)
        complete = events.until("message.complete")[-1]["message"]

    begun, ended = announced(api)[1:]

    assert (begun["type"], begun["data"]["content"]) == ("room.message.created", "")
    assert (ended["type"], ended["data"]["content"]) == ("room.message.updated", complete["content"])
    assert begun["data"]["message_id"] == ended["data"]["message_id"] == complete["id"]


def test_an_answer_goes_on_where_it_was_when_the_sandbox_stopped(tmp_path: Path, http: httpx.Client) -> None:
    text = "one two three four five six seven eight nine ten"
    with Sandbox(db=tmp_path / "sandbox.db") as first:
        api = caller_of(first, http)
        where = room(api)
        first.script(where["assistant_id"], [say(text, pace=0.05)])
        with api.stream(f"/rooms/{where['id']}/stream") as events:
            send(api, where, "Count.", stream=True)
            events.take(3)

    with Sandbox(db=tmp_path / "sandbox.db") as second:
        api = Caller(second, http, api.token, "user_1")
        with api.stream(f"/rooms/{where['id']}/stream", last_event_id="0") as events:
            heard = events.until("message.complete")

    assert "".join(event["content"] for event in heard[:-1]) == text == heard[-1]["message"]["content"]


def test_a_mistake_in_an_answer_does_not_hold_up_the_room(
    api: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    where = room(api)
    monkeypatch.setattr(api.sandbox.platform.turns, "_writer", None)
    refused = api.post(f"/rooms/{where['id']}/messages", {"content": "Hello"})
    monkeypatch.undo()

    assert error_of(refused) == (503, "API_ERROR")
    assert "TypeError" in refused.json()["error"]["message"]
    assert "turn of the message" in caplog.text
    assert send(api, where, "Hello")["content"].startswith("Support")


def test_a_scripted_turn_of_a_streamed_question_goes_on_in_the_background(slow: Caller) -> None:
    bot = assistant(slow)
    where = slow.made("/rooms", {"assistant_id": bot["id"]})
    slow.sandbox.script(bot["id"], [call("get_time"), say("one two three four", pace=0.25)])

    with slow.stream(f"/rooms/{where['id']}/stream") as events:
        send(slow, where, "Now?", stream=True)
        call_id = events.next()["tool_call"]["id"]
        slow.made(f"/rooms/{where['id']}/tool-results", {"tool_call_id": call_id, "result": 7})
        answered = slow.fetched(f"/rooms/{where['id']}/messages")[-1]["content"]
        complete = events.until("message.complete")[-1]["message"]

    assert answered == ""
    assert complete["content"] == "one two three four"


def slow_room(api: Caller) -> dict[str, Any]:
    """A room whose assistant speaks for longer than any test has patience."""
    where = room(api)
    api.sandbox.script(where["assistant_id"], [say("word " * 40, pace=1)])
    return where


def announced(api: Caller) -> list[dict[str, Any]]:
    """What webhooks have been told of, oldest first."""
    events: list[dict[str, Any]] = api.http.get(f"{api.sandbox.url}/_sandbox/events").json()["events"]
    return events


def eventually_no_turn_is_left(api: Caller) -> bool:
    return eventually(lambda: api.sandbox.platform.store.count("turn", namespace=None) == 0)
