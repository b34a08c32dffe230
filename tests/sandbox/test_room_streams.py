"""Event streams of rooms."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from interactor.sandbox import Fault, Sandbox

from .calling import Caller, error_of, token_of
from .test_assistants import WEATHER, room, say


@pytest.fixture
def where(api: Caller) -> dict[str, Any]:
    return room(api)


def test_an_answer_arrives_piece_by_piece_and_then_as_a_whole(api: Caller, where: dict[str, Any]) -> None:
    with api.stream(f"/rooms/{where['id']}/stream") as events:
        answer = say(api, where, "Hello there")
        heard = events.until("message.complete")

    assert heard[-1]["message"] == answer
    assert "".join(event["content"] for event in heard[:-1]) == answer["content"]
    assert {event["message_id"] for event in heard[:-1]} == {answer["id"]}


def test_a_long_answer_comes_in_a_bounded_number_of_pieces(api: Caller, where: dict[str, Any]) -> None:
    with api.stream(f"/rooms/{where['id']}/stream") as events:
        answer = say(api, where, "word " * 1000)
        heard = events.until("message.complete")

    assert len(heard) <= 41
    assert "".join(event["content"] for event in heard[:-1]) == answer["content"]


def test_every_event_has_an_id_and_a_name(api: Caller, where: dict[str, Any]) -> None:
    with api.stream(f"/rooms/{where['id']}/stream") as events:
        say(api, where, "Hello")
        heard = events.until("message.complete")

    assert [event["@id"] for event in heard] == [str(number + 1) for number in range(len(heard))]
    assert all(event["@event"] == event["type"] for event in heard)


def test_a_new_reader_hears_only_what_comes_from_now_on(api: Caller, where: dict[str, Any]) -> None:
    say(api, where, "Before")

    with api.stream(f"/rooms/{where['id']}/stream") as events:
        answer = say(api, where, "After")
        heard = events.until("message.complete")

    assert heard[-1]["message"] == answer


def test_a_reader_that_comes_back_misses_nothing(api: Caller, where: dict[str, Any]) -> None:
    with api.stream(f"/rooms/{where['id']}/stream") as events:
        say(api, where, "One")
        seen = events.take(2)
    say(api, where, "Two")

    with api.stream(f"/rooms/{where['id']}/stream", last_event_id=seen[-1]["@id"]) as events:
        rest = [*events.until("message.complete"), *events.until("message.complete")]

    assert rest[0]["@id"] == "3"
    assert "Two" in rest[-1]["message"]["content"]


def test_event_zero_replays_everything(api: Caller, where: dict[str, Any]) -> None:
    answer = say(api, where, "Hello")

    with api.stream(f"/rooms/{where['id']}/stream", last_event_id="0") as events:
        heard = events.until("message.complete")

    assert heard[-1]["message"] == answer


def test_a_tool_call_is_started_and_completed_before_the_turn_is(api: Caller) -> None:
    tool = api.made("/tools", WEATHER)
    where = room(api, tools=[tool["id"]])

    with api.stream(f"/rooms/{where['id']}/stream") as events:
        call = say(api, where, "get_weather")["tool_calls"][0]
        started = events.next()
        api.made(f"/rooms/{where['id']}/tool-results", {"tool_call_id": call["id"], "result": 7})
        completed = events.next()
        turn = events.until("message.complete")

    assert (started["type"], started["tool_call"]) == ("tool_call.start", call)
    assert completed["type"] == "tool_call.complete"
    assert completed["tool_call"] == {**call, "status": "completed", "result": 7}
    assert "get_weather answered 7" in turn[-1]["message"]["content"]


def test_a_stream_begins_with_how_long_to_wait_before_coming_back(api: Caller, where: dict[str, Any]) -> None:
    with api.stream(f"/rooms/{where['id']}/stream") as events:
        assert next(events.reply.iter_lines()) == "retry: 100"


@pytest.fixture(scope="module")
def small_sandbox() -> Iterator[Sandbox]:
    with Sandbox(heartbeat=0.05, stream_retry=2, stream_buffer=5) as sandbox:
        yield sandbox


@pytest.fixture
def small(small_sandbox: Sandbox, http: httpx.Client) -> Caller:
    """Calls to a sandbox that keeps five events of a room, and whose heart beats fast."""
    small_sandbox.reset()
    return Caller(small_sandbox, http, token_of(small_sandbox, http)["access_token"], "user_1")


def test_a_silent_stream_shows_that_it_is_alive(small: Caller) -> None:
    with small.stream(f"/rooms/{room(small)['id']}/stream") as events:
        lines = [line for line, _ in zip(events.reply.iter_lines(), range(7), strict=False)]

    assert lines == ["retry: 2000", "id: 0", "", ": heartbeat", "", ": heartbeat", ""]


def test_who_was_away_for_too_long_hears_what_is_left(small: Caller) -> None:
    where = room(small)
    say(small, where, "Hello")
    latest = small.sandbox.platform.store.fact(f"events.{where['id']}")

    with small.stream(f"/rooms/{where['id']}/stream", last_event_id="1") as events:
        heard = events.until("message.complete")

    assert [event["@id"] for event in heard] == [str(latest - back) for back in (4, 3, 2, 1, 0)]
    assert small.sandbox.platform.store.count("stream_event", namespace=None) == 5


@pytest.mark.parametrize("strange", ["99999", "1e3", "-1", "9" * 40, "evt_7"])
def test_an_id_that_never_was_begins_with_the_next_event(api: Caller, where: dict[str, Any], strange: str) -> None:
    say(api, where, "Before")

    with api.stream(f"/rooms/{where['id']}/stream", last_event_id=strange) as events:
        answer = say(api, where, "After")
        heard = events.until("message.complete")

    assert heard[-1]["message"] == answer


def test_a_reader_stays_when_the_state_goes_back(api: Caller, where: dict[str, Any]) -> None:
    api.sandbox.snapshot("quiet")
    with api.stream(f"/rooms/{where['id']}/stream") as events:
        say(api, where, "Lost")
        events.until("message.complete")
        api.sandbox.restore("quiet")
        answer = say(api, where, "Hello")
        heard = events.until("message.complete")

    assert heard[-1]["message"] == answer


def test_two_readers_hear_the_same(api: Caller, where: dict[str, Any]) -> None:
    path = f"/rooms/{where['id']}/stream"
    with api.stream(path) as one, api.stream(path) as two:
        say(api, where, "Hello")

        assert one.until("message.complete") == two.until("message.complete")


def test_rooms_do_not_hear_each_other(api: Caller, where: dict[str, Any]) -> None:
    other = room(api)

    with api.stream(f"/rooms/{where['id']}/stream") as events:
        say(api, other, "Elsewhere")
        answer = say(api, where, "Here")
        heard = events.until("message.complete")

    assert heard[-1]["message"] == answer


def test_a_browser_may_put_token_and_namespace_into_the_url(api: Caller, where: dict[str, Any]) -> None:
    url = f"{api.sandbox.core_url}/rooms/{where['id']}/stream?token={api.token}&namespace=user_1"

    with api.http.stream("GET", url) as reply:
        assert reply.status_code == 200
        assert reply.headers["content-type"].startswith("text/event-stream")


def test_a_token_in_the_url_opens_nothing_but_streams(api: Caller) -> None:
    reply = api.http.get(f"{api.sandbox.core_url}/rooms?token={api.token}&namespace=user_1")

    assert error_of(reply) == (401, "AUTH_ERROR")


def test_the_stream_of_an_unknown_room_is_not_found(api: Caller) -> None:
    assert error_of(api.get("/rooms/room_none/stream")) == (404, "NOT_FOUND")


@pytest.mark.parametrize("end", ["delete", "reset"])
def test_a_stream_ends_with_its_room(api: Caller, where: dict[str, Any], end: str) -> None:
    with api.stream(f"/rooms/{where['id']}/stream") as events:
        threading.Timer(0.05, lambda: _end(api, where, end)).start()

        with pytest.raises(EOFError):
            events.next()


def test_a_reader_that_has_gone_leaves_nothing_behind(api: Caller, where: dict[str, Any]) -> None:
    with api.stream(f"/rooms/{where['id']}/stream") as events:
        say(api, where, "Hello")
        events.next()
        assert _followers(api) == 1

    deadline = time.monotonic() + 5
    while _followers(api) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert _followers(api) == 0


def test_a_stream_can_be_cut_after_some_events(api: Caller, where: dict[str, Any]) -> None:
    say(api, where, "Hello")
    api.sandbox.faults.add(Fault(operation="rooms.stream", events=2))

    with api.stream(f"/rooms/{where['id']}/stream", last_event_id="0") as events:
        assert len(events.take(2)) == 2
        with pytest.raises(httpx.RemoteProtocolError):
            events.next()


def test_only_a_reader_who_comes_back_is_refused(api: Caller, where: dict[str, Any]) -> None:
    api.sandbox.faults.add(Fault(operation="rooms.stream", when_header="Last-Event-ID", status=401))
    path = f"/rooms/{where['id']}/stream"

    with api.stream(path) as first:
        assert first.reply.status_code == 200
    with api.stream(path, last_event_id="0") as second:
        assert second.reply.status_code == 401
    with api.stream(path, last_event_id="0") as third:
        assert third.reply.status_code == 200


@pytest.mark.parametrize(
    "wrong", [{"heartbeat": 0}, {"stream_retry": -1}, {"stream_buffer": 0}, {"pace": -1}, {"pace": float("nan")}]
)
def test_settings_that_make_no_sense_are_refused_by_name(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong)).removeprefix("stream_")):
        Sandbox(**wrong)  # type: ignore[arg-type]  # wrong on purpose


def _end(api: Caller, where: dict[str, Any], end: str) -> None:
    if end == "delete":
        api.delete(f"/rooms/{where['id']}")
    else:
        api.sandbox.reset()


def _followers(api: Caller) -> int:
    return api.sandbox.platform.hub.followers
