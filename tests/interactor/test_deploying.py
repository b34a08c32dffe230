"""Making a definition the published one."""

from __future__ import annotations

import asyncio
import copy
from concurrent.futures import ThreadPoolExecutor

import pytest

from interactor import ConflictError, InteractorClient
from interactor.sandbox import Fault, Sandbox
from interactor.workflows import DefinitionError
from interactor.workflows._deployment import Deployment

from .workflow_definitions import purchase


def test_a_new_definition_is_created_and_published(client: InteractorClient) -> None:
    deployment = client.workflows.deploy(purchase())

    assert deployment.status == "created"
    assert client.workflows.get("purchase").published_version_id == deployment.version_id


def test_the_published_definition_is_left_alone(client: InteractorClient, platform: Sandbox) -> None:
    first = client.workflows.deploy(purchase())
    platform.journal.clear()

    second = client.workflows.deploy(purchase())

    assert (second.unchanged, second.version_id) == (True, first.version_id)
    assert [entry.method for entry in platform.journal.entries()] == ["GET"]


def test_a_draft_of_it_is_published(client: InteractorClient) -> None:
    draft = client.workflows.create(**purchase())

    deployment = client.workflows.deploy(purchase())

    assert (deployment.status, deployment.version_id) == ("published", draft.version_id)


def test_a_changed_definition_gets_a_version_of_its_own(client: InteractorClient) -> None:
    first = client.workflows.deploy(purchase())
    changed = copy.deepcopy(purchase())
    changed["states"]["review"]["presentation"]["title"] = "Well?"

    second = client.workflows.deploy(changed)

    assert second.status == "created"
    assert second.version_id != first.version_id


def test_a_faulty_definition_is_not_sent(client: InteractorClient, platform: Sandbox) -> None:
    faulty = purchase()
    faulty["states"]["submit"]["transitions"][1]["target"] = "nowhere"
    platform.journal.clear()

    with pytest.raises(DefinitionError, match=r"states\.submit\.transitions\[1\]\.target") as caught:
        client.workflows.deploy(faulty)

    assert [fault.path for fault in caught.value.faults] == ["states.submit.transitions[1].target"]
    assert platform.journal.entries() == []


def test_many_threads_may_deploy_at_the_same_time(platform: Sandbox, namespace: str) -> None:
    def deploy(_: int) -> Deployment:
        with platform.client(namespace) as client:
            return client.workflows.deploy(purchase())

    with ThreadPoolExecutor(6) as pool:
        deployments = list(pool.map(deploy, range(6)))

    assert len({deployment.version_id for deployment in deployments}) == 1


async def deploy_at_once(platform: Sandbox, namespace: str) -> list[Deployment]:
    async with platform.async_client(namespace) as client:
        return await asyncio.gather(*(client.workflows.deploy(purchase()) for _ in range(6)))


def test_many_tasks_may_deploy_at_the_same_time(platform: Sandbox, namespace: str) -> None:
    deployments = asyncio.run(deploy_at_once(platform, namespace))

    assert len({deployment.version_id for deployment in deployments}) == 1


def test_a_name_that_stays_taken_is_told(client: InteractorClient, platform: Sandbox) -> None:
    error = {"code": "workflow_exists", "message": "Taken"}
    number = platform.faults.add(Fault(operation="workflows.create", status=409, body={"error": error}, times=None))
    platform.journal.clear()

    with pytest.raises(ConflictError, match="workflow_exists"):
        client.workflows.deploy(purchase())

    platform.faults.remove(number)
    assert len(platform.journal.entries(operation="workflows.create")) == 3
