"""Waiting for workflow instances, answering them, running them to their end."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from interactor import (
    BadRequestError,
    ConcurrentModificationError,
    DeadlineExceededError,
    InteractorClient,
    InvalidInputError,
    InvalidRequestError,
    RetryPolicy,
    ServerError,
    WorkflowCancelledError,
    WorkflowFailedError,
    WorkflowTimeoutError,
)
from interactor.models import Instance
from interactor.sandbox import Fault, Sandbox
from interactor.workflows import Definition
from tests.conftest import MakeClient

from .workflow_definitions import purchase, side_by_side


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


def test_waiting_ends_when_somebody_cancels(
    client: InteractorClient, platform: Sandbox, other: InteractorClient, halted: Instance
) -> None:
    platform.journal.clear()
    times: list[float] = []

    def cancel() -> None:
        times.append(time.monotonic())
        other.workflows.instances.cancel(halted.id)

    cancelling = threading.Timer(0.3, cancel)
    cancelling.start()
    with pytest.raises(WorkflowCancelledError, match="cancelled in review"):
        client.workflows.instances.wait(halted.id, until={"completed"}, timeout=60)
    times.append(time.monotonic())

    cancelling.join()
    assert times[1] - times[0] < 1.5
    assert len(platform.journal.entries(operation="workflow_instances.stream")) == 2


def test_waiting_ends_when_the_last_state_is_done_with(client: InteractorClient, other: InteractorClient) -> None:
    # It is entered, of which an event tells, long before the instance is completed, of which none does.
    busy = {"type": "script", "code": "const until = Date.now() + 700; while (Date.now() < until);"}
    client.workflows.deploy(Definition("late").halting("wait").to("last").terminal("last", on_enter=busy))
    started = client.workflows.instances.create("late")
    resume = threading.Timer(0.3, lambda: other.workflows.instances.resume(started.id, input={}))
    resume.start()
    began = time.monotonic()

    done = client.workflows.instances.wait(started.id, until={"completed"}, timeout=60)

    resume.join()
    assert done.status == "completed"
    assert time.monotonic() - began < 5


def test_a_status_that_does_not_exist_is_refused(client: InteractorClient) -> None:
    with pytest.raises(InvalidRequestError, match="until is some of cancelled, completed"):
        client.workflows.instances.wait("inst_1", until={"done"})


@pytest.mark.parametrize("until", [5, None, [["halted"]], [1, "halted"], []])
def test_what_is_no_status_is_refused(client: InteractorClient, until: Any) -> None:
    with pytest.raises(InvalidRequestError, match="until is some of cancelled, completed"):
        client.workflows.instances.wait("inst_1", until=until)


@pytest.mark.parametrize("timeout", ["5", float("nan"), True])
def test_a_time_that_is_no_number_is_refused(client: InteractorClient, platform: Sandbox, timeout: Any) -> None:
    platform.journal.clear()

    with pytest.raises(InvalidRequestError, match="timeout is a number of seconds, or None for no limit, not"):
        client.workflows.instances.wait("inst_1", timeout=timeout)
    with pytest.raises(InvalidRequestError, match="timeout is a number of seconds"):
        client.workflows.instances.run("purchase", on_halt=lambda _: None, timeout=timeout)

    assert platform.journal.entries() == []


SLOW: dict[str, Any] = {"delay": 20, "times": None}
BUSY: dict[str, Any] = {"status": 503, "headers": {"Retry-After": "9"}, "times": None}


@pytest.mark.parametrize("what", [SLOW, BUSY])
def test_a_platform_that_does_not_answer_makes_no_waiting_longer(
    client: InteractorClient, platform: Sandbox, halted: Instance, what: dict[str, Any]
) -> None:
    # Once the instance is seen, and without the stream, which would hide how long a look takes.
    platform.faults.add(Fault(operation="workflow_instances.stream", status=403))
    fault = Fault(operation="workflows.instances.get", **what)
    failing = threading.Timer(0.4, lambda: platform.faults.add(fault))
    failing.start()
    began = time.monotonic()

    with pytest.raises(WorkflowTimeoutError, match="halted in review after 1 seconds") as caught:
        client.workflows.instances.wait(halted.id, until={"completed"}, timeout=1)

    failing.join()
    platform.faults.clear()
    assert time.monotonic() - began < 4
    assert caught.value.instance == halted


def test_an_instance_that_is_not_seen_in_time_has_no_state_to_tell(
    client: InteractorClient, platform: Sandbox, halted: Instance
) -> None:
    number = platform.faults.add(Fault(operation="workflows.instances.get", **SLOW))

    with pytest.raises(DeadlineExceededError):
        client.workflows.instances.wait(halted.id, timeout=0.2)

    platform.faults.remove(number)


def test_a_deadline_of_the_callers_holds_for_each_look(
    client: InteractorClient, platform: Sandbox, halted: Instance
) -> None:
    number = platform.faults.add(Fault(operation="workflows.instances.get", **SLOW))
    began = time.monotonic()

    with pytest.raises(DeadlineExceededError):
        client.workflows.instances.wait(halted.id, timeout=15, options={"deadline": 0.3})

    platform.faults.remove(number)
    assert time.monotonic() - began < 5


def test_a_run_in_which_somebody_else_answers_goes_on(client: InteractorClient, other: InteractorClient) -> None:
    client.workflows.deploy(purchase())

    def too_late(instance: Instance) -> dict[str, bool]:
        other.workflows.instances.resume(instance.id, input={"approved": False})
        other.workflows.instances.wait(instance.id, timeout=20)
        return {"approved": True}

    done = client.workflows.instances.run("purchase", {"amount": 5000}, on_halt=too_late, timeout=20)

    assert (done.status, done.current_state) == ("completed", "rejected")


def test_a_platform_that_shows_a_halt_and_denies_it_is_not_asked_for_ever(
    client: InteractorClient, platform: Sandbox
) -> None:
    client.workflows.deploy(purchase())
    error = {"code": "instance_not_halted", "message": "Running"}
    number = platform.faults.add(
        Fault(operation="workflows.instances.resume", status=400, body={"error": error}, times=None)
    )

    with pytest.raises(BadRequestError, match="instance_not_halted"):
        client.workflows.instances.run("purchase", {"amount": 5000}, on_halt=lambda _: {"approved": True}, timeout=20)

    platform.faults.remove(number)


def test_a_resume_that_takes_too_long_ends_a_run(client: InteractorClient, platform: Sandbox) -> None:
    client.workflows.deploy(purchase())
    number = platform.faults.add(Fault(operation="workflows.instances.resume", **SLOW))

    with pytest.raises(WorkflowTimeoutError, match="halted in review after 2 seconds"):
        client.workflows.instances.run("purchase", {"amount": 5000}, on_halt=lambda _: {"approved": True}, timeout=2)

    platform.faults.remove(number)


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


@pytest.mark.parametrize("answer", [5, [], "yes"])
def test_an_answer_that_is_no_input_is_not_sent(client: InteractorClient, answer: Any) -> None:
    client.workflows.deploy(purchase())

    with pytest.raises(InvalidInputError, match=f"maps field names to answers; {type(answer).__name__} does not"):
        client.workflows.instances.run("purchase", {"amount": 5000}, on_halt=lambda _: answer, timeout=20)


def test_the_platform_may_be_left_to_judge_an_input(client: InteractorClient, halted: Instance) -> None:
    resumed = client.workflows.instances.resume(halted.id, input={"limit": 0}, check=False)

    assert client.workflows.instances.wait(resumed.id, timeout=20).current_state == "rejected"


@pytest.mark.parametrize("fault", [{"status": 403}, {"status": 500}, {"status": 200, "body": {"data": []}}])
def test_an_input_that_cannot_be_checked_is_for_the_platform_to_judge(
    make_client: MakeClient, platform: Sandbox, halted: Instance, fault: dict[str, Any]
) -> None:
    client = make_client(retry=RetryPolicy(max_attempts=1))
    number = platform.faults.add(Fault(operation="workflows.instances.get", **fault))

    resumed = client.workflows.instances.resume(halted.id, input={"approved": True})

    platform.faults.remove(number)
    assert resumed.id == halted.id


def test_a_resume_with_a_key_of_the_callers_can_be_repeated(
    client: InteractorClient, platform: Sandbox, halted: Instance
) -> None:
    first = client.workflows.instances.resume(halted.id, input={"limit": 0}, idempotency_key="job-7")
    client.workflows.instances.wait(halted.id, timeout=20)

    again = client.workflows.instances.resume(halted.id, input={"limit": 0}, idempotency_key="job-7")

    assert again == first


def test_a_deadline_holds_for_the_check_of_an_input_too(
    client: InteractorClient, platform: Sandbox, halted: Instance
) -> None:
    slow = [
        platform.faults.add(Fault(operation=f"workflows.instances.{each}", delay=0.6)) for each in ("get", "resume")
    ]
    began = time.monotonic()

    with pytest.raises(DeadlineExceededError):
        client.workflows.instances.resume(halted.id, input={"approved": True}, options={"deadline": 0.8})

    for each in slow:
        platform.faults.remove(each)
    assert time.monotonic() - began < 1.15


@pytest.mark.parametrize("code", ["concurrent_modification", "CONCURRENT_MODIFICATION"])
def test_who_resumes_too_late_is_told_both_states(
    client: InteractorClient, platform: Sandbox, halted: Instance, code: str
) -> None:
    details = {"current_state": "approved", "expected_state": "review"}
    error = {"code": code, "message": "Too late", "details": details}
    fault = Fault(operation="workflows.instances.resume", status=409, body={"error": error})
    number = platform.faults.add(fault)

    with pytest.raises(ConcurrentModificationError) as caught:
        client.workflows.instances.resume(halted.id, input={"approved": True})

    platform.faults.remove(number)
    assert (caught.value.current_state, caught.value.expected_state) == ("approved", "review")
    assert caught.value.code == code


def test_a_platform_that_shows_no_stream_is_asked_no_second_time(
    client: InteractorClient, platform: Sandbox, halted: Instance
) -> None:
    fault = platform.faults.add(Fault(operation="workflow_instances.stream", status=403))
    platform.journal.clear()

    with pytest.raises(WorkflowTimeoutError):
        client.workflows.instances.wait(halted.id, until={"completed"}, timeout=0.6)

    platform.faults.remove(fault)
    assert len(platform.journal.entries(operation="workflow_instances.stream")) == 1
    assert len(platform.journal.entries(operation="workflows.instances.get")) < 10


def test_waiting_stays_on_one_stream(
    client: InteractorClient, platform: Sandbox, other: InteractorClient, namespace: str
) -> None:
    client.workflows.deploy(side_by_side())
    instance = client.workflows.instances.create("side_by_side")
    platform.journal.clear()

    def answer() -> None:
        for name in ("thread_finance", "thread_legal"):
            other.workflows.instances.threads.resume(instance.id, name, input={"agreed": True})

    answering = threading.Timer(0.2, answer)
    answering.start()
    done = client.workflows.instances.wait(instance.id, until={"completed"}, timeout=20)

    answering.join()
    assert done.status == "completed"
    assert len(platform.journal.entries(operation="workflow_instances.stream")) == 1


def test_an_instance_whose_threads_wait_for_people_is_not_waited_for(client: InteractorClient) -> None:
    client.workflows.deploy(side_by_side())
    instance = client.workflows.instances.create("side_by_side")

    found = client.workflows.instances.wait(instance.id, timeout=20)

    assert found.status == "running"
    assert {thread.id for thread in found.threads or () if thread.status == "halted"} == {
        "thread_finance",
        "thread_legal",
    }


def test_a_run_answers_its_threads_too(client: InteractorClient) -> None:
    client.workflows.deploy(side_by_side())
    asked: list[tuple[str | None, str]] = []

    def decide(instance: Instance) -> dict[str, bool]:
        asked.append((instance.current_state, type(instance.halting_presentation).__name__))
        return {"agreed": True}

    done = client.workflows.instances.run("side_by_side", on_halt=decide, timeout=20)

    assert (done.status, done.workflow_data) == ("completed", {"agreed": True})
    assert asked == [("ask_finance", "FormPresentation"), ("ask_legal", "NoneType")]


def test_an_input_that_does_not_fit_a_thread_is_not_sent(client: InteractorClient, platform: Sandbox) -> None:
    client.workflows.deploy(side_by_side())
    instance = client.workflows.instances.create("side_by_side")
    platform.journal.clear()

    with pytest.raises(InvalidInputError, match="does not fit ask_finance: agreed is required"):
        client.workflows.instances.threads.resume(instance.id, "thread_finance", input={})

    assert platform.journal.entries(operation="workflows.instances.threads.resume") == []


def test_what_one_thread_asks_for_is_nothing_to_another(client: InteractorClient) -> None:
    client.workflows.deploy(side_by_side())
    instance = client.workflows.instances.create("side_by_side")

    resumed = client.workflows.instances.threads.resume(instance.id, "thread_legal", input={"a": 1})

    assert [thread.status for thread in resumed.threads or ()] == ["running", "halted", "completed"]


def test_the_platform_may_be_left_to_judge_the_input_of_a_thread(client: InteractorClient) -> None:
    client.workflows.deploy(side_by_side())
    instance = client.workflows.instances.create("side_by_side")

    resumed = client.workflows.instances.threads.resume(instance.id, "thread_finance", input={}, check=False)

    assert [thread.status for thread in resumed.threads or ()] == ["running", "completed", "halted"]


def test_who_resumes_a_thread_too_late_is_told_both_states(client: InteractorClient, platform: Sandbox) -> None:
    client.workflows.deploy(side_by_side())
    instance = client.workflows.instances.create("side_by_side")
    details = {"current_state": "heard", "expected_state": "ask_legal"}
    error = {"code": "concurrent_modification", "message": "Too late", "details": details}
    number = platform.faults.add(
        Fault(operation="workflows.instances.threads.resume", status=409, body={"error": error})
    )

    with pytest.raises(ConcurrentModificationError) as caught:
        client.workflows.instances.threads.resume(instance.id, "thread_legal", input={})

    platform.faults.remove(number)
    assert (caught.value.current_state, caught.value.expected_state) == ("heard", "ask_legal")


@pytest.mark.parametrize("answers", [None, {"go": True}])
def test_a_run_that_fails_tells_why(make_client: MakeClient, answers: dict[str, bool] | None) -> None:
    client = make_client(retry=RetryPolicy(max_attempts=1))
    definition = Definition("failing").halting("wait") if answers else Definition("failing")
    definition = definition.to("work") if answers else definition
    client.workflows.deploy(definition.action("work", script="throw new Error('No stock')").to("end").terminal("end"))

    with pytest.raises(WorkflowFailedError, match=r"failed in work: Error: No stock") as caught:
        client.workflows.instances.run("failing", on_halt=lambda _: answers, timeout=20)

    assert caught.value.history[-1].state == "work"


def test_an_error_that_is_no_instances_own_ends_a_run_as_it_is(make_client: MakeClient, platform: Sandbox) -> None:
    client = make_client(retry=RetryPolicy(max_attempts=1))
    client.workflows.deploy(purchase())
    number = platform.faults.add(Fault(operation="workflows.instances.create", status=503))

    with pytest.raises(ServerError):
        client.workflows.instances.run("purchase", {"amount": 1}, on_halt=lambda _: None)

    platform.faults.remove(number)
