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
