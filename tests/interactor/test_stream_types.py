"""What streams yield, told apart to the last kind: mypy and pyright read this too, and miss no `case` and no class."""

from __future__ import annotations

import asyncio
from typing import assert_never

from interactor import (
    AsyncInteractorClient,
    InteractorClient,
    MessageComplete,
    MessageDelta,
    StreamError,
    StreamGap,
    ToolCallComplete,
    ToolCallStart,
    UnknownEvent,
    WorkflowHalted,
    WorkflowStateChanged,
)
from interactor.models import StreamEvent
from interactor.sandbox import Sandbox, say


def told(event: StreamEvent | UnknownEvent | StreamGap) -> str:
    match event:
        case MessageDelta() | MessageComplete():
            return "message"
        case ToolCallStart() | ToolCallComplete():
            return "tool"
        case WorkflowStateChanged() | WorkflowHalted():
            return "workflow"
        case StreamError():
            return "error"
        case UnknownEvent():
            return "unknown"
        case StreamGap():
            return "gap"
        case _:
            assert_never(event)


def first_of_room(client: InteractorClient, room_id: str) -> str:
    with client.rooms.stream(room_id, last_event_id="0") as events:
        return told(next(iter(events)))


async def first_of_room_in_async(client: AsyncInteractorClient, room_id: str) -> str:
    async with client.rooms.stream(room_id, last_event_id="0") as events:
        return told(await anext(aiter(events)))


def first_of_instance(client: InteractorClient, instance_id: str) -> str:
    with client.workflow_instances.stream(instance_id, last_event_id="0") as events:
        return told(next(iter(events)))


async def first_of_instance_in_async(client: AsyncInteractorClient, instance_id: str) -> str:
    async with client.workflow_instances.stream(instance_id, last_event_id="0") as events:
        return told(await anext(aiter(events)))


def room_of(client: InteractorClient, platform: Sandbox) -> str:
    bot = client.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.")
    platform.script(bot, [say("Hello, dear friend.")])
    return client.rooms.create(assistant_id=bot.id).id


def instance_of(client: InteractorClient) -> str:
    version = client.workflows.create(name="steps", initial_state="done", states={"done": {"type": "terminal"}})
    client.workflows.versions.publish("steps", version.version_id)
    return client.workflow_instances.start(workflow_id="steps").id


def test_each_event_is_of_a_kind_that_its_type_names(platform: Sandbox, namespace: str) -> None:
    with platform.client(namespace) as client:
        room_id, instance_id = room_of(client, platform), instance_of(client)

        assert {told(event) for event in client.rooms.chat(room_id, "Hi")} == {"message"}
        assert first_of_room(client, room_id) == "message"
        assert first_of_instance(client, instance_id) == "workflow"


def test_each_event_is_of_a_kind_that_its_type_names_in_async(platform: Sandbox, namespace: str) -> None:
    async def main(room_id: str, instance_id: str) -> None:
        async with platform.async_client(namespace) as client:
            assert {told(event) async for event in client.rooms.chat(room_id, "Hi")} == {"message"}
            assert await first_of_room_in_async(client, room_id) == "message"
            assert await first_of_instance_in_async(client, instance_id) == "workflow"

    with platform.client(namespace) as client:
        asyncio.run(main(room_of(client, platform), instance_of(client)))
