"""Waiting for workflow instances, answering them, running them to their end."""

from __future__ import annotations

import threading
import time

import pytest

from interactor import (
    ConcurrentModificationError,
    InteractorClient,
    InvalidInputError,
    InvalidRequestError,
    WorkflowCancelledError,
    WorkflowTimeoutError,
)
from interactor.models import Instance
from interactor.sandbox import Fault, Sandbox

from .workflow_definitions import purchase


@pytest.fixture
def halted(client: InteractorClient) -> Instance:
    """An instance that waits for a person."""
    client.workflows.deploy(purchase())
    started = client.workflows.instances.create("purchase", input={"amount": 5000})
    return client.workflows.instances.wait(started.id, until={"halted"}, timeout=20)


@pytest.fixture
def other(platform: Sandbox, namespace: str) -> InteractorClient:
    """Somebody else in the same namespace."""
    return platform.client(namespace)


def test_a_halted_instance_is_waited_for(halted: Instance) -> None:
    assert (halted.status, halted.current_state) == ("halted", "review")


def test_waiting_ends_when_somebody_resumes(
    client: InteractorClient, other: InteractorClient, halted: Instance
) -> None:
    resume = threading.Timer(0.2, lambda: other.workflows.instances.resume(halted.id, input={"approved": True}))
    resume.start()

    done = client.workflows.instances.wait(halted.id, until={"completed"}, timeout=20)

    resume.join()
    assert done.current_state == "approved"


def test_waiting_goes_on_without_a_stream(
    client: InteractorClient, platform: Sandbox, other: InteractorClient, halted: Instance
) -> None:
    fault = platform.faults.add(Fault(operation="workflow_instances.stream", status=403))
    resume = threading.Timer(0.2, lambda: other.workflows.instances.resume(halted.id, input={"approved": False}))
    resume.start()

    done = client.workflows.instances.wait(halted.id, until={"completed"}, timeout=20)

    resume.join()
    platform.faults.remove(fault)
    assert done.current_state == "rejected"


def test_waiting_has_an_end(client: InteractorClient, halted: Instance) -> None:
    began = time.monotonic()

    with pytest.raises(WorkflowTimeoutError, match=r"halted in review after 0\.3 seconds") as caught:
        client.workflows.instances.wait(halted.id, until={"completed"}, timeout=0.3)

    assert time.monotonic() - began < 10
    assert caught.value.instance.status == "halted"


def test_a_cancelled_instance_ends_the_waiting(client: InteractorClient, halted: Instance) -> None:
    client.workflows.instances.cancel(halted.id)

    with pytest.raises(WorkflowCancelledError, match="cancelled in review"):
        client.workflows.instances.wait(halted.id, until={"completed"})


def test_a_status_that_does_not_exist_is_refused(client: InteractorClient) -> None:
    with pytest.raises(InvalidRequestError, match="until is some of cancelled, completed"):
        client.workflows.instances.wait("inst_1", until={"done"})


def test_a_run_is_seen_through_to_its_end(client: InteractorClient) -> None:
    client.workflows.deploy(purchase())
    asked: list[str | None] = []

    def decide(instance: Instance) -> dict[str, bool]:
        asked.append(instance.current_state)
        return {"approved": True}

    done = client.workflows.instances.run("purchase", {"amount": 5000}, on_halt=decide, timeout=20)

    assert (done.status, done.current_state, asked) == ("completed", "approved", ["review"])


def test_a_run_may_be_left_halted(client: InteractorClient) -> None:
    client.workflows.deploy(purchase())

    left = client.workflows.instances.run("purchase", {"amount": 5000}, on_halt=lambda _: None, timeout=20)

    assert left.status == "halted"


def test_an_input_that_does_not_fit_is_not_sent(client: InteractorClient, platform: Sandbox, halted: Instance) -> None:
    platform.journal.clear()

    with pytest.raises(InvalidInputError, match="does not fit review: approved is required") as caught:
        client.workflows.instances.resume(halted.id, input={"limit": 0})

    assert caught.value.fields == {"approved": "is required", "limit": "is at least 1, not 0"}
    assert platform.journal.entries(operation="workflows.instances.resume") == []


def test_the_platform_may_be_left_to_judge_an_input(client: InteractorClient, halted: Instance) -> None:
    resumed = client.workflows.instances.resume(halted.id, input={"limit": 0}, check=False)

    assert client.workflows.instances.wait(resumed.id, timeout=20).current_state == "rejected"


def test_who_resumes_too_late_is_told_both_states(
    client: InteractorClient, platform: Sandbox, halted: Instance
) -> None:
    details = {"current_state": "approved", "expected_state": "review"}
    error = {"code": "concurrent_modification", "message": "Too late", "details": details}
    fault = Fault(operation="workflows.instances.resume", status=409, body={"error": error})
    number = platform.faults.add(fault)

    with pytest.raises(ConcurrentModificationError) as caught:
        client.workflows.instances.resume(halted.id, input={"approved": True})

    platform.faults.remove(number)
    assert (caught.value.current_state, caught.value.expected_state) == ("approved", "review")
    assert caught.value.code == "concurrent_modification"
