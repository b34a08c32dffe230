"""Making a definition the published one."""

from __future__ import annotations

import copy

import pytest

from interactor import InteractorClient
from interactor.sandbox import Sandbox
from interactor.workflows import DefinitionError

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
