"""Workflow definitions and their versions."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from .calling import Caller, error_of
from .definitions import APPROVAL, publish, started


def changed(**fields: Any) -> dict[str, Any]:
    return {**copy.deepcopy(APPROVAL), **fields}


def with_transition(**transition: Any) -> dict[str, Any]:
    definition = changed()
    definition["states"]["request"]["transitions"][0] = transition
    return definition


def test_a_new_workflow_is_a_draft(api: Caller) -> None:
    version = api.made("/workflows", APPROVAL)
    workflow = api.fetched("/workflows/approval_workflow")

    assert (version["name"], version["status"], version["published_at"]) == ("approval_workflow", "draft", None)
    assert workflow["latest_version_id"] == version["version_id"]
    assert workflow["published_version_id"] is None
    assert workflow["states"] == APPROVAL["states"]


def test_a_list_leaves_the_definition_out(api: Caller) -> None:
    publish(api)

    reply = api.get("/workflows").json()

    assert [workflow["name"] for workflow in reply["data"]["workflows"]] == ["approval_workflow"]
    assert "states" not in reply["data"]["workflows"][0]
    assert reply["meta"]["total"] == 1


def test_the_same_definition_again_is_a_conflict_and_another_one_a_new_draft(api: Caller) -> None:
    first = api.made("/workflows", APPROVAL)

    same = api.post("/workflows", APPROVAL)
    second = api.made("/workflows", changed(ai_guidance="Asks two managers."))

    versions = api.fetched("/workflows/approval_workflow/versions")["versions"]
    assert error_of(same) == (409, "workflow_exists")
    assert [version["version_id"] for version in versions] == [second["version_id"], first["version_id"]]


def test_a_version_is_published_once_and_for_new_instances(api: Caller) -> None:
    publish(api)
    old = started(api, amount=5000)
    version = api.made("/workflows", changed(initial_state="await_approval"))
    path = f"/workflows/approval_workflow/versions/{version['version_id']}/publish"

    published = api.made(path)
    new = started(api, amount=1)

    assert (published["status"], published["published_at"] is None) == ("published", False)
    assert error_of(api.post(path)) == (400, "already_published")
    assert new["version_id"] == version["version_id"] != old["version_id"]
    assert api.fetched(f"/workflows/instances/{old['id']}")["version_id"] == old["version_id"]


def test_a_workflow_is_found_by_its_id_as_well(api: Caller) -> None:
    workflow = publish(api)

    assert api.fetched(f"/workflows/{workflow['id']}") == workflow


def test_what_does_not_exist_is_named_in_the_words_of_the_guide(api: Caller) -> None:
    api.made("/workflows", APPROVAL)

    assert error_of(api.get("/workflows/none")) == (404, "workflow_not_found")
    assert error_of(api.post("/workflows/none/versions/v_none/publish")) == (404, "workflow_not_found")
    assert error_of(api.post("/workflows/approval_workflow/versions/v_none/publish")) == (404, "version_not_found")
    assert error_of(api.within("user_2").get("/workflows/approval_workflow")) == (404, "workflow_not_found")


def test_a_deleted_workflow_lets_its_instances_go_on(api: Caller) -> None:
    publish(api)
    instance = started(api, amount=5000)

    api.delete("/workflows/approval_workflow")
    ended = api.made(f"/workflows/instances/{instance['id']}/resume", {"input": {"approved": True}})

    assert ended["status"] == "completed"
    assert error_of(api.post("/workflows/approval_workflow/instances", {})) == (404, "workflow_not_found")


def test_a_deleted_name_can_be_taken_again(api: Caller) -> None:
    first = publish(api)
    api.delete("/workflows/approval_workflow")

    second = publish(api)

    assert second["id"] != first["id"]
    assert len(api.fetched("/workflows/approval_workflow/versions")["versions"]) == 1


FAULTS = [
    (with_transition(target="nowhere"), "states.request.transitions[0].target"),
    (with_transition(to="nowhere"), "states.request.transitions[0].to"),
    (with_transition(), "states.request.transitions[0].target"),
    (with_transition(target="approved", condition={"field": "a"}), "states.request.transitions[0].condition"),
    (changed(initial_state="nowhere"), "initial_state"),
    (changed(name="instances"), "name"),
    (changed(name="with space"), "name"),
    (changed(states={}), "states"),
    (changed(states={"request": {"type": "unknown"}}), "states.request"),
    (changed(states={f"s{number}": {"type": "terminal"} for number in range(101)}), "states"),
    (
        changed(
            states={"request": {"type": "halting", "transition_mode": "selection", "transitions": [{"to": "request"}]}}
        ),
        "states.request.transitions[0].key",
    ),
]


@pytest.mark.parametrize(("definition", "place"), FAULTS, ids=range(len(FAULTS)))
def test_a_fault_is_told_with_its_place(api: Caller, definition: dict[str, Any], place: str) -> None:
    checked = api.made("/workflows/validate", definition)
    refused = api.post("/workflows", definition)

    assert checked["valid"] is False
    assert any(fault["path"].startswith(place) for fault in checked["errors"]), checked
    assert error_of(refused) == (400, "invalid_workflow")
    assert any(detail["field"].startswith(place) for detail in refused.json()["error"]["details"])
    assert api.fetched("/workflows")["workflows"] == []


def test_a_definition_larger_than_a_megabyte_is_faulty(api: Caller) -> None:
    checked = api.made("/workflows/validate", changed(ai_guidance="x" * 1024 * 1024))

    assert [fault["message"] for fault in checked["errors"]] == ["The definition is larger than 1 MB"]


def test_a_good_definition_is_valid_and_not_saved(api: Caller) -> None:
    assert api.made("/workflows/validate", APPROVAL) == {"valid": True}
    assert api.fetched("/workflows")["workflows"] == []
