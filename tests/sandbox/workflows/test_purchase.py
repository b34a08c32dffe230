"""The purchase approval of the guide, in both colours. Source: Interactor workflows guide, Test Scenarios."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from interactor.sandbox import Sandbox
from tests.scale import scaled

from .making import PURCHASE

SCENARIOS: dict[str, tuple[int, list[bool], list[str], str]] = {
    "auto-approve": (500, [], ["submit", "auto_approved"], "approved"),
    "manager only": (5000, [True], ["submit", "manager_approval", "approved"], "approved"),
    "VP required": (15000, [True, True], ["submit", "manager_approval", "vp_approval", "approved"], "approved"),
    "rejected": (5000, [False], ["submit", "manager_approval", "rejected"], "rejected"),
}
PARAMETERS = pytest.mark.parametrize(("amount", "answers", "path", "status"), SCENARIOS.values(), ids=SCENARIOS.keys())


@PARAMETERS
def test_a_scenario_takes_its_path(
    sandbox: Sandbox, amount: int, answers: list[bool], path: list[str], status: str
) -> None:
    client = sandbox.client(namespace="user_1")
    version = client.workflows.create(**PURCHASE)
    client.workflows.versions.publish(PURCHASE["name"], version.version_id)

    instance = client.workflows.instances.create(PURCHASE["name"], input={"amount": amount, "requester": "ada"})
    for approved in answers:
        assert instance.status == "halted"
        instance = client.workflows.instances.resume(instance.id, input={"approved": approved})

    whole = client.workflows.instances.get(instance.id)
    assert (whole.status, whole.current_state) == ("completed", "complete")
    assert (whole.workflow_data or {})["status"] == status
    assert [stay.state for stay in whole.history or ()] == [*path, "notify_requester", "complete"]


@PARAMETERS
def test_a_scenario_takes_its_path_asynchronously(
    sandbox: Sandbox, amount: int, answers: list[bool], path: list[str], status: str
) -> None:
    async def run() -> Any:
        async with sandbox.async_client(namespace="user_1") as client:
            version = await client.workflows.create(**PURCHASE)
            await client.workflows.versions.publish(PURCHASE["name"], version.version_id)
            instance = await client.workflows.instances.create(
                PURCHASE["name"], input={"amount": amount, "requester": "ada"}
            )
            for approved in answers:
                instance = await client.workflows.instances.resume(instance.id, input={"approved": approved})
            return await client.workflows.instances.get(instance.id)

    whole = asyncio.run(run())

    assert (whole.status, whole.current_state, whole.workflow_data["status"]) == ("completed", "complete", status)
    assert [stay.state for stay in whole.history] == [*path, "notify_requester", "complete"]


@pytest.mark.proof
def test_many_instances_run_from_start_to_end(sandbox: Sandbox, record_property: Any) -> None:
    count, at_once = scaled(1000, 24), asyncio.Semaphore(16)
    given = [list(SCENARIOS.values())[number % 4] for number in range(count)]

    async def one(client: Any, amount: int, answers: list[bool]) -> str:
        async with at_once:
            instance = await client.workflows.instances.create(PURCHASE["name"], input={"amount": amount})
            for approved in answers:
                instance = await client.workflows.instances.resume(instance.id, input={"approved": approved})
            return f"{instance.status} in {instance.current_state}"

    async def run() -> list[str]:
        async with sandbox.async_client(namespace="user_1") as client:
            version = await client.workflows.create(**PURCHASE)
            await client.workflows.versions.publish(PURCHASE["name"], version.version_id)
            return list(await asyncio.gather(*(one(client, amount, answers) for amount, answers, _, _ in given)))

    began = time.perf_counter()
    ended = asyncio.run(run())
    took = time.perf_counter() - began

    record_property(
        "figures",
        f"workflows: {count} purchase instances from start to end in {took:.1f} s: {count / took:.0f} a second",
    )
    assert set(ended) == {"completed in complete"}
