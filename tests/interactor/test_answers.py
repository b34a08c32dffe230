"""Which events of a room belong to the answer to one message."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from interactor import (
    MessageComplete,
    MessageDelta,
    StreamError,
    StreamInterruptedError,
    ToolCallStart,
    UnknownEvent,
)
from interactor._conversations._answers import Answer
from interactor.models import Message, ToolCall

NOON = datetime.datetime(2026, 1, 20, 12, tzinfo=datetime.UTC)


def message(id: str, role: str = "assistant", content: str = "Hi.", second: int = 1, **more: Any) -> Message:
    created_at = NOON + datetime.timedelta(seconds=second)
    return Message(id=id, room_id="room_1", role=role, content=content, created_at=created_at, **more)


def delta(content: str, **more: Any) -> MessageDelta:
    return MessageDelta(content=content, **more)


def complete(said: Message, **more: Any) -> MessageComplete:
    return MessageComplete(message=said, **more)


@pytest.fixture
def answer() -> Answer:
    """The answer to the message `q`."""
    answer = Answer()
    answer.ask(message("q", "user", second=0))
    return answer


def test_what_answers_somebody_else_is_left_out(answer: Answer) -> None:
    taken = [
        answer.takes(event)
        for event in [
            delta("no", in_reply_to="other"),
            delta("He", in_reply_to="q"),
            complete(message("m1", in_reply_to="other")),
            ToolCallStart(tool_call=ToolCall(id="t", tool_id="t", arguments={}, status="pending"), in_reply_to="other"),
            UnknownEvent("new", {"in_reply_to": "q"}),
            UnknownEvent("new", {"in_reply_to": "other"}),
            delta("llo", in_reply_to="q"),
        ]
    ]

    assert taken == [False, True, False, False, True, False, True]
    assert (answer.text(), answer.over) == ("Hello", False)


def test_an_answer_is_over_with_its_last_message(answer: Answer) -> None:
    said = message("m", content="Hello.", in_reply_to="q")

    assert answer.takes(complete(said, in_reply_to="q"))

    assert answer.over
    assert answer.message is said
    assert answer.text() == "Hello."


def test_a_message_that_waits_for_a_tool_is_not_the_last_one(answer: Answer) -> None:
    call = ToolCall(id="t", tool_id="t", arguments={}, status="pending")

    assert answer.takes(complete(message("m", tool_calls=[call], in_reply_to="q")))

    assert not answer.over


def test_a_failure_of_the_assistant_ends_the_answer(answer: Answer) -> None:
    assert not answer.takes(StreamError(error="not ours", in_reply_to="other"))
    assert answer.takes(StreamError(error="The model is down.", code="MODEL_ERROR", in_reply_to="q"))

    assert answer.over
    with pytest.raises(StreamInterruptedError, match=r"did not finish its answer: The model is down\. \(MODEL_ERROR\)"):
        answer.text()


def test_where_the_platform_does_not_tell_the_first_message_after_the_question_is_the_answer(answer: Answer) -> None:
    assert not answer.takes(complete(message("early", second=-5)))
    assert answer.takes(delta("Hi"))
    assert not answer.takes(complete(message("own", "user")))
    assert answer.takes(complete(message("m", second=2)))

    assert answer.message is not None
    assert answer.message.id == "m"


def test_a_reply_that_is_the_answer_already_is_known_by_its_id() -> None:
    answer = Answer()
    answer.ask(message("m"))

    assert answer.takes(delta("Hi", message_id="m"))
    assert answer.takes(complete(message("m", second=0)))
    assert answer.over


def test_a_stranger_s_event_is_no_reason_to_fail(answer: Answer) -> None:
    strange = MessageComplete.from_dict({"type": "message.complete", "message": 7, "in_reply_to": []})

    answer.takes(strange)
    answer.takes(MessageDelta.from_dict({"content": None, "message_id": 7}))

    assert not answer.over


def test_the_end_is_found_among_the_messages_of_the_room(answer: Answer) -> None:
    said = message("m", content="Hello.", in_reply_to="q")
    room = [message("later", in_reply_to="other"), said, message("q", "user"), message("before")]

    found = answer.found_in(room)

    assert found is not None
    assert found.message is said
    assert answer.over
    assert answer.text() == "Hello."


@pytest.mark.parametrize(
    "newer",
    [[], [message("m", content="", in_reply_to="q")], [message("m", in_reply_to="other")], [message("m", "user")]],
)
def test_an_answer_that_is_not_there_yet_is_not_found(answer: Answer, newer: list[Message]) -> None:
    assert answer.found_in([*newer, message("q", "user"), message("before")]) is None

    assert not answer.over


def called(id: str, status: str = "completed", **more: Any) -> Message:
    """A message with the call of a tool in it."""
    return message(id, tool_calls=[ToolCall(id="t", tool_id="t", arguments={}, status=status)], **more)


QUESTION, BEFORE = message("q", "user"), message("before")
RESULT, OF_ANOTHER = message("r", "tool"), message("other", in_reply_to="other")


@pytest.mark.parametrize("tag", ["q", None])
def test_an_assistant_that_asked_for_tools_has_said_its_last_word_after_them(answer: Answer, tag: str | None) -> None:
    said = message("m", in_reply_to=tag)

    found = answer.found_in([said, RESULT, called("asking", in_reply_to=tag), QUESTION, BEFORE])

    assert found is not None
    assert found.message is said


@pytest.mark.parametrize("tag", ["q", None])
@pytest.mark.parametrize("begun", [False, True])
def test_an_assistant_that_has_its_results_is_about_to_go_on(answer: Answer, tag: str | None, begun: bool) -> None:
    next_one = [message("m", content="", in_reply_to=tag)] if begun else []

    assert answer.found_in([*next_one, RESULT, called("asking", in_reply_to=tag), QUESTION, BEFORE]) is None

    assert not answer.over


def test_an_answer_that_waits_for_a_tool_is_not_over(answer: Answer) -> None:
    room = [called("more", "pending", in_reply_to="q"), RESULT, called("asking", in_reply_to="q"), QUESTION]

    assert answer.found_in(room) is None


def test_a_last_word_may_name_the_calls_that_led_to_it(answer: Answer) -> None:
    said = called("m", in_reply_to="q")

    found = answer.found_in([OF_ANOTHER, said, called("asking", in_reply_to="q"), QUESTION])

    assert found is not None
    assert found.message is said


def test_where_no_message_tells_what_it_answers_the_first_one_after_the_question_is_found(answer: Answer) -> None:
    said = message("m")

    found = answer.found_in([message("later"), message("another", "user"), said, QUESTION, BEFORE])

    assert found is not None
    assert found.message is said


def test_where_no_message_tells_and_the_question_is_out_of_sight_nothing_is_found(answer: Answer) -> None:
    assert answer.found_in([message("later"), message("late")]) is None


def test_an_answer_is_found_though_its_question_is_out_of_sight(answer: Answer) -> None:
    assert answer.found_in([OF_ANOTHER, message("m", in_reply_to="q")]) is not None
