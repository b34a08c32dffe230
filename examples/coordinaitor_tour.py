"""A tour of the CoordinAItor SDK in both colours: `python examples/coordinaitor_tour.py [sync|async]`.

Needs COORDINAITOR_BASE_URL, COORDINAITOR_EMAIL and COORDINAITOR_PASSWORD (`coordinaitor sandbox` prints all three). The
two functions below are the same text but for `async` and `await`.
"""

from __future__ import annotations

import asyncio
import sys

from coordinaitor import AsyncOrchestratorClient, ConflictError, NotFoundError, OrchestratorClient, ValidationError


def say(step: str, result: object) -> None:
    print(f"  {step:<44} {result}")


def tour(client: OrchestratorClient) -> None:
    me = client.users.me.get()
    say("logged in as", f"{me.name}, {me.role}")

    project = client.projects.create(name="Web shop", tags=["shop"])
    agent = client.agents.create(name="React developer", type="coding", model="gpt-4", provider="openai")
    task = client.tasks.create(title="Build user registration", priority="high", project_id=project.id)
    say("created a task", f"{task.id}, {task.status}, {task.created_at:%Y-%m-%d %H:%M}")
    say("gave it to an agent", client.tasks.assign(task.id, agent_id=agent.id).agent_id)
    client.tasks.comment(task.id, content="Please begin today.", mentions=[me.id])
    file = client.tasks.upload_file(task.id, ("wishes.txt", b"A form with two fields.", "text/plain"))
    say("uploaded a file", f"{file.name}, {file.size} bytes")

    with client.tasks.watch(task.id) as updates:
        for update in updates:
            say(f"watched it: {update.type}", f"{update.status}, {update.progress or 0:.0%}")
    whole = client.tasks.get(task.id, include=["history", "metrics"])
    say("asked for its history", f"{len(whole.history or [])} entries")
    say("looked at the project", f"{client.projects.get(project.id).progress or 0:.0%} done")

    for number in range(1, 46):
        client.tasks.create(title=f"Task {number}", tags=["counted"])
    page = client.tasks.list(tags=["counted"], limit=20).first_page()
    say("listed the first page of tasks", page)
    say("walked every page", f"{sum(1 for _ in client.tasks.list(tags=['counted'], limit=20))} tasks")

    try:
        client.tasks.update(task.id, status="active")
    except ConflictError as error:
        say("tried to begin it anew", error)
    try:
        client.tasks.create(title="")
    except ValidationError as error:
        say("sent a title that is too short", error.details)
    try:
        client.tasks.get("task-nobody")
    except NotFoundError as error:
        say("asked for what is not there", error)


async def atour(client: AsyncOrchestratorClient) -> None:
    me = await client.users.me.get()
    say("logged in as", f"{me.name}, {me.role}")

    project = await client.projects.create(name="Web shop", tags=["shop"])
    agent = await client.agents.create(name="React developer", type="coding", model="gpt-4", provider="openai")
    task = await client.tasks.create(title="Build user registration", priority="high", project_id=project.id)
    say("created a task", f"{task.id}, {task.status}, {task.created_at:%Y-%m-%d %H:%M}")
    say("gave it to an agent", (await client.tasks.assign(task.id, agent_id=agent.id)).agent_id)
    await client.tasks.comment(task.id, content="Please begin today.", mentions=[me.id])
    file = await client.tasks.upload_file(task.id, ("wishes.txt", b"A form with two fields.", "text/plain"))
    say("uploaded a file", f"{file.name}, {file.size} bytes")

    async with client.tasks.watch(task.id) as updates:
        async for update in updates:
            say(f"watched it: {update.type}", f"{update.status}, {update.progress or 0:.0%}")
    whole = await client.tasks.get(task.id, include=["history", "metrics"])
    say("asked for its history", f"{len(whole.history or [])} entries")
    say("looked at the project", f"{(await client.projects.get(project.id)).progress or 0:.0%} done")

    await asyncio.gather(
        *(client.tasks.create(title=f"Task {number}", tags=["counted_async"]) for number in range(1, 46))
    )
    page = await client.tasks.list(tags=["counted_async"], limit=20).first_page()
    say("listed the first page of tasks", page)
    counted = [task.id async for task in client.tasks.list(tags=["counted_async"], limit=20)]
    say("walked every page", f"{len(counted)} tasks")

    try:
        await client.tasks.update(task.id, status="active")
    except ConflictError as error:
        say("tried to begin it anew", error)
    try:
        await client.tasks.create(title="")
    except ValidationError as error:
        say("sent a title that is too short", error.details)
    try:
        await client.tasks.get("task-nobody")
    except NotFoundError as error:
        say("asked for what is not there", error)


async def async_main() -> None:
    async with AsyncOrchestratorClient() as client:
        await atour(client)


def main(colour: str) -> None:
    print(f"\nThe tour, {colour}:")
    if colour == "async":
        asyncio.run(async_main())
        return
    with OrchestratorClient() as client:
        tour(client)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "sync")
