"""Assistants that speak with the words of a real model."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from interactor.sandbox import Sandbox

from .calling import Caller, error_of, eventually, token_of
from .model_server import DONE, STOP, ModelServer, fragment, model_server
from .test_assistants import WEATHER, room, say

KEY = "model-key-that-stays-secret"


@pytest.fixture(scope="module")
def only_model() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture
def model(only_model: ModelServer) -> ModelServer:
    for kept in (only_model.replies, only_model.asked, only_model.keys):
        kept.clear()
    return only_model


@pytest.fixture(scope="module")
def speaking_sandbox(only_model: ModelServer) -> Iterator[Sandbox]:
    with Sandbox(model_url=only_model.url, model_key=KEY) as sandbox:
        yield sandbox


@pytest.fixture
def api(speaking_sandbox: Sandbox, http: httpx.Client) -> Caller:
    """Calls to a sandbox whose assistants speak with the model's words."""
    speaking_sandbox.reset()
    return Caller(speaking_sandbox, http, token_of(speaking_sandbox, http)["access_token"], "user_1")


def test_the_model_answers_in_the_place_of_the_sandbox(api: Caller, model: ModelServer) -> None:
    model.says({"role": "assistant", "content": "It "}, {"content": "left."}, STOP, DONE)

    answer = say(api, room(api, system_prompt="Be kind."), "Where is my order?")

    assert answer["content"] == "It left."
    assert model.keys == [f"Bearer {KEY}"]
    assert model.asked == [
        {
            "path": "/v1/chat/completions",
            "model": "gpt-4",
            "messages": [
                {"role": "system", "content": "Be kind."},
                {"role": "user", "content": "Where is my order?"},
            ],
            "temperature": 0.7,
            "max_tokens": 4096,
            "stream": True,
        }
    ]


def test_words_arrive_while_the_model_still_thinks(api: Caller, model: ModelServer) -> None:
    heard_first = threading.Event()
    model.says({"content": "One"}, heard_first, {"content": ", two"}, STOP, DONE)
    where = room(api)

    with api.stream(f"/rooms/{where['id']}/stream") as events:
        sent = say(api, where, "Count.", stream=True)
        first = events.next()
        unfinished = api.fetched(f"/rooms/{where['id']}/messages")[1]
        heard_first.set()
        rest = events.until("message.complete")

    assert (first["content"], first["in_reply_to"]) == ("One", sent["id"])
    assert [event.get("content") for event in rest[:-1]] == [", two"]
    assert rest[-1]["message"] == {**unfinished, "content": "One, two"}
    assert unfinished["content"] == ""


def test_the_model_reads_what_was_said_before(api: Caller, model: ModelServer) -> None:
    where = room(api, system_prompt="")
    for text in ("One.", "Two."):
        model.says({"content": text}, STOP, DONE)

    say(api, where, "First")
    say(api, where, "The user is in a hurry.", role="system")
    say(api, where, "Second")

    assert model.asked[1]["messages"] == [
        {"role": "user", "content": "First"},
        {"role": "assistant", "content": "One."},
        {"role": "system", "content": "The user is in a hurry."},
        {"role": "user", "content": "Second"},
    ]


def test_the_model_calls_tools_and_reads_their_results(api: Caller, model: ModelServer) -> None:
    tool = api.made("/tools", WEATHER)
    where = room(api, tools=[tool["id"]], system_prompt="")
    model.says(
        {"content": "Let me look."},
        fragment(0, name="get_weather", arguments='{"ci'),
        fragment(0, arguments='ty": "Oslo"}'),
        fragment(1, name="get_weather", arguments=""),
        {"finish_reason": "tool_calls"},
        DONE,
    )
    model.says({"content": "Cold."}, STOP, DONE)

    asking = say(api, where, "How is Oslo?")
    for number, call in enumerate(asking["tool_calls"]):
        api.made(f"/rooms/{where['id']}/tool-results", {"tool_call_id": call["id"], "result": {"celsius": -number}})

    calls = asking["tool_calls"]
    assert asking["content"] == "Let me look."
    assert [(call["tool_id"], call["arguments"]) for call in calls] == [
        (tool["id"], {"city": "Oslo"}),
        (tool["id"], {}),
    ]
    assert [spec["function"]["name"] for spec in model.asked[0]["tools"]] == ["get_weather"]
    assert [message["role"] for message in model.asked[1]["messages"]] == ["user", "assistant", "tool", "tool"]
    assert model.asked[1]["messages"][1]["tool_calls"][0] == {
        "id": calls[0]["id"],
        "type": "function",
        "function": {"name": "get_weather", "arguments": '{"city": "Oslo"}'},
    }
    assert model.asked[1]["messages"][3] == {
        "role": "tool",
        "tool_call_id": calls[1]["id"],
        "content": '{"celsius": -1}',
    }
    assert api.fetched(f"/rooms/{where['id']}/messages")[-1]["content"] == "Cold."


def test_an_endpoint_that_does_not_stream_is_understood(api: Caller, model: ModelServer) -> None:
    model.answers(200, b'{"choices": [{"message": {"role": "assistant", "content": "All"}, "finish_reason": "stop"}]}')

    assert say(api, room(api), "Hello")["content"] == "All"


BROKEN: dict[str, tuple[Any, ...]] = {
    "an error's status": (401, b'{"error": {"message": "Incorrect API key: ' + KEY.encode() + b'"}}'),
    "no JSON": (200, b"data: <html>\n\n", "text/event-stream"),
    "another JSON": (200, b"data: [1]\n\n", "text/event-stream"),
    "an error in the stream": (200, b'data: {"error": {"message": "overloaded"}}\n\n', "text/event-stream"),
    "an early end": (200, b'data: {"choices": [{"delta": {"content": "He"}}]}\n\n', "text/event-stream"),
    "nothing": (200, b"", "application/json"),
    "no text": (200, b"\xff\xfe", "application/json"),
    "arguments that are none": (
        200,
        b'{"choices": [{"message": {"tool_calls": [{"function": {"name": "a", "arguments": "[1"}}]},'
        b' "finish_reason": "stop"}]}',
    ),
    "a call without a name": (
        200,
        b'{"choices": [{"message": {"tool_calls": [{"function": 1}, 2]}, "finish_reason": "stop"}]}',
    ),
}


@pytest.mark.parametrize("reply", BROKEN.values(), ids=BROKEN.keys())
def test_a_model_that_fails_leaves_nothing_but_an_error(
    api: Caller, model: ModelServer, reply: tuple[Any, ...]
) -> None:
    model.answers(*reply)
    where = room(api)

    answer = api.post(f"/rooms/{where['id']}/messages", {"content": "Hello"})

    assert error_of(answer) == (503, "API_ERROR")
    assert "model" in answer.json()["error"]["message"]
    assert KEY not in answer.text
    assert api.fetched(f"/rooms/{where['id']}/messages") == []


def test_a_model_that_fails_is_told_in_the_stream(api: Caller, model: ModelServer) -> None:
    model.says({"content": "He"}, b"\xff\n\n")
    where = room(api)

    with api.stream(f"/rooms/{where['id']}/stream") as events:
        sent = say(api, where, "Hello", stream=True)
        told = events.until("error")[-1]

    assert (told["code"], told["in_reply_to"]) == ("MODEL_ERROR", sent["id"])
    assert [message["id"] for message in api.fetched(f"/rooms/{where['id']}/messages")] == [sent["id"]]


def test_a_model_out_of_reach_is_named_by_its_host_alone(http: httpx.Client) -> None:
    with Sandbox(model_url="http://user:hunter2@127.0.0.1:9/v1") as sandbox:
        api = Caller(sandbox, http, token_of(sandbox, http)["access_token"], "user_1")

        reply = api.post(f"/rooms/{room(api)['id']}/messages", {"content": "Hello"})

    assert "127.0.0.1:9 is out of reach" in reply.json()["error"]["message"]
    assert "hunter2" not in reply.text


def test_nobody_else_waits_for_a_slow_model(api: Caller, model: ModelServer) -> None:
    asked, go_on = threading.Event(), threading.Event()
    model.says({"content": "At "}, asked, go_on, {"content": "last"}, STOP, DONE)
    where, other = room(api), room(api)
    answers: list[dict[str, Any]] = []
    caller = threading.Thread(target=lambda: answers.append(say(api, where, "Hello")))
    asked.set()
    caller.start()

    assert api.fetched(f"/rooms/{other['id']}") == other

    go_on.set()
    caller.join(10)
    assert [answer["content"] for answer in answers] == ["At last"]


@pytest.mark.parametrize("end", ["reset", "delete"])
def test_whoever_waits_for_a_model_is_sent_away_when_the_room_is_gone(
    api: Caller, model: ModelServer, end: str
) -> None:
    go_on = threading.Event()
    model.says({"content": "One"}, go_on, STOP, DONE)
    where = room(api)
    path = f"/rooms/{where['id']}"
    replies: list[httpx.Response] = []
    waiting = threading.Thread(target=lambda: replies.append(api.post(f"{path}/messages", {"content": "Hello"})))
    waiting.start()
    assert eventually(lambda: bool(model.asked))

    if end == "reset":
        api.sandbox.reset()
        waiting.join(10)
    else:
        api.delete(path)
    go_on.set()

    waiting.join(10)
    assert [error_of(reply) for reply in replies] == [(404, "NOT_FOUND")]


def test_a_sandbox_closes_while_its_model_is_silent(model: ModelServer, http: httpx.Client) -> None:
    go_on = threading.Event()
    model.says({"content": "One"}, go_on)
    with Sandbox(model_url=model.url) as sandbox:
        api = Caller(sandbox, http, token_of(sandbox, http)["access_token"], "user_1")
        where = room(api)
        with api.stream(f"/rooms/{where['id']}/stream") as events:
            say(api, where, "Hello", stream=True)
            assert events.next()["content"] == "One"
    go_on.set()


@pytest.mark.parametrize(
    "url", ["", "localhost:1234", "ftp://localhost/v1", "http://", "http://[::1", "http://a:99999/v1"]
)
def test_a_model_needs_a_url_that_is_one(url: str) -> None:
    with pytest.raises(ValueError, match="http://localhost:11434/v1"):
        Sandbox(model_url=url)
