"""What is told about an instance afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from .calling import Caller, error_of
from .definitions import DEAD_END, halted, publish, started


@pytest.fixture
def instance(api: Caller) -> dict[str, Any]:
    """An instance that has halted and was approved a minute later."""
    made = halted(api)
    api.sandbox.clock.advance(60)
    api.made(f"/workflows/instances/{made['id']}/resume", {"input": {"approved": True}})
    found: dict[str, Any] = api.fetched(f"/workflows/instances/{made['id']}")
    return found


def history(api: Caller, instance: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = api.fetched(f"/workflows/instances/{instance['id']}/history", **query)["events"]
    return events


def test_the_history_tells_all_that_happened(api: Caller, instance: dict[str, Any]) -> None:
    told = [(event["type"], event["subtype"]) for event in history(api, instance)]

    assert told == [
        ("lifecycle", "created"),
        ("step", "script"),
        ("transition", "state_change"),
        ("halt", "halted"),
        ("halt", "resumed"),
        ("transition", "state_change"),
        ("step", "http"),
        ("lifecycle", "completed"),
    ]


def test_the_history_says_whose_it_is(api: Caller, instance: dict[str, Any]) -> None:
    told = api.fetched(f"/workflows/instances/{instance['id']}/history")

    assert (told["instance_id"], told["status"]) == (instance["id"], "completed")
    assert told["workflow_id"] == api.fetched("/workflows/approval_workflow")["id"]
    assert told["pagination"] == {"has_more": False, "next_cursor": None}


def test_a_transition_tells_its_states_its_cause_and_the_changes(api: Caller, instance: dict[str, Any]) -> None:
    first, second = history(api, instance, types="transition")

    assert (first["from_state"], first["to_state"], first["trigger"]) == ("request", "await_approval", "automatic")
    assert first["changes"] == {"updated": {"amount": {"from": None, "to": 5000}}}
    assert (second["trigger"], second["to_state"]) == ("resume", "approved")
    assert second["changes"] == {"updated": {"approved": {"from": None, "to": True}}}


def test_a_step_tells_what_its_logic_wrote_and_how_long_it_took(api: Caller, instance: dict[str, Any]) -> None:
    script, call = history(api, instance, types="step")

    assert script["logs"] == ["asked for 5000"]
    assert script["duration_ms"] > 0
    assert "was not sent" in call["logs"][0]


def test_the_history_is_read_by_cursor(api: Caller, instance: dict[str, Any]) -> None:
    path = f"/workflows/instances/{instance['id']}/history"
    collected: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while True:
        page = api.fetched(path, limit=3, **cursor)
        collected += page["events"]
        if not page["pagination"]["has_more"]:
            break
        cursor = {"cursor": page["pagination"]["next_cursor"]}

    assert collected == history(api, instance)


def test_what_is_no_cursor_is_refused(api: Caller, instance: dict[str, Any]) -> None:
    reply = api.get(f"/workflows/instances/{instance['id']}/history", cursor="nonsense")

    assert error_of(reply) == (422, "VALIDATION_ERROR")


def test_types_may_be_several(api: Caller, instance: dict[str, Any]) -> None:
    told = {event["type"] for event in history(api, instance, types="halt,lifecycle")}

    assert told == {"halt", "lifecycle"}


def test_an_unknown_type_is_refused(api: Caller, instance: dict[str, Any]) -> None:
    assert error_of(api.get(f"/workflows/instances/{instance['id']}/history", types="dance"))[0] == 422


def test_events_are_selected_by_time(api: Caller, instance: dict[str, Any]) -> None:
    resumed = instance["history"][1]["resumed_at"]
    halted_at = instance["history"][1]["entered_at"]

    after = history(api, instance, since=halted_at)
    before = history(api, instance, until=resumed)

    assert after[0]["subtype"] == "resumed"
    assert before[-1]["subtype"] == "halted"


def test_a_time_that_no_calendar_has_is_refused(api: Caller, instance: dict[str, Any]) -> None:
    reply = api.get(f"/workflows/instances/{instance['id']}/history", since="2026-02-30T00:00:00Z")

    assert error_of(reply)[0] == 422


def test_events_are_selected_by_thread(api: Caller, instance: dict[str, Any]) -> None:
    assert len(history(api, instance, thread="thread_main")) == 8
    assert history(api, instance, thread="thread_9") == []


def test_the_data_as_it_stood_comes_when_asked_for(api: Caller, instance: dict[str, Any]) -> None:
    plain = history(api, instance, types="halt")
    with_data = history(api, instance, types="halt", include_data="true")

    assert all("workflow_data" not in event for event in plain)
    assert [event["workflow_data"] for event in with_data] == [{"amount": 5000}, {"amount": 5000, "approved": True}]


def test_one_event_is_read_by_its_id(api: Caller, instance: dict[str, Any]) -> None:
    event = history(api, instance, types="halt")[0]
    path = f"/workflows/instances/{instance['id']}/events/"

    plain = api.fetched(path + event["id"])
    with_data = api.fetched(path + event["id"], include_data="true")

    assert plain == event
    assert with_data["workflow_data"] == {"amount": 5000}
    assert error_of(api.get(f"{path}evt_none")) == (404, "NOT_FOUND")


def test_an_instance_tells_its_stays(api: Caller, instance: dict[str, Any]) -> None:
    request, waiting, end = instance["history"]

    assert (request["state"], request["transition"]) == ("request", "await_approval")
    assert (waiting["input_received"], waiting["resumed_by"]) == ({"approved": True}, "sandbox_client")
    assert waiting["resumed_at"] > waiting["entered_at"]
    assert end["state"] == "approved"
    assert "exited_at" not in end


def test_errors_of_all_workflows_are_told_with_their_instance(api: Caller) -> None:
    publish(api, DEAD_END)
    failed = started(api, "dead_end")
    api.sandbox.clock.advance(60)
    later = started(api, "dead_end")
    between = datetime.fromtimestamp(api.sandbox.clock.now() - 30, UTC).isoformat()

    errors = api.fetched("/workflows/errors")["events"]
    recent = api.fetched("/workflows/errors", since=between)["events"]

    assert [error["instance_id"] for error in errors] == [failed["id"], later["id"]]
    assert errors[0]["workflow_name"] == "dead_end"
    assert (errors[0]["code"], errors[0]["state"]) == ("invalid_transition", "start")
    assert [error["instance_id"] for error in recent] == [later["id"]]


def test_errors_of_other_namespaces_are_theirs(api: Caller) -> None:
    publish(api, DEAD_END)
    started(api, "dead_end")

    assert api.within("user_2").fetched("/workflows/errors")["events"] == []
