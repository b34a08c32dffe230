"""Requests about instances that name no namespace, as the workflows guide prints them."""

from __future__ import annotations

from typing import Any

import pytest

from .calling import Caller, error_of, token_of
from .definitions import DEAD_END, publish

CREATE = "/workflows/approval_workflow/instances"
NESTED = "/workflows/instances/{id}"
FLAT = "/workflow-instances/{id}"


@pytest.fixture
def anyone(api: Caller) -> Caller:
    """A service account that names no namespace."""
    return api.within(None)


@pytest.fixture
def instance(anyone: Caller) -> dict[str, Any]:
    """A halted instance of user_9, of a workflow that was defined without a namespace."""
    publish(anyone)
    made: dict[str, Any] = anyone.made(CREATE, {"namespace": "user_9", "input": {"amount": 5000}})
    return made


def bound(api: Caller, *namespaces: str) -> Caller:
    """An application that may act for these alone, and names none."""
    identity = api.sandbox.add_client("bound", namespaces=namespaces)
    token = token_of(api.sandbox, api.http, client_id=identity.client_id, client_secret=identity.client_secret)
    return api.with_token(token["access_token"]).within(None)


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [each["id"] for each in found]


@pytest.mark.parametrize("path", [NESTED, f"{NESTED}/threads", f"{NESTED}/history", FLAT, f"{FLAT}/thread"])
def test_an_instance_is_read_by_its_id_alone(anyone: Caller, instance: dict[str, Any], path: str) -> None:
    path = path.format(id=instance["id"])

    assert anyone.fetched(path) == anyone.within("user_9").fetched(path)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{NESTED}/resume", {"input": {"approved": True}}),
        (f"{NESTED}/threads/thread_main/resume", {"input": {"approved": True}}),
        (f"{NESTED}/cancel", None),
        (f"{FLAT}/input", {"approved": True}),
        (f"{FLAT}/events", {"event": "paid"}),
        (f"{FLAT}/cancel", None),
        (f"{FLAT}/thread/messages", {"content": "Hello"}),
    ],
)
def test_an_instance_is_steered_by_its_id_alone(anyone: Caller, instance: dict[str, Any], path: str, body: Any) -> None:
    reply = anyone.post(path.format(id=instance["id"]), body)

    assert reply.is_success, reply.text
    assert anyone.sandbox.journal.entries()[-1].namespace == "user_9"


def test_an_event_of_its_history_is_read_by_the_id_alone(anyone: Caller, instance: dict[str, Any]) -> None:
    path = NESTED.format(id=instance["id"])
    first = anyone.fetched(f"{path}/history")["events"][0]

    assert anyone.fetched(f"{path}/events/{first['id']}") == first


def test_its_stream_is_followed_by_the_id_alone(anyone: Caller, instance: dict[str, Any]) -> None:
    with anyone.stream(f"/workflow-instances/{instance['id']}/stream", last_event_id="0") as events:
        assert events.next()["type"] == "workflow.state_changed"


def test_whoever_names_a_namespace_sees_nothing_beyond_it(anyone: Caller, instance: dict[str, Any]) -> None:
    path = NESTED.format(id=instance["id"])

    assert error_of(anyone.within("default").get(path)) == (404, "instance_not_found")
    assert error_of(anyone.get(path, namespace="user_2")) == (404, "instance_not_found")


def test_a_bound_token_finds_the_instances_of_its_own_namespaces(anyone: Caller, instance: dict[str, Any]) -> None:
    path = NESTED.format(id=instance["id"])

    assert bound(anyone, "user_1", "user_9").fetched(path)["id"] == instance["id"]
    assert error_of(bound(anyone, "user_1", "user_2").get(path)) == (404, "instance_not_found")
    assert error_of(bound(anyone, "user_1").post(f"{path}/cancel")) == (404, "instance_not_found")


@pytest.mark.parametrize(("path", "items"), [("/workflows/instances", "instances"), ("/workflow-instances", None)])
def test_a_list_without_a_namespace_is_of_all_that_the_token_may_act_for(
    anyone: Caller, instance: dict[str, Any], path: str, items: str | None
) -> None:
    other = anyone.made(CREATE, {"namespace": "user_8", "input": {"amount": 5000}})

    def listed(caller: Caller, **filters: str) -> list[str]:
        found = caller.fetched(path, **filters)
        return ids(found[items] if items else found)

    assert listed(anyone, status="halted") == [other["id"], instance["id"]]
    assert listed(anyone, namespace="user_9") == listed(anyone.within("user_9")) == [instance["id"]]
    assert listed(anyone.within("default")) == []
    assert listed(bound(anyone, "user_1", "user_9")) == [instance["id"]]


def test_the_name_of_a_shared_workflow_chooses_instances_of_every_namespace(
    anyone: Caller, instance: dict[str, Any]
) -> None:
    found = anyone.within("user_9").fetched("/workflow-instances", workflow_id="approval_workflow")

    assert ids(found) == [instance["id"]]


def test_errors_without_a_namespace_are_those_of_all_that_the_token_may_act_for(anyone: Caller) -> None:
    publish(anyone, DEAD_END)
    failed = anyone.made("/workflows/dead_end/instances", {"namespace": "user_9"})

    def failures(caller: Caller) -> list[str]:
        return [event["instance_id"] for event in caller.fetched("/workflows/errors")["events"]]

    assert failures(anyone) == failures(bound(anyone, "user_1", "user_9")) == [failed["id"]]
    assert failures(bound(anyone, "user_1")) == failures(anyone.within("default")) == []
    assert "namespace" not in anyone.fetched("/workflows/errors")["events"][0]


def test_the_header_beside_the_same_namespace_in_the_body_changes_nothing(anyone: Caller) -> None:
    publish(anyone)

    instance = anyone.within("user_9").made(CREATE, {"namespace": "user_9", "input": {"amount": 100}})

    assert (instance["namespace"], instance["status"]) == ("user_9", "completed")


def test_the_header_alone_starts_nothing_of_another_namespace(anyone: Caller) -> None:
    publish(anyone)

    assert error_of(anyone.within("user_9").post(CREATE, {})) == (404, "workflow_not_found")


def test_a_bound_token_starts_no_workflow_of_another_namespace(anyone: Caller) -> None:
    publish(anyone)

    reply = bound(anyone, "user_9").post(CREATE, {"namespace": "user_9"})

    assert error_of(reply) == (404, "workflow_not_found")
