"""`rooms.chat`: a question and the answer to it, as it is written, in both colours."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any

import pytest

from interactor import (
    AsyncInteractorClient,
    InteractorClient,
    InvalidRequestError,
    MessageComplete,
    MessageDelta,
    NotFoundError,
    RetryPolicy,
    StreamError,
    StreamGap,
    StreamInterruptedError,
    ToolCallComplete,
    ToolCallStart,
    ValidationError,
)
from interactor.models import Room
from interactor.sandbox import Fault, Sandbox, call, fail, say
from tests.conftest import MakeClient


def room_of(client: InteractorClient, platform: Sandbox, *script: Any, tools: list[str] | None = None) -> Room:
    bot = client.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.", tools=tools)
    platform.script(bot, script)
    return client.rooms.create(assistant_id=bot.id)


def stream_fault(room: Room, **what: Any) -> Fault:
    return Fault(path=f"/rooms/{room.id}/stream", **what)


def test_an_answer_comes_piece_by_piece_and_ends(client: InteractorClient, platform: Sandbox) -> None:
    room = room_of(client, platform, say("Hello, dear friend."))

    events = list(client.rooms.chat(room.id, "Hi"))

    *pieces, last = events
    assert len(pieces) > 1
    assert "".join(piece.content for piece in pieces if isinstance(piece, MessageDelta)) == "Hello, dear friend."
    assert isinstance(last, MessageComplete)
    assert last.message.content == "Hello, dear friend."


def test_the_text_is_that_of_the_whole_answer(client: InteractorClient, platform: Sandbox) -> None:
    room = room_of(client, platform, say("Hello, dear friend."))
    chat = client.rooms.chat(room.id, "Hi")

    assert chat.text() == "Hello, dear friend."

    assert chat.message is not None
    assert chat.sent is not None
    assert (chat.sent.content, chat.message.in_reply_to) == ("Hi", chat.sent.id)
    assert "complete" in repr(chat)
    assert chat.text() == "Hello, dear friend.", "asking again sends nothing"
    assert len(list(client.rooms.messages.list(room.id))) == 2


def test_a_room_is_checked_when_it_is_given(client: InteractorClient) -> None:
    with pytest.raises(InvalidRequestError, match=r"\.\."):
        client.rooms.chat("..", "Hi")


def test_nothing_is_sent_before_somebody_listens(client: InteractorClient, platform: Sandbox) -> None:
    room = room_of(client, platform)

    chat = client.rooms.chat(room.id, "Hi")

    assert "not begun" in repr(chat)
    assert list(client.rooms.messages.list(room.id)) == []


def test_messages_of_others_in_between_are_left_out(client: InteractorClient, platform: Sandbox) -> None:
    room = room_of(client, platform, [say("One.")], [say("Two.", pace=0.01)], [say("Three.")])

    client.rooms.messages.send(room.id, content="somebody else, before", stream=True)
    with client.rooms.chat(room.id, "Hi") as reply:
        client.rooms.messages.send(room.id, content="somebody else, meanwhile", stream=True)
        text = "".join(event.content for event in reply if isinstance(event, MessageDelta))

    assert text == "Two."


def test_an_answer_goes_on_over_a_connection_that_is_cut(client: InteractorClient, platform: Sandbox) -> None:
    room = room_of(client, platform, say("one two three four five six"))
    platform.faults.add(stream_fault(room, events=2, times=3))

    events = list(client.rooms.chat(room.id, "Hi"))

    assert not [event for event in events if isinstance(event, StreamGap)]
    assert (
        "".join(event.content for event in events if isinstance(event, MessageDelta)) == "one two three four five six"
    )


def test_an_answer_whose_end_is_lost_is_looked_up() -> None:
    with Sandbox(stream_buffer=1) as platform, platform.client("user_1") as client:
        room = room_of(client, platform, say("one two three four five six"))
        platform.faults.add(stream_fault(room, events=1))

        with client.rooms.chat(room.id, "Hi") as reply:
            until(client, room, 2)
            client.rooms.messages.send(room.id, content="somebody else")
            events = list(reply)

    assert [type(event) for event in events] == [MessageDelta, StreamGap, MessageComplete]
    assert reply.text() == "one two three four five six"


def test_an_answer_whose_end_is_lost_is_looked_up_in_async() -> None:
    async def main(room: Room) -> None:
        async with platform.async_client("user_1") as client, client.rooms.chat(room.id, "Hi") as reply:
            await asyncio.to_thread(until, other, room, 2)
            await client.rooms.messages.send(room.id, content="somebody else")

            events = [event async for event in reply]

            assert [type(event) for event in events] == [MessageDelta, StreamGap, MessageComplete]
            assert await reply.text() == "one two three four five six"

    with Sandbox(stream_buffer=1) as platform, platform.client("user_1") as other:
        room = room_of(other, platform, say("one two three four five six"))
        platform.faults.add(stream_fault(room, events=1))
        asyncio.run(main(room))


def test_an_answer_that_was_given_to_the_same_key_before_is_found(client: InteractorClient, platform: Sandbox) -> None:
    room = room_of(client, platform, say("Hello."))

    first = client.rooms.chat(room.id, "Hi", idempotency_key="key-1").text()
    again = client.rooms.chat(room.id, "Hi", idempotency_key="key-1").text()

    assert first == again == "Hello."
    assert len(list(client.rooms.messages.list(room.id))) == 2


def test_leaving_early_closes_the_stream_and_the_assistant_goes_on(client: InteractorClient, platform: Sandbox) -> None:
    room = room_of(client, platform, say("one two three", pace=0.02))

    with client.rooms.chat(room.id, "Hi") as reply:
        for _ in reply:
            break

    assert reply.text() == "one"
    assert "under way" in repr(reply)
    until(client, room, 2)


def test_leaving_a_loop_without_a_block_closes_the_stream_too(platform: Sandbox, namespace: str) -> None:
    with platform.client(namespace) as client:
        room = room_of(client, platform, say("one two three", pace=0.02))
        for _ in client.rooms.chat(room.id, "Hi"):
            break
        gc.collect()

        followers_gone(platform)


def test_leaving_a_loop_without_a_block_closes_the_stream_too_in_async(platform: Sandbox, namespace: str) -> None:
    async def main() -> None:
        async with platform.async_client(namespace) as client:
            async for _ in client.rooms.chat(room.id, "Hi"):
                break
            await asyncio.to_thread(followers_gone, platform)

    with platform.client(namespace) as other:
        room = room_of(other, platform, say("one two three", pace=0.02))
    asyncio.run(main())


def test_closing_in_another_thread_ends_the_loop(platform: Sandbox, namespace: str) -> None:
    with platform.client(namespace) as client:
        room = room_of(client, platform, say("one two", pace=30))
        with client.rooms.chat(room.id, "Hi") as reply:
            walk = iter(reply)
            next(walk)
            thread = threading.Thread(target=lambda: list(walk))
            thread.start()
            reply.close()
            thread.join(10)

            assert not thread.is_alive()


def test_the_calls_of_tools_belong_to_the_answer(client: InteractorClient, platform: Sandbox) -> None:
    tool = client.tools.create(name="get_weather", description="Weather.", parameters={"type": "object"})
    steps = (say("Let me look. "), call("get_weather", city="Oslo"), say("It is {result}."))
    room = room_of(client, platform, *steps, tools=[tool.id])
    seen: list[type] = []

    with client.rooms.chat(room.id, "How is the weather?") as reply:
        for event in reply:
            seen.append(type(event))
            if isinstance(event, ToolCallStart):
                client.rooms.submit_tool_result(room.id, tool_call_id=event.tool_call.id, result="cold")

    assert reply.text() == "It is cold."
    assert list(dict.fromkeys(seen)) == [MessageDelta, ToolCallStart, ToolCallComplete, MessageComplete]


def test_a_failing_assistant_is_an_event_and_no_text(client: InteractorClient, platform: Sandbox) -> None:
    room = room_of(client, platform, [say("Well, "), fail("The model is overloaded.")])

    with client.rooms.chat(room.id, "Hi") as reply:
        events = list(reply)

    assert isinstance(events[-1], StreamError)
    assert "failed" in repr(reply)
    with pytest.raises(StreamInterruptedError, match="The model is overloaded"):
        reply.text()


def test_a_room_that_is_deleted_meanwhile_interrupts_the_answer(make_client: MakeClient, platform: Sandbox) -> None:
    client = make_client(retry=RetryPolicy(base=0.001))
    room = room_of(client, platform, say("one two three", pace=0.05))

    with client.rooms.chat(room.id, "Hi") as reply:
        assert isinstance(next(iter(reply)), MessageDelta)
        client.rooms.delete(room.id)

        with pytest.raises(StreamInterruptedError, match="before the answer"):
            list(reply)


def test_a_message_that_cannot_be_sent_leaves_no_stream_open(client: InteractorClient, platform: Sandbox) -> None:
    room = room_of(client, platform)

    with pytest.raises(ValidationError), client.rooms.chat(room.id, ""):
        pass
    with pytest.raises(NotFoundError):
        client.rooms.chat("room_nobody", "Hi").text()

    followers_gone(platform)


def test_a_chat_is_one_question(client: InteractorClient, platform: Sandbox) -> None:
    room = room_of(client, platform, say("Hello."))

    with client.rooms.chat(room.id, "Hi") as reply, pytest.raises(InvalidRequestError, match="asked already"):
        reply.__enter__()


def test_the_options_hold_for_stream_and_message(platform: Sandbox, namespace: str) -> None:
    with platform.client("elsewhere") as client:
        here = client.for_namespace(namespace)
        room = room_of(here, platform, say("Hello."))
        options: Any = {"namespace": namespace, "idle_timeout": 5, "extra_body": {"role": "user"}, "deadline": 20}

        assert client.rooms.chat(room.id, "Hi", options=options).text() == "Hello."


def test_both_colours_hear_the_same(platform: Sandbox, namespace: str) -> None:
    async def listen(client: AsyncInteractorClient, room: Room) -> list[str]:
        async with client:
            return [repr(type(event)) async for event in client.rooms.chat(room.id, "Hi")]

    with platform.client(namespace) as client:
        room = room_of(client, platform, say("one two three"))
        heard = [repr(type(event)) for event in client.rooms.chat(room.id, "Hi")]

    assert asyncio.run(listen(platform.async_client(namespace), room)) == heard


def until(client: InteractorClient, room: Room, count: int) -> None:
    """Wait until the room has so many messages, all of them complete."""
    waiting = threading.Event()
    for _ in range(500):
        messages = list(client.rooms.messages.list(room.id))
        if len(messages) == count and all(message.content for message in messages):
            return
        waiting.wait(0.02)
    raise AssertionError("the assistant did not finish")


def followers_gone(platform: Sandbox) -> None:
    """Wait until nobody listens any more."""
    waiting = threading.Event()
    for _ in range(500):
        if platform.platform.hub.followers == 0:
            return
        waiting.wait(0.02)
    raise AssertionError("somebody is still listening")
