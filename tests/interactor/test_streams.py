"""Event streams of rooms and workflow instances, in both colours, against a platform that breaks them."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from interactor import (
    AsyncInteractorClient,
    InteractorClient,
    MessageComplete,
    MessageDelta,
    NotFoundError,
    RetryPolicy,
    StreamGap,
    StreamInterruptedError,
    WorkflowStateChanged,
)
from interactor.models import Room
from interactor.sandbox import Fault, Sandbox, say
from tests.conftest import MakeClient
from tests.scale import scaled

QUICK = RetryPolicy(base=0.001, cap=0.01)
WORDS = " ".join(map(str, range(30)))
STATES: dict[str, Any] = {
    "begin": {
        "type": "action",
        "logic": {"type": "script", "code": "return {...input}"},
        "transitions": [{"target": "ask"}],
    },
    "ask": {
        "type": "halting",
        "presentation": {
            "type": "form",
            "title": "Go on?",
            "fields": [{"name": "go_on", "type": "boolean", "label": "?"}],
        },
        "transitions": [{"target": "done"}],
    },
    "done": {"type": "terminal"},
}
ROUNDS = scaled(20, 4)


def room_of(client: InteractorClient, platform: Sandbox, text: str = WORDS) -> Room:
    bot = client.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.")
    platform.script(bot, [say(text)])
    return client.rooms.create(assistant_id=bot.id)


def stream_fault(room: Room, **what: Any) -> Fault:
    return Fault(path=f"/rooms/{room.id}/stream", **what)


def heard(events: Any, until: int = 1) -> tuple[str, list[object]]:
    """The text of the deltas, and all that is neither delta nor complete, up to the end of so many messages."""
    text, others = "", list[object]()
    for event in events:
        if isinstance(event, MessageDelta):
            text += event.content
        elif not isinstance(event, MessageComplete):
            others.append(event)
        else:
            until -= 1
            if not until:
                break
    return text, others


@pytest.mark.parametrize(
    "fault",
    [
        {"events": 3},
        {"events": 3, "then": "broken"},
        {"events": 3, "then": "silence"},
        {"events": 3, "then": "garbage"},
        {"truncate": 500},
        {"cut": "headers"},
        {"cut": "body"},
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)
def test_a_stream_that_goes_wrong_brings_all_of_it(
    make_client: MakeClient, platform: Sandbox, fault: dict[str, Any]
) -> None:
    client = make_client(retry=QUICK)
    room = room_of(client, platform)
    client.rooms.messages.send(room.id, content="Count!")
    platform.faults.add(stream_fault(room, **fault))

    with client.rooms.stream(room.id, options={"idle_timeout": 0.3}, last_event_id="0") as events:
        text, others = heard(events)

    assert text == WORDS
    assert [event for event in others if isinstance(event, StreamGap)] == []


@pytest.mark.parametrize("before", range(5))
def test_an_event_that_is_lost_for_good_is_told_wherever_it_stood(
    make_client: MakeClient, platform: Sandbox, before: int
) -> None:
    client = make_client(retry=RetryPolicy(max_attempts=1))
    room = room_of(client, platform)
    client.rooms.messages.send(room.id, content="Count!")
    platform.faults.add(stream_fault(room, events=before, then="garbage"))

    with client.rooms.stream(room.id, last_event_id="0") as events:
        _, others = heard(events)

    assert [event for event in others if isinstance(event, StreamGap)] == [StreamGap(str(before), str(before + 2))]


def test_an_event_that_comes_byte_by_byte_is_one_event(client: InteractorClient, platform: Sandbox) -> None:
    room = room_of(client, platform, "one two")
    client.rooms.messages.send(room.id, content="Count!")
    platform.faults.add(stream_fault(room, drip=0.0001))

    with client.rooms.stream(room.id, last_event_id="0") as events:
        assert [event.content for event in events_of(events, 2)] == ["one", " two"]


@pytest.mark.parametrize("status", [401, 429, 503])
def test_a_refusal_on_the_way_back_is_overcome(make_client: MakeClient, platform: Sandbox, status: int) -> None:
    client = make_client(retry=QUICK)
    room = room_of(client, platform)
    platform.faults.add(stream_fault(room, events=3))
    platform.faults.add(stream_fault(room, when_header="Last-Event-ID", status=status, headers={"Retry-After": "0"}))

    with client.rooms.stream(room.id) as events:
        client.rooms.messages.send(room.id, content="Count!", stream=True)

        assert heard(events) == (WORDS, [])
        assert events.reconnects == 1


def test_a_stream_goes_on_in_another_client(make_client: MakeClient, platform: Sandbox) -> None:
    one, other = make_client(), make_client()
    room = room_of(one, platform)

    with one.rooms.stream(room.id) as events:
        one.rooms.messages.send(room.id, content="Count!", stream=True)
        first = next(iter(events))
        place = events.last_event_id
    with other.rooms.stream(room.id, last_event_id=place) as events:
        rest, others = heard(events)

    assert isinstance(first, MessageDelta)
    assert first.content + rest == WORDS
    assert others == []


def test_what_the_platform_no_longer_has_is_reported() -> None:
    with Sandbox(stream_buffer=5) as platform, platform.client("user_1") as client:
        room = room_of(client, platform)
        client.rooms.messages.send(room.id, content="Count!")
        with client.rooms.stream(room.id, last_event_id="1") as events:
            gap, *_ = events_of(events, 2)
            last = events.last_event_id

    assert isinstance(gap, StreamGap)
    assert gap.last_event_id == "1"
    assert gap.next_event_id == last


def events_of(events: Any, count: int) -> list[Any]:
    walk = iter(events)
    return [next(walk) for _ in range(count)]


def test_a_stream_ends_when_its_room_is_deleted(make_client: MakeClient, platform: Sandbox) -> None:
    client = make_client(retry=QUICK)
    room = room_of(client, platform)

    with client.rooms.stream(room.id) as events:
        client.rooms.delete(room.id)

        assert list(events) == []


def test_a_room_that_does_not_exist_cannot_be_followed(client: InteractorClient) -> None:
    with pytest.raises(NotFoundError), client.rooms.stream("room_nobody"):
        pass


def test_a_stream_that_cannot_be_carried_on_says_where_to_go_on(make_client: MakeClient, platform: Sandbox) -> None:
    client = make_client(retry=QUICK)
    room = room_of(client, platform)
    platform.faults.add(stream_fault(room, events=3))
    fault = platform.faults.add(
        stream_fault(room, when_header="Last-Event-ID", status=503, headers={"Retry-After": "0"}, times=None)
    )

    with client.rooms.stream(room.id) as events:
        client.rooms.messages.send(room.id, content="Count!", stream=True)
        with pytest.raises(StreamInterruptedError) as caught:
            list(events)
    platform.faults.remove(fault)

    assert caught.value.last_event_id == "3"
    with client.rooms.stream(room.id, last_event_id=caught.value.last_event_id) as events:
        assert heard(events)[0] == " ".join(["", *map(str, range(3, 30))])


def test_a_workflow_instance_is_followed_across_connections(make_client: MakeClient, platform: Sandbox) -> None:
    client = make_client(retry=QUICK)
    version = client.workflows.create(name="steps", initial_state="begin", states=STATES)
    client.workflows.versions.publish("steps", version.version_id)
    instance = client.workflow_instances.start(workflow_id="steps")
    platform.faults.add(Fault(path=f"/workflow-instances/{instance.id}/stream", events=1, times=2))
    states: list[str] = []

    with client.workflow_instances.stream(instance.id, last_event_id="0") as events:
        client.workflow_instances.input(instance.id, input={"go_on": True})
        for event in events:
            if isinstance(event, WorkflowStateChanged):
                states.append(event.state)
            if states[-1:] == ["done"]:
                break

    assert states == ["begin", "ask", "done"]


def test_a_stream_ends_with_its_workflow_instance(make_client: MakeClient, platform: Sandbox) -> None:
    client = make_client(retry=QUICK)
    version = client.workflows.create(name="steps", initial_state="begin", states=STATES)
    client.workflows.versions.publish("steps", version.version_id)
    instance = client.workflow_instances.start(workflow_id="steps")

    with client.workflow_instances.stream(instance.id, last_event_id="0") as events:
        client.workflow_instances.cancel(instance.id)
        followed = list(events)
        again = events.reconnects
    with client.workflow_instances.stream(instance.id, last_event_id=str(len(followed))) as events:
        behind = list(events)

    assert [event.state for event in followed if isinstance(event, WorkflowStateChanged)] == ["begin", "ask"]
    assert (again, behind) == (0, [])


def test_many_readers_of_a_platform_that_cuts_hear_everything_once(platform: Sandbox, namespace: str) -> None:
    async def read(client: AsyncInteractorClient, room: str) -> tuple[str, list[object]]:
        async with client.rooms.stream(room, last_event_id="0") as events:
            text, others, left = "", list[object](), ROUNDS
            async for event in events:
                if isinstance(event, MessageDelta):
                    text += event.content
                elif not isinstance(event, MessageComplete):
                    others.append(event)
                else:
                    left -= 1
                    if not left:
                        return text, others
            raise AssertionError("the stream ended")

    async def main() -> list[tuple[str, list[object]]]:
        async with platform.async_client(namespace, retry=QUICK) as client:
            return await asyncio.gather(*(read(client, room.id) for _ in range(10)))

    with platform.client(namespace) as client:
        room = room_of(client, platform)
        for _ in range(ROUNDS):
            client.rooms.messages.send(room.id, content="Count!")
    fault = platform.faults.add(stream_fault(room, events=17, times=None))
    found = asyncio.run(main())
    platform.faults.remove(fault)

    assert found == [(WORDS * ROUNDS, [])] * 10


def test_closing_ends_a_loop_that_waits_in_another_thread(platform: Sandbox, namespace: str) -> None:
    with platform.client(namespace) as client, client.rooms.stream(room_of(client, platform).id) as events:
        thread = threading.Thread(target=lambda: list(events))
        thread.start()
        events.close()
        thread.join(10)

        assert not thread.is_alive()


def test_a_stream_in_process_ends_when_it_is_closed_elsewhere() -> None:
    with Sandbox() as platform:
        client = platform.client("user_1", in_process=True)
        with client.rooms.stream(room_of(client, platform).id) as events:
            thread = threading.Thread(target=lambda: list(events))
            thread.start()
            events.close()
            thread.join(10)

            assert not thread.is_alive()
