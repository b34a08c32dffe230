"""Instances of named workflows: how they start, halt, go on and end."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from .calling import Caller, data_of, error_of
from .definitions import APPROVAL, CIRCLE, DEAD_END, halted, publish, started


def resume(api: Caller, instance: dict[str, Any], **given: Any) -> httpx.Response:
    return api.post(f"/workflows/instances/{instance['id']}/resume", {"input": given})


def test_an_instance_runs_until_it_halts(api: Caller) -> None:
    instance = halted(api)

    assert (instance["status"], instance["current_state"]) == ("halted", "await_approval")
    assert (instance["workflow_name"], instance["namespace"]) == ("approval_workflow", "user_1")
    assert instance["workflow_data"] == {"amount": 5000}
    assert instance["halted_at_state"] == "await_approval"


def test_an_instance_that_needs_nobody_runs_to_its_end(api: Caller) -> None:
    publish(api)

    instance = started(api, amount=100)

    assert (instance["status"], instance["current_state"]) == ("completed", "approved")
    assert "halting_presentation" not in instance


def test_only_a_published_version_is_run(api: Caller) -> None:
    api.made("/workflows", APPROVAL)

    assert error_of(api.post("/workflows/approval_workflow/instances", {})) == (400, "workflow_not_published")


def test_the_presentation_is_filled_in_from_the_data(api: Caller) -> None:
    presentation = halted(api)["halting_presentation"]

    assert presentation["title"] == "Approval of 5000"
    assert presentation["fields"][1]["default"] == 5000


def test_input_is_merged_and_decides_the_way(api: Caller) -> None:
    instance = data_of(resume(api, halted(api), approved=False, comment="Too much"))

    assert (instance["status"], instance["current_state"]) == ("completed", "rejected")
    assert instance["workflow_data"] == {"amount": 5000, "approved": False, "comment": "Too much"}
    assert "halted_at_state" not in instance


def test_input_that_fits_no_way_changes_nothing(api: Caller) -> None:
    instance = halted(api)

    reply = resume(api, instance, approved="perhaps")

    assert error_of(reply) == (400, "invalid_transition")
    assert api.fetched(f"/workflows/instances/{instance['id']}")["workflow_data"] == {"amount": 5000}


def test_an_instance_that_has_ended_cannot_be_resumed(api: Caller) -> None:
    instance = halted(api)
    resume(api, instance, approved=True)

    reply = resume(api, instance, approved=True)

    assert error_of(reply) == (400, "instance_not_halted")
    assert reply.json()["error"]["details"] == {"status": "completed"}


def test_a_second_halt_offers_its_choices(api: Caller) -> None:
    instance = data_of(resume(api, halted(api), approved="by the chief"))

    assert instance["halted_options"] == {
        "instruction": "Tell what is asked for. (amount: 5000)",
        "include_data": ["amount"],
        "transition_mode": "selection",
        "generated": True,
        "choices": [
            {"key": "yes", "description": "Approve", "to": "approved"},
            {"key": "no", "to": "rejected"},
        ],
    }


def test_a_choice_is_made_by_its_key(api: Caller) -> None:
    instance = halted(api)
    resume(api, instance, approved="by the chief")

    wrong = resume(api, instance, choice="maybe")
    right = data_of(resume(api, instance, choice="no"))

    assert error_of(wrong) == (400, "invalid_transition")
    assert right["current_state"] == "rejected"


def test_a_fixed_message_is_not_called_generated(api: Caller) -> None:
    state = {
        "type": "halting",
        "halting_instructions": {"type": "message", "config": {"message": "Wait for ${workflow_data.who}."}},
        "transitions": [{"target": "end"}],
    }
    publish(api, {"name": "wait", "initial_state": "wait", "states": {"wait": state, "end": {"type": "terminal"}}})

    options = started(api, "wait", who="Ada")["halted_options"]

    assert (options["instruction"], options["generated"]) == ("Wait for Ada.", False)


def test_of_two_resumes_at_once_with_different_input_one_wins(api: Caller) -> None:
    replies = met(api, [{"approved": True}, {"approved": False}])

    lost = next(reply for reply in replies if reply.status_code != 200)
    won = next(reply for reply in replies if reply.status_code == 200)
    assert error_of(lost) == (409, "concurrent_modification")
    assert lost.json()["error"]["details"] == {
        "current_state": data_of(won)["current_state"],
        "expected_state": "await_approval",
    }


def test_of_two_resumes_at_once_with_the_same_input_both_get_the_same_reply(api: Caller) -> None:
    first, second = met(api, [{"approved": True}, {"approved": True}])

    assert data_of(first) == data_of(second)
    entries = api.fetched(f"/workflows/instances/{data_of(first)['id']}")["history"]
    assert [entry["state"] for entry in entries] == ["request", "await_approval", "approved"]


def test_the_same_input_later_is_for_the_next_halt(api: Caller) -> None:
    states = {
        "one": {"type": "halting", "transitions": [{"target": "two"}]},
        "two": {"type": "halting", "transitions": [{"target": "end"}]},
        "end": {"type": "terminal"},
    }
    publish(api, {"name": "twice", "initial_state": "one", "states": states})
    instance = started(api, "twice")

    seen = [data_of(resume(api, instance, ok=True))["current_state"] for _ in range(2)]

    assert seen == ["two", "end"]


def test_a_dead_end_fails_the_instance(api: Caller) -> None:
    publish(api, DEAD_END)

    instance = started(api, "dead_end")

    assert instance["status"] == "failed"
    assert "start" in instance["error"]


def test_walking_in_circles_ends(api: Caller) -> None:
    publish(api, CIRCLE)

    assert started(api, "circle")["status"] == "failed"


def test_an_instance_can_be_cancelled_once(api: Caller) -> None:
    instance = halted(api)

    cancelled = api.made(f"/workflows/instances/{instance['id']}/cancel")
    again = api.post(f"/workflows/instances/{instance['id']}/cancel")

    assert (cancelled["status"], cancelled["cancelled_at"] is None) == ("cancelled", False)
    assert error_of(again) == (400, "instance_not_active")
    assert error_of(resume(api, instance, approved=True)) == (400, "instance_not_halted")


def test_a_list_is_filtered_and_leaves_the_data_out(api: Caller) -> None:
    waiting = halted(api)
    started(api, amount=1)

    found = api.fetched("/workflows/instances", status="halted", workflow_name="approval_workflow")["instances"]

    assert [instance["id"] for instance in found] == [waiting["id"]]
    assert "workflow_data" not in found[0]


def test_an_instance_of_another_namespace_is_not_found(api: Caller) -> None:
    instance = halted(api)

    assert error_of(api.within("user_2").get(f"/workflows/instances/{instance['id']}")) == (404, "instance_not_found")


def test_the_body_may_name_the_namespace_of_a_new_instance(api: Caller) -> None:
    anyone = api.within(None)
    publish(anyone)

    instance = anyone.made("/workflows/approval_workflow/instances", {"namespace": "user_9", "input": {"amount": 500}})

    resumed = data_of(resume(api.within("user_9"), instance, approved=True))
    assert instance["namespace"] == "user_9"
    assert resumed["status"] == "completed"


def test_the_header_wins_over_the_body(api: Caller) -> None:
    publish(api)

    assert api.made("/workflows/approval_workflow/instances", {"namespace": "user_9"})["namespace"] == "user_1"


def test_a_bound_client_starts_nothing_elsewhere(api: Caller) -> None:
    bound = api.sandbox.add_client("bound", namespaces=["org_acme"])
    proof = {"client_id": bound.client_id, "client_secret": bound.client_secret, "grant_type": "client_credentials"}
    token = data_of(api.http.post(f"{api.sandbox.account_url}/oauth/token", json=proof))["access_token"]
    caller = api.with_token(token).within(None)
    publish(caller)

    reply = caller.post("/workflows/approval_workflow/instances", {"namespace": "user_9"})

    assert error_of(reply) == (403, "forbidden")


def test_the_main_thread_is_listed_and_resumed(api: Caller) -> None:
    instance = halted(api)
    path = f"/workflows/instances/{instance['id']}/threads"

    threads = api.fetched(path)["threads"]
    resumed = api.made(f"{path}/thread_main/resume", {"input": {"approved": True}})
    unknown = api.post(f"{path}/thread_9/resume", {"input": {}})

    assert threads == [{"id": "thread_main", "status": "halted", "current_state": "await_approval"}]
    assert resumed["threads"] == [{"id": "thread_main", "status": "completed", "current_state": "approved"}]
    assert error_of(unknown) == (404, "NOT_FOUND")


def test_input_larger_than_64_kb_is_refused(api: Caller) -> None:
    publish(api)

    reply = api.post("/workflows/approval_workflow/instances", {"input": {"text": "x" * 65536}})

    assert error_of(reply) == (422, "VALIDATION_ERROR")


def test_data_does_not_grow_beyond_256_kb(api: Caller) -> None:
    states = {"more": {"type": "halting", "transitions": [{"target": "more"}]}}
    publish(api, {"name": "more", "initial_state": "more", "states": states})
    instance = started(api, "more")

    replies = [resume(api, instance, **{f"part{number}": "x" * 60_000}) for number in range(5)]

    assert [reply.status_code for reply in replies] == [200, 200, 200, 200, 422]


def met(api: Caller, inputs: list[dict[str, Any]]) -> list[httpx.Response]:
    """Resumes of a halted instance that were under way together: on a busy machine that takes more than one try."""
    for _ in range(20):
        replies = at_once(api, halted(api), inputs)
        if not any(reply.status_code == 400 for reply in replies):
            return replies
    raise AssertionError("no two resumes ever met")


def at_once(api: Caller, instance: dict[str, Any], inputs: list[dict[str, Any]]) -> list[httpx.Response]:
    """Resumes by as many threads, all let go at the same moment."""
    barrier = threading.Barrier(len(inputs))

    def wait_and_resume(given: dict[str, Any]) -> httpx.Response:
        barrier.wait()
        return resume(api, instance, **given)

    with ThreadPoolExecutor(len(inputs)) as pool:
        return list(pool.map(wait_and_resume, inputs))
