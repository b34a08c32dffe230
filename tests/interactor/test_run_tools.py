"""`rooms.run_tools`: a turn in which the assistant calls functions of yours."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from interactor import (
    AsyncInteractorClient,
    BadRequestError,
    ConfigurationError,
    FunctionTool,
    InteractorClient,
    InteractorError,
    MessageComplete,
    MessageDelta,
    RequestOptions,
    ToolCallComplete,
    ToolCallStart,
    ToolRoundsExceededError,
    ToolRun,
    tool,
)
from interactor.models import Room
from interactor.sandbox import Fault, Sandbox, call, fail, say

LONG = 30.0  # seconds that no test takes
SLOW = 0.4  # seconds that the slow tool takes


@tool
def get_weather(city: str) -> dict[str, int]:
    """Current weather of a city."""
    return {"celsius": len(city)}


@tool
def broken(reason: str = "no such city") -> str:
    """Fails."""
    raise ValueError(reason)


@tool
def slow() -> str:
    """Takes a while."""
    time.sleep(SLOW)
    return "done"


def a_room(client: InteractorClient, platform: Sandbox, tools: list[Any], script: list[Any]) -> Room:
    """A room with an assistant that knows these tools and plays this script."""
    synced = client.tools.sync(tools)
    bot = client.assistants.create(name="Guide", model="gpt-4", system_prompt="Be brief.", tools=synced.ids)
    platform.script(bot, script)
    return client.rooms.create(assistant_id=bot.id)


# -- what must hold: one transcript, whatever the colour


def sync_story(platform: Sandbox) -> tuple[ToolRun, list[dict[str, Any]]]:
    tools: list[FunctionTool] = [slow, get_weather, broken]
    with platform.client("user_1") as client:
        bot = client.assistants.create(
            name="Guide", model="gpt-4", system_prompt="Be brief.", tools=client.tools.sync(tools).ids
        )
        room = client.rooms.create(assistant_id=bot.id)
        run = client.rooms.run_tools(room.id, "slow, get_weather city=Oslo, broken", tools=tools)
        return run, [message.to_dict() for message in client.rooms.messages.list(room.id)]


async def async_story(platform: Sandbox) -> tuple[ToolRun, list[dict[str, Any]]]:
    @tool(name="slow")
    async def drowsy() -> str:
        """Takes a while."""
        await anyio.sleep(SLOW)
        return "done"

    tools: list[FunctionTool] = [drowsy, get_weather, broken]
    async with platform.async_client("user_1") as client:
        synced = await client.tools.sync(tools)
        bot = await client.assistants.create(name="Guide", model="gpt-4", system_prompt="Be brief.", tools=synced.ids)
        room = await client.rooms.create(assistant_id=bot.id)
        run = await client.rooms.run_tools(room.id, "slow, get_weather city=Oslo, broken", tools=tools)
        return run, [message.to_dict() async for message in client.rooms.messages.list(room.id)]


def without_times(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in message.items() if name != "created_at"} for message in messages]


@pytest.mark.proof
def test_both_colours_end_in_the_same_transcript(record_property: Callable[[str, object], None]) -> None:
    with Sandbox(seed=7) as platform:
        run, messages = sync_story(platform)
    with Sandbox(seed=7) as platform:
        async_run, async_messages = asyncio.run(async_story(platform))

    assert [(each.name, each.result) for each in run.calls] == [
        ("slow", "done"),
        ("get_weather", {"celsius": 4}),
        ("broken", {"error": "ValueError: no such city"}),
    ]
    assert [message["role"] for message in messages] == ["user", "assistant", "tool", "tool", "tool", "assistant"]
    assert run.calls == async_run.calls
    assert (run.rounds, run.text) == (async_run.rounds, async_run.text)
    assert without_times(messages) == without_times(async_messages)
    record_property(
        "figures",
        f"run_tools: 3 tools, one of them slow and one failing: {len(messages)} messages and {len(run.calls)} calls, "
        "the same in both colours, ids included",
    )


# -- both colours


def test_the_run_tells_the_last_word_and_the_calls(client: InteractorClient, platform: Sandbox) -> None:
    script = [say("Let me look."), call("get_weather", city="Oslo"), say("It is {result.celsius} degrees.")]
    room = a_room(client, platform, [get_weather], script)

    run = client.rooms.run_tools(room.id, "Is it cold?", tools=[get_weather])

    assert (run.text, run.message.content, run.rounds) == ("It is 4 degrees.", "It is 4 degrees.", 1)
    (answered,) = run.calls
    assert (answered.name, answered.arguments, answered.result) == ("get_weather", {"city": "Oslo"}, {"celsius": 4})
    assert answered.error is None


def test_an_assistant_that_calls_nothing_just_answers(client: InteractorClient, platform: Sandbox) -> None:
    room = a_room(client, platform, [get_weather], [say("Hello.")])

    run = client.rooms.run_tools(room.id, "Hello", tools=[get_weather])

    assert (run.text, run.calls, run.rounds) == ("Hello.", (), 0)


def test_calls_that_are_made_at_once_run_side_by_side(client: InteractorClient, platform: Sandbox) -> None:
    meeting = threading.Barrier(3, timeout=LONG)

    @tool
    def meet() -> int:
        """Waits until three are there."""
        meeting.wait()
        return threading.get_ident()

    room = a_room(client, platform, [meet], [call("meet"), call("meet"), call("meet"), say("Met.")])

    run = client.rooms.run_tools(room.id, "Meet", tools=[meet])

    assert len({answered.result for answered in run.calls}) == 3


def test_the_assistant_may_ask_again(client: InteractorClient, platform: Sandbox) -> None:
    script = [[call("get_weather", city="Oslo"), say("And."), call("get_weather", city="Rome!"), say("{result}")]]
    room = a_room(client, platform, [get_weather], script)

    run = client.rooms.run_tools(room.id, "Where is it warmer?", tools=[get_weather])

    assert [(answered.round, answered.result["celsius"]) for answered in run.calls] == [(1, 4), (2, 5)]
    assert run.rounds == 2


def test_an_assistant_that_never_stops_asking_is_left(client: InteractorClient, platform: Sandbox) -> None:
    script = [[step for _ in range(5) for step in (call("get_weather", city="Oslo"), say("Again."))]]
    room = a_room(client, platform, [get_weather], script)

    with pytest.raises(ToolRoundsExceededError, match="max_rounds=2 is used up") as caught:
        client.rooms.run_tools(room.id, "Go on", tools=[get_weather], max_rounds=2)

    assert isinstance(caught.value, InteractorError)
    assert [answered.round for answered in caught.value.calls] == [1, 2]


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (call("broken", reason="no such city"), "ValueError: no such city"),
        (call("get_weather"), "The arguments do not fit: city is missing"),
        (call("get_weather", city="Oslo", unit="C"), "unit is not known; there are city"),
        (call("dance"), "There is no tool 'dance' here. There are: get_weather, broken"),
    ],
)
def test_what_goes_wrong_with_a_call_is_told_to_the_assistant(
    client: InteractorClient, platform: Sandbox, step: Any, told: str
) -> None:
    client.tools.create(name="dance", description="Dances.", parameters={"type": "object"})
    room = a_room(
        client,
        platform,
        [get_weather, broken, {**get_weather.to_dict(), "name": "dance"}],
        [step, say("I see: {result.error}")],
    )

    run = client.rooms.run_tools(room.id, "Try", tools=[get_weather, broken])

    assert told in run.text
    assert run.calls[0].error is not None
    assert "Traceback" not in run.text


def test_a_tool_that_takes_too_long_is_told_to_the_assistant(client: InteractorClient, platform: Sandbox) -> None:
    gate = threading.Event()

    @tool(timeout=0.1)
    def stuck() -> None:
        """Never ends by itself."""
        gate.wait(LONG)

    room = a_room(client, platform, [stuck], [call("stuck"), say("{result.error}")])

    run = client.rooms.run_tools(room.id, "Try", tools=[stuck])
    gate.set()

    assert run.text == "The tool did not answer within 0.1 s"


def test_a_listener_hears_every_event_of_the_reply_in_order(client: InteractorClient, platform: Sandbox) -> None:
    heard: list[Any] = []
    room = a_room(client, platform, [get_weather], [call("get_weather", city="Oslo"), say("It is {result}.")])

    client.rooms.run_tools(room.id, "Is it cold?", tools=[get_weather], on_event=heard.append)

    kinds: list[Any] = [type(event) for event in heard if not isinstance(event, MessageDelta)]
    assert kinds == [ToolCallStart, ToolCallComplete, MessageComplete]
    assert "".join(event.content for event in heard if isinstance(event, MessageDelta)) == heard[-1].message.content


def test_a_listener_that_raises_ends_the_run(client: InteractorClient, platform: Sandbox) -> None:
    def stop(event: object) -> None:
        raise KeyError("stop")

    room = a_room(client, platform, [get_weather], [say("Hello.")])

    with pytest.raises(KeyError, match="stop"):
        client.rooms.run_tools(room.id, "Hello", tools=[get_weather], on_event=stop)


def test_a_call_that_somebody_else_has_answered_is_left_at_that(
    client: InteractorClient, platform: Sandbox, namespace: str
) -> None:
    somebody = platform.client(namespace)
    gate = threading.Event()

    @tool
    def late() -> str:
        """Answers too late."""
        gate.wait(LONG)
        return "late"

    def interfere(event: object) -> None:
        if isinstance(event, ToolCallStart):
            somebody.rooms.submit_tool_result(room.id, tool_call_id=event.tool_call.id, result="early")
            gate.set()

    room = a_room(client, platform, [late], [call("late"), say("It was {result}.")])

    assert client.rooms.run_tools(room.id, "Go", tools=[late], on_event=interfere).text == "It was early."


def test_a_tool_with_a_callback_is_left_to_the_platform(
    client: InteractorClient, platform: Sandbox, namespace: str
) -> None:
    somebody = platform.client(namespace)
    definition = {**get_weather.to_dict(), "callback_url": "https://example.com/weather"}

    def as_the_platform_does(event: object) -> None:
        if isinstance(event, ToolCallStart):
            somebody.rooms.submit_tool_result(room.id, tool_call_id=event.tool_call.id, result="mild")

    room = a_room(client, platform, [definition], [call("get_weather", city="Oslo"), say("It is {result}.")])

    run = client.rooms.run_tools(room.id, "Go", tools=[], on_event=as_the_platform_does)

    assert (run.text, run.calls) == ("It is mild.", ())


def test_plain_functions_are_tools_as_well(client: InteractorClient, platform: Sandbox) -> None:
    def double(number: int) -> int:
        """Doubles."""
        return 2 * number

    room = a_room(client, platform, [double], [call("double", number=4), say("{result}")])

    assert client.rooms.run_tools(room.id, "Go", tools=[double]).text == "8"


def test_a_run_goes_on_over_a_stream_that_breaks(client: InteractorClient, platform: Sandbox) -> None:
    room = a_room(client, platform, [get_weather], [call("get_weather", city="Oslo"), say("It is {result.celsius}.")])
    platform.faults.add(Fault(path=f"*/rooms/{room.id}/stream", events=1))

    run = client.rooms.run_tools(room.id, "Is it cold?", tools=[get_weather])

    assert (run.text, len(run.calls)) == ("It is 4.", 1)


def test_a_call_that_was_asked_for_in_a_gap_of_the_stream_is_answered() -> None:
    script = [say("One word after the other, and then two calls."), call("get_weather", city="Oslo"), call("broken")]
    with Sandbox(stream_buffer=1) as platform:
        client = platform.client("user_1")
        room = a_room(client, platform, [get_weather, broken], [[*script, say("It is {get_weather.celsius}.")]])
        # Cut after the first word: of all that is said meanwhile, the platform keeps one event.
        platform.faults.add(Fault(path=f"*/rooms/{room.id}/stream", events=1))

        run = client.rooms.run_tools(room.id, "Go", tools=[get_weather, broken])

    assert run.text == "It is 4."
    assert {answered.name for answered in run.calls} == {"get_weather", "broken"}


def test_a_run_with_the_key_of_one_that_died_goes_on_where_it_stopped(
    client: InteractorClient, platform: Sandbox
) -> None:
    script = [call("get_weather", city="Oslo"), call("broken"), say("It is {get_weather.celsius}.")]
    room = a_room(client, platform, [get_weather, broken], script)
    platform.faults.add(Fault(path=f"*/rooms/{room.id}/tool-results", status=400))
    with pytest.raises(BadRequestError):
        client.rooms.run_tools(room.id, "Go", tools=[get_weather, broken], idempotency_key="once")

    run = client.rooms.run_tools(room.id, "Go", tools=[get_weather, broken], idempotency_key="once")
    again = client.rooms.run_tools(room.id, "Go", tools=[get_weather, broken], idempotency_key="once")

    assert (run.text, [answered.name for answered in run.calls]) == ("It is 4.", ["get_weather", "broken"])
    assert (again.text, again.calls) == ("It is 4.", ())
    assert [message.role for message in client.rooms.messages.list(room.id)].count("user") == 1


def test_a_call_is_found_however_much_was_said_since(client: InteractorClient, platform: Sandbox) -> None:
    room = a_room(client, platform, [get_weather], [call("get_weather", city="Oslo"), say("It is {result.celsius}.")])
    platform.faults.add(Fault(path=f"*/rooms/{room.id}/tool-results", status=400))
    with pytest.raises(BadRequestError):
        client.rooms.run_tools(room.id, "Go", tools=[get_weather], idempotency_key="once")
    for _ in range(120):
        client.rooms.messages.send(room.id, content="Take note.", role="system")

    options: RequestOptions = {"deadline": 10}
    run = client.rooms.run_tools(room.id, "Go", tools=[get_weather], idempotency_key="once", options=options)

    assert (run.text, len(run.calls)) == ("It is 4.", 1)


def test_nobody_looks_for_calls_beyond_the_question(client: InteractorClient, platform: Sandbox) -> None:
    room = a_room(client, platform, [get_weather], [call("get_weather", city="Oslo"), say("It is {result.celsius}.")])
    for _ in range(120):
        client.rooms.messages.send(room.id, content="Take note.", role="system")
    platform.journal.clear()

    client.rooms.run_tools(room.id, "Go", tools=[get_weather], idempotency_key="once")

    looks = platform.journal.entries(operation="rooms.messages.list")
    assert {look.query.get("page", "1") for look in looks} == {"1"}


SAYS_BEFORE_IT_ASKS = [say("Let me look. "), call("get_weather", city="Oslo"), say("It is {result.celsius}.")]


def test_a_run_that_is_repeated_with_its_key_ends_in_the_last_word(client: InteractorClient, platform: Sandbox) -> None:
    room = a_room(client, platform, [get_weather], SAYS_BEFORE_IT_ASKS)

    runs = [client.rooms.run_tools(room.id, "Go", tools=[get_weather], idempotency_key="once") for _ in range(2)]
    asked_alone = client.rooms.chat(room.id, "Go", idempotency_key="once").text()

    assert [*(run.text for run in runs), asked_alone] == ["It is 4."] * 3


def test_a_run_whose_stream_has_a_gap_ends_in_the_last_word(client: InteractorClient, platform: Sandbox) -> None:
    for _ in range(5):
        room = a_room(client, platform, [get_weather], SAYS_BEFORE_IT_ASKS)
        platform.faults.add(Fault(path=f"*/rooms/{room.id}/stream", events=0, times=2))

        assert client.rooms.run_tools(room.id, "Go", tools=[get_weather]).text == "It is 4."


def test_the_answer_to_a_key_is_found_however_much_was_said_since(client: InteractorClient, platform: Sandbox) -> None:
    room = a_room(client, platform, [get_weather], SAYS_BEFORE_IT_ASKS)
    client.rooms.run_tools(room.id, "Go", tools=[get_weather], idempotency_key="once")
    for _ in range(120):
        client.rooms.messages.send(room.id, content="Take note.", role="system")

    assert client.rooms.chat(room.id, "Go", idempotency_key="once").text() == "It is 4."


def test_a_result_that_met_a_busy_platform_is_handed_in_again(client: InteractorClient, platform: Sandbox) -> None:
    room = a_room(client, platform, [get_weather], [call("get_weather", city="Oslo"), say("It is {result.celsius}.")])
    platform.faults.add(Fault(path=f"*/rooms/{room.id}/tool-results", status=503, after_handler=True))

    run = client.rooms.run_tools(room.id, "Is it cold?", tools=[get_weather])

    roles = [message.role for message in client.rooms.messages.list(room.id)]
    assert run.text == "It is 4."
    assert roles == ["user", "assistant", "tool", "assistant"]


def test_a_model_that_fails_ends_the_run_with_its_words(client: InteractorClient, platform: Sandbox) -> None:
    room = a_room(client, platform, [get_weather], [call("get_weather", city="Oslo"), fail("The model is tired.")])

    with pytest.raises(InteractorError, match=r"The model is tired\."):
        client.rooms.run_tools(room.id, "Is it cold?", tools=[get_weather])


def test_limits_are_checked_before_anything_is_sent(client: InteractorClient) -> None:
    with pytest.raises(InteractorError, match="max_rounds"):
        client.rooms.run_tools("room_none", "Hello", tools=[], max_rounds=0)


@pytest.mark.parametrize("tools", [None, get_weather, "get_weather", {"get_weather": get_weather}, 3])
def test_tools_are_a_list(tools: Any, client: InteractorClient) -> None:
    with pytest.raises(ConfigurationError, match="Give a list, also for one"):
        client.rooms.run_tools("room_none", "Hello", tools=tools)


# -- one colour


def test_an_async_function_is_refused_by_the_synchronous_client() -> None:
    @tool
    async def later() -> None:
        """Later."""

    with (
        InteractorClient(client_id="a", client_secret="b") as client,
        pytest.raises(ConfigurationError, match=r"later is an async function.*Use AsyncInteractorClient"),
    ):
        client.rooms.run_tools("room", "Hello", tools=[later])


def test_no_thread_is_left_when_a_run_ends(platform: Sandbox, namespace: str) -> None:
    client = platform.client(namespace)
    room = a_room(client, platform, [get_weather], [call("get_weather", city="Oslo"), say("Done.")])

    client.rooms.run_tools(room.id, "Go", tools=[get_weather])

    assert not [thread for thread in threading.enumerate() if thread.name == "crew"]


async def an_async_room(client: AsyncInteractorClient, platform: Sandbox, tools: list[Any], script: list[Any]) -> Room:
    synced = await client.tools.sync(tools)
    bot = await client.assistants.create(name="Guide", model="gpt-4", system_prompt="Be brief.", tools=synced.ids)
    platform.script(bot, script)
    return await client.rooms.create(assistant_id=bot.id)


def test_an_async_function_that_takes_too_long_is_cancelled(platform: Sandbox, namespace: str) -> None:
    cancelled = threading.Event()

    @tool
    async def stuck() -> None:
        """Never ends by itself."""
        try:
            await anyio.sleep(LONG)
        finally:
            cancelled.set()

    async def main() -> ToolRun:
        async with platform.async_client(namespace) as client:
            room = await an_async_room(client, platform, [stuck], [call("stuck"), say("{result.error}")])
            return await client.rooms.run_tools(room.id, "Go", tools=[stuck], timeout=0.1)

    assert asyncio.run(main()).text == "The tool did not answer within 0.1 s"
    assert cancelled.is_set()


def test_a_run_works_in_trio(platform: Sandbox, namespace: str) -> None:
    @tool
    async def nap() -> str:
        """Sleeps a little."""
        await anyio.sleep(0.01)
        return "rested"

    async def main() -> str:
        async with platform.async_client(namespace) as client:
            script = [call("nap"), call("get_weather", city="Oslo"), say("{nap}, {get_weather.celsius}")]
            room = await an_async_room(client, platform, [nap, get_weather], script)
            return (await client.rooms.run_tools(room.id, "Go", tools=[nap, get_weather])).text

    assert anyio.run(main, backend="trio") == "rested, 4"


def test_a_listener_of_the_asynchronous_client_may_be_async(platform: Sandbox, namespace: str) -> None:
    heard: list[object] = []

    async def listen(event: object) -> None:
        await anyio.lowlevel.checkpoint()
        heard.append(event)

    async def main() -> None:
        async with platform.async_client(namespace) as client:
            room = await an_async_room(client, platform, [get_weather], [say("Hello.")])
            await client.rooms.run_tools(room.id, "Hello", tools=[get_weather], on_event=listen)

    asyncio.run(main())
    assert isinstance(heard[-1], MessageComplete)


def test_a_run_that_is_cancelled_cancels_its_tools(platform: Sandbox, namespace: str) -> None:
    async def main() -> bool:
        started, cancelled = asyncio.Event(), asyncio.Event()

        @tool
        async def stuck() -> None:
            """Never ends by itself."""
            started.set()
            try:
                await anyio.sleep(LONG)
            finally:
                cancelled.set()

        async with platform.async_client(namespace) as client:
            room = await an_async_room(client, platform, [stuck], [call("stuck"), say("Never.")])
            run = asyncio.create_task(client.rooms.run_tools(room.id, "Go", tools=[stuck]))
            await started.wait()
            run.cancel()
            with pytest.raises(asyncio.CancelledError):
                await run
            return cancelled.is_set()

    assert asyncio.run(main())
