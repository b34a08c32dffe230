"""The same instances under `/workflow-instances`, with chat and stream."""

from __future__ import annotations

from typing import Any

import pytest

from .calling import Caller, error_of
from .definitions import halted, publish, started


@pytest.fixture
def workflow(api: Caller) -> dict[str, Any]:
    return publish(api)


@pytest.fixture
def instance(api: Caller, workflow: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = api.made("/workflow-instances", {"workflow_id": workflow["id"], "context": {"amount": 5000}})
    return made


def test_an_instance_is_started_by_id_or_by_name(
    api: Caller, workflow: dict[str, Any], instance: dict[str, Any]
) -> None:
    by_name = api.made("/workflow-instances", {"workflow_id": "approval_workflow"})

    assert instance["workflow_id"] == by_name["workflow_id"] == workflow["id"]
    assert (instance["status"], instance["context"]) == ("halted", {"amount": 5000})
    assert instance["presentation"]["title"] == "Approval of 5000"


def test_both_families_see_the_same_instances(api: Caller, instance: dict[str, Any]) -> None:
    named = api.fetched(f"/workflows/instances/{instance['id']}")
    flat = api.fetched(f"/workflow-instances/{instance['id']}")

    assert named["workflow_data"] == flat["context"]
    assert named["halting_presentation"] == flat["presentation"]


def test_input_is_the_body_itself(api: Caller, instance: dict[str, Any]) -> None:
    ended = api.made(f"/workflow-instances/{instance['id']}/input", {"approved": True})

    assert (ended["status"], ended["current_state"]) == ("completed", "approved")
    assert ended["context"] == {"amount": 5000, "approved": True}


def test_an_event_takes_the_transition_that_names_it(api: Caller, instance: dict[str, Any]) -> None:
    path = f"/workflow-instances/{instance['id']}/events"

    unknown = api.post(path, {"event": "lost"})
    ended = api.made(path, {"event": "paid", "payload": {"receipt": 7}})

    assert error_of(unknown) == (400, "invalid_transition")
    assert (ended["current_state"], ended["context"]["receipt"]) == ("approved", 7)


def test_a_transition_with_an_event_is_no_way_out_for_input(api: Caller, instance: dict[str, Any]) -> None:
    reply = api.post(f"/workflow-instances/{instance['id']}/input", {"event": "paid"})

    assert error_of(reply) == (400, "invalid_transition")


def test_instances_are_listed_by_workflow_and_status(
    api: Caller, workflow: dict[str, Any], instance: dict[str, Any]
) -> None:
    started(api, amount=1)

    by_id = api.fetched("/workflow-instances", workflow_id=workflow["id"], status="halted")
    by_name = api.fetched("/workflow-instances", workflow_id="approval_workflow", status="halted")
    elsewhere = api.fetched("/workflow-instances", workflow_id="wf_none")

    assert [found["id"] for found in by_id] == [instance["id"]]
    assert by_name == by_id
    assert elsewhere == []


def test_a_cancelled_instance_shows_it(api: Caller, instance: dict[str, Any]) -> None:
    assert api.made(f"/workflow-instances/{instance['id']}/cancel")["status"] == "cancelled"
    assert error_of(api.post(f"/workflow-instances/{instance['id']}/cancel")) == (400, "instance_not_active")


def test_an_unknown_instance_is_named_in_the_words_of_the_guide(api: Caller) -> None:
    assert error_of(api.get("/workflow-instances/inst_none")) == (404, "instance_not_found")
    assert error_of(api.get("/workflow-instances/inst_none/stream")) == (404, "instance_not_found")


def test_the_chat_begins_with_what_the_workflow_asks(api: Caller, instance: dict[str, Any]) -> None:
    chat = api.fetched(f"/workflow-instances/{instance['id']}/thread")

    assert chat["instance_id"] == instance["id"]
    assert [(said["role"], said["content"]) for said in chat["messages"]] == [("workflow", "Approval of 5000")]


def test_a_message_is_answered_in_the_chat(api: Caller, instance: dict[str, Any]) -> None:
    sent = api.made(f"/workflow-instances/{instance['id']}/thread/messages", {"content": "Who asked?"})

    said = api.fetched(f"/workflow-instances/{instance['id']}/thread")["messages"]
    assert (sent["role"], sent["content"]) == ("user", "Who asked?")
    assert said[1] == sent
    assert said[2]["content"] == 'You wrote "Who asked?". approval_workflow is halted in await_approval.'


def test_the_stream_tells_changes_halts_and_messages(api: Caller, instance: dict[str, Any]) -> None:
    with api.stream(f"/workflow-instances/{instance['id']}/stream") as events:
        api.made(f"/workflow-instances/{instance['id']}/input", {"approved": "by the chief"})
        heard = events.take(3)

    changed, halt, message = heard
    assert (changed["state"], changed["context"]["approved"]) == ("await_chief", "by the chief")
    assert [choice["key"] for choice in halt["halted_options"]["choices"]] == ["yes", "no"]
    assert message["message"]["content"] == halt["halted_options"]["instruction"]


def test_the_stream_replays_a_run_from_its_beginning(api: Caller) -> None:
    instance = halted(api)

    with api.stream(f"/workflow-instances/{instance['id']}/stream", last_event_id="0") as events:
        heard = events.take(4)

    states = [event["state"] for event in heard if event["type"] == "workflow.state_changed"]
    halts = [event for event in heard if event["type"] == "workflow.halted"]
    assert states == ["request", "await_approval"]
    assert halts[0]["presentation"] == instance["halting_presentation"]


def test_the_stream_of_an_instance_that_is_cancelled_ends(api: Caller, instance: dict[str, Any]) -> None:
    with api.stream(f"/workflow-instances/{instance['id']}/stream") as events:
        api.made(f"/workflow-instances/{instance['id']}/cancel")

        assert [line for line in events.reply.iter_lines() if line.startswith("data")] == []


@pytest.mark.parametrize("ending", ["input", "cancel"])
def test_the_stream_of_an_instance_that_is_over_tells_all_of_it_and_ends(
    api: Caller, instance: dict[str, Any], ending: str
) -> None:
    api.made(f"/workflow-instances/{instance['id']}/{ending}", {"approved": True} if ending == "input" else None)

    with api.stream(f"/workflow-instances/{instance['id']}/stream", last_event_id="0") as events:
        lines = [line for line in events.reply.iter_lines() if line]

    assert lines.count("event: workflow.state_changed") == (3 if ending == "input" else 2)
    assert lines[-1] == "id: end"


def test_who_connects_again_behind_the_end_of_a_stream_is_told_that_there_is_no_more(
    api: Caller, instance: dict[str, Any]
) -> None:
    where = f"/workflow-instances/{instance['id']}"
    api.made(f"{where}/cancel")

    reply = api.send("GET", f"{where}/stream", headers={"Last-Event-ID": "end"})

    assert (reply.status_code, reply.content) == (204, b"")


def test_an_end_that_has_not_come_is_no_place(api: Caller, instance: dict[str, Any]) -> None:
    with api.stream(f"/workflow-instances/{instance['id']}/stream", last_event_id="end") as events:
        api.made(f"/workflow-instances/{instance['id']}/input", {"approved": True})

        assert events.next()["state"] == "approved"
