"""A tour of the SDK in both colours: `python examples/tour.py [sync|async]`.

Needs INTERACTOR_CLIENT_ID and INTERACTOR_CLIENT_SECRET, and for a sandbox its two URLs (`interactor sandbox` prints all
four). The two functions below are the same text but for `async` and `await`.
"""

from __future__ import annotations

import asyncio
import sys

from interactor import AsyncInteractorClient, InteractorClient, MessageComplete, NotFoundError, ValidationError


def say(step: str, result: object) -> None:
    print(f"  {step:<44} {result}")


def tour(client: InteractorClient) -> None:
    acme = client.for_namespace("org_acme")

    bot = acme.assistants.create(name="Support", model="gpt-4", system_prompt="You answer in one sentence.")
    say("created an assistant", f"{bot.id}, {bot.created_at:%Y-%m-%d %H:%M}")
    say("  the reply's request id and attempts", f"{bot.response_meta.request_id}, {bot.response_meta.attempts}")

    room = acme.rooms.create(assistant_id=bot.id, metadata={"topic": "orders"})
    answer = acme.rooms.messages.send(room.id, content="Where is my order?")
    say("asked it a question; it said", answer.content)
    with acme.rooms.stream(room.id) as events:
        acme.rooms.messages.send(room.id, content="And where is my refund?", stream=True)
        event = next(event for event in events if isinstance(event, MessageComplete))
    say("asked again; the event stream brought", event.message.content)

    for number in range(1, 46):
        acme.assistants.create(name=f"Bot {number}", model="gpt-4", system_prompt="Count.")
    page = acme.assistants.list(per_page=20).first_page()
    say("listed the first page of assistants", page)
    say("walked every page", f"{sum(1 for _ in acme.assistants.list(per_page=20))} assistants")

    key = "order_123_bot"
    once = acme.assistants.create(name="Once", model="gpt-4", system_prompt="Hi.", idempotency_key=key)
    again = acme.assistants.create(name="Once", model="gpt-4", system_prompt="Hi.", idempotency_key=key)
    say("sent one create twice with one key", f"same object: {once.id == again.id}")

    try:
        acme.assistants.get("asst_nobody")
    except NotFoundError as error:
        say("asked for what is not there", error)
    try:
        acme.assistants.create(name="", model="gpt-4", system_prompt="Hi.")
    except ValidationError as error:
        say("sent a name that is too short", error.details)

    rest = client.for_namespace("org_other").assistants.list().first_page()
    say("looked from another namespace", f"{rest.total} assistants")


async def atour(client: AsyncInteractorClient) -> None:
    acme = client.for_namespace("org_acme_async")

    bot = await acme.assistants.create(name="Support", model="gpt-4", system_prompt="You answer in one sentence.")
    say("created an assistant", f"{bot.id}, {bot.created_at:%Y-%m-%d %H:%M}")
    say("  the reply's request id and attempts", f"{bot.response_meta.request_id}, {bot.response_meta.attempts}")

    room = await acme.rooms.create(assistant_id=bot.id, metadata={"topic": "orders"})
    answer = await acme.rooms.messages.send(room.id, content="Where is my order?")
    say("asked it a question; it said", answer.content)
    async with acme.rooms.stream(room.id) as events:
        await acme.rooms.messages.send(room.id, content="And where is my refund?", stream=True)
        event = await anext(event async for event in events if isinstance(event, MessageComplete))
    say("asked again; the event stream brought", event.message.content)

    await asyncio.gather(
        *(
            acme.assistants.create(name=f"Bot {number}", model="gpt-4", system_prompt="Count.")
            for number in range(1, 46)
        )
    )
    page = await acme.assistants.list(per_page=20).first_page()
    say("listed the first page of assistants", page)
    say("walked every page", f"{len([a async for a in acme.assistants.list(per_page=20)])} assistants")

    key = "order_123_bot"
    once = await acme.assistants.create(name="Once", model="gpt-4", system_prompt="Hi.", idempotency_key=key)
    again = await acme.assistants.create(name="Once", model="gpt-4", system_prompt="Hi.", idempotency_key=key)
    say("sent one create twice with one key", f"same object: {once.id == again.id}")

    try:
        await acme.assistants.get("asst_nobody")
    except NotFoundError as error:
        say("asked for what is not there", error)
    try:
        await acme.assistants.create(name="", model="gpt-4", system_prompt="Hi.")
    except ValidationError as error:
        say("sent a name that is too short", error.details)

    rest = await client.for_namespace("org_other").assistants.list().first_page()
    say("looked from another namespace", f"{rest.total} assistants")


async def async_main() -> None:
    async with AsyncInteractorClient() as client:
        await atour(client)


def main(colour: str) -> None:
    print(f"\nThe tour, {colour}:")
    if colour == "async":
        asyncio.run(async_main())
        return
    with InteractorClient() as client:
        tour(client)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "sync")
