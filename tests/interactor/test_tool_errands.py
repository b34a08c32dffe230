"""What a turn with tools decides, without a network and without waiting."""

from __future__ import annotations

import datetime
import pickle
from typing import Any

import pytest

from interactor import (
    AnsweredCall,
    ConfigurationError,
    InvalidRequestError,
    StreamGap,
    ToolRoundsExceededError,
    tool,
)
from interactor._conversations._errands import Errands, errands
from interactor.models import Message, Tool, ToolCall, ToolCallComplete, ToolCallStart


class Time:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@tool
def get_weather(city: str) -> str:
    """Current weather of a city."""
    return city


@tool(timeout=2)
def hurry() -> None:
    """Takes two seconds at most."""


def work(*, max_rounds: int = 10, timeout: float | None = 60) -> tuple[Errands, Time]:
    time = Time()
    found = errands([get_weather, hurry], max_rounds=max_rounds, timeout=timeout, client=None)
    found.now = time
    return found, time


def start(call_id: str, name: str | None = "get_weather", **fields: Any) -> ToolCallStart:
    given: dict[str, Any] = {"arguments": {"city": "Oslo"}, "status": "pending", **fields}
    return ToolCallStart(
        type="tool_call.start", tool_call=ToolCall(id=call_id, tool_id=f"tool_{name}", tool_name=name, **given)
    )


def complete(call_id: str) -> ToolCallComplete:
    call = ToolCall(id=call_id, tool_id="tool", arguments={}, status="completed")
    return ToolCallComplete(type="tool_call.complete", tool_call=call)


def begun(turn: Errands, *events: ToolCallStart) -> list[str]:
    """The calls that are to be carried out."""
    return [errand.call.id for event in events for errand in turn.hear(event) if errand.work is not None]


def answers(turn: Errands) -> list[tuple[str, Any]]:
    return [(answer.id, answer.result) for answer in turn.due()]


def test_answers_are_due_in_the_order_of_asking_whoever_is_faster() -> None:
    turn, _ = work()
    begun(turn, start("a"), start("b"), start("c"))

    turn.finish("b", 2, None)
    early = answers(turn)
    turn.finish("a", 1, None)
    then = answers(turn)
    turn.finish("c", 3, None)

    assert (early, then, answers(turn)) == ([], [("a", 1), ("b", 2)], [("c", 3)])


def test_a_call_is_carried_out_once_however_often_it_is_told() -> None:
    turn, _ = work()

    assert begun(turn, start("a"), start("a")) == ["a"]


def test_an_exception_is_told_without_its_traceback() -> None:
    turn, _ = work()
    begun(turn, start("a"))
    problem = ValueError("no such city")

    turn.finish("a", None, problem)

    (answer,) = turn.due()
    assert answer == AnsweredCall(
        "a", "get_weather", {"city": "Oslo"}, {"error": "ValueError: no such city"}, "ValueError: no such city", 1
    )
    assert answer.exception is problem


def test_a_result_that_json_cannot_say_is_told_as_an_error() -> None:
    turn, _ = work()
    begun(turn, start("a"))

    turn.finish("a", object(), None)

    assert answers(turn) == [("a", {"error": "The tool returned a value of type object, which JSON cannot say"})]


def test_a_tool_that_takes_too_long_is_told_and_dropped() -> None:
    turn, time = work()
    begun(turn, start("a", "get_weather"), start("b", "hurry", arguments={}))

    assert turn.patience() == 2
    time.now += 2
    assert list(turn.expire()) == ["b"]
    assert turn.patience() == 58
    time.now += 58
    assert list(turn.expire()) == ["a"]
    assert turn.patience() is None
    assert [result for _, result in answers(turn)] == [
        {"error": "The tool did not answer within 60 s"},
        {"error": "The tool did not answer within 2 s"},
    ]


def test_without_a_timeout_a_tool_may_take_for_ever() -> None:
    turn, time = work(timeout=None)
    begun(turn, start("a"))
    time.now += 1e9

    assert turn.patience() is None
    assert list(turn.expire()) == []


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"arguments": {}}, "The arguments do not fit: city is missing"),
        ({"arguments": 7}, "The arguments do not fit: The arguments must be an object, not 7"),
        ({"name": "sing"}, "There is no tool 'sing' here. There are: get_weather, hurry"),
        ({"name": None}, "There is no tool 'tool_None' here"),
    ],
)
def test_a_call_that_cannot_be_carried_out_is_answered_at_once(fields: dict[str, Any], told: str) -> None:
    turn, _ = work()

    assert begun(turn, start("a", **fields)) == []
    ((_, result),) = answers(turn)
    assert told in result["error"]


def test_the_platform_is_asked_once_about_a_tool_that_nobody_here_knows() -> None:
    turn, _ = work()
    known, unknown = start("a"), start("b", "sing")

    assert list(turn.strangers(known)) == []
    assert list(turn.strangers(unknown)) == ["tool_sing"]
    turn.learn("tool_sing", None)
    assert list(turn.strangers(unknown)) == []


def test_a_call_that_bears_no_name_is_known_by_the_id_of_its_tool() -> None:
    turn, _ = work()
    event = start("a", None)
    turn.learn("tool_None", Tool(id="tool_None", name="get_weather", description="", parameters={}))

    assert begun(turn, event) == ["a"]


def test_a_tool_that_the_platform_calls_itself_is_left_to_it() -> None:
    turn, _ = work()
    owner = Tool(id="tool_sing", name="sing", description="", parameters={}, callback_url="https://example.com/")
    turn.learn("tool_sing", owner)

    assert list(turn.hear(start("a", "sing"))) == []
    assert answers(turn) == []


def test_calls_that_are_asked_for_at_once_are_one_round() -> None:
    turn, _ = work(max_rounds=1)
    begun(turn, start("a"), start("b"))
    turn.finish("a", 1, None)
    turn.finish("b", 2, None)

    assert [answer.round for answer in turn.due()] == [1, 1]


def test_an_assistant_that_asks_again_after_its_results_begins_another_round() -> None:
    turn, _ = work()
    for call_id in ("a", "b"):
        begun(turn, start(call_id))
        turn.finish(call_id, 1, None)
        list(turn.hear(complete(call_id)))

    assert [answer.round for answer in turn.due()] == [1, 2]


def test_too_many_rounds_end_the_turn_with_what_was_done() -> None:
    turn, _ = work(max_rounds=1)
    begun(turn, start("a"))
    turn.finish("a", 1, ValueError("no"))
    list(turn.due())
    list(turn.hear(complete("a")))

    with pytest.raises(ToolRoundsExceededError, match="max_rounds=1 is used up") as caught:
        begun(turn, start("b"))
    again = pickle.loads(pickle.dumps(caught.value))
    assert [call.id for call in again.calls] == ["a"]
    assert (again, again.max_rounds) == (caught.value, 1)


@pytest.mark.parametrize(
    "call",
    [
        None,
        "call",
        ToolCall(id="", tool_id="a", arguments={}, status="pending"),
        ToolCall(id=3, tool_id="a", arguments={}, status="pending"),  # type: ignore[arg-type]  # a platform may send anything
        ToolCall(id="a", tool_id=None, arguments={}, status="pending"),  # type: ignore[arg-type]  # the same
        ToolCall(id="a", tool_id="b", tool_name=["c"], arguments={}, status="pending"),  # type: ignore[arg-type]  # the same
        ToolCall(id="a", tool_id="b", tool_name="get_weather", arguments={}, status="completed"),
    ],
)
def test_a_call_that_cannot_be_answered_is_passed_over(call: Any) -> None:
    turn, _ = work()
    event = ToolCallStart(type="tool_call.start", tool_call=call)

    assert list(turn.strangers(event)) == []
    assert list(turn.hear(event)) == []


def message(message_id: str, role: str, in_reply_to: str | None, *calls: ToolCall) -> Message:
    return Message(
        id=message_id,
        room_id="room",
        role=role,
        content="",
        tool_calls=list(calls),
        in_reply_to=in_reply_to,
        created_at=datetime.datetime.now(datetime.UTC),
    )


def test_calls_that_no_event_told_of_are_found_in_the_room() -> None:
    turn, _ = work()
    mine, theirs, older = start("a").tool_call, start("b").tool_call, start("c").tool_call
    newest_first = [
        message("5", "assistant", "other", theirs),
        message("4", "assistant", "2", mine),
        message("2", "user", None),
        message("1", "assistant", None, older),
    ]

    events = list(turn.missed(newest_first, newest_first[2]))

    assert [errand.call.id for event in events for errand in turn.hear(event)] == ["a"]


def test_calls_that_are_over_are_over_after_a_gap_as_well() -> None:
    turn, _ = work(max_rounds=2)
    begun(turn, start("a"))
    turn.finish("a", 1, None)
    list(turn.due())

    list(turn.hear(StreamGap(last_event_id="1", next_event_id="9")))
    begun(turn, start("b"))
    turn.finish("b", 1, None)

    assert [answer.round for answer in turn.due()] == [2]


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="Two tools are named hurry"):
        errands([hurry, hurry], max_rounds=1, timeout=1, client=None)


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"max_rounds": 0}, "max_rounds is a whole number from 1 on, not 0"),
        ({"max_rounds": True}, "max_rounds"),
        ({"timeout": 0}, "timeout is a number of seconds above 0, not 0"),
        ({"timeout": "1"}, "timeout"),
    ],
)
def test_limits_that_are_none_are_refused(limits: Any, told: str) -> None:
    with pytest.raises(InvalidRequestError, match=told):
        errands([hurry], **{"max_rounds": 1, "timeout": 1, **limits}, client=None)
