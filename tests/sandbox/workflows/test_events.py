"""What a run tells to streams and to webhooks."""

from __future__ import annotations

from typing import Any

from tests.sandbox.calling import Caller
from tests.sandbox.definitions import publish

from .making import ran, script, waiting


def announced(api: Caller) -> list[dict[str, Any]]:
    """The events of workflows, as they are kept for delivery."""
    found = api.sandbox.platform.store.list("announcement", namespace=None)
    return [event for event in found if event["type"].startswith("workflow.")]


def names(api: Caller) -> list[str]:
    return [event["type"].removeprefix("workflow.instance.") for event in announced(api)]


def test_a_run_announces_its_beginning_its_states_and_its_end(api: Caller) -> None:
    ran(api, script("return { a: input.a }"), a=1)

    assert names(api) == ["created", "started", "state_changed", "completed"]


def test_a_halt_announces_what_it_asks_for_and_what_came(api: Caller) -> None:
    presentation = {"type": "message", "message": "Wait for ${workflow_data.who}"}
    instance = ran(api, waiting(presentation=presentation), who="Ada")
    api.made(f"/workflows/instances/{instance['id']}/resume", {"input": {"ok": True}})

    halted = next(event["data"] for event in announced(api) if event["type"].endswith("halted"))
    resumed = next(event["data"] for event in announced(api) if event["type"].endswith("resumed"))
    assert names(api) == ["created", "started", "halted", "resumed", "state_changed", "completed"]
    assert halted["halting_presentation"] == {"type": "message", "message": "Wait for Ada"}
    assert (halted["instance_id"], halted["current_state"], halted["namespace"]) == (instance["id"], "wait", "user_1")
    assert (resumed["current_state"], resumed["input"]) == ("wait", {"ok": True})


def test_a_change_of_state_announces_both_of_them(api: Caller) -> None:
    ran(api, script("return { a: 1 }"))

    changed = next(event["data"] for event in announced(api) if event["type"].endswith("state_changed"))
    assert (changed["previous_state"], changed["current_state"]) == ("work", "end")
    assert changed["workflow_data"] == {"a": 1}


def test_a_failure_announces_its_code(quick: Caller) -> None:
    publish(quick, script("throw new Error('no')"))
    quick.post("/workflows/scripted/instances", {})

    failed = announced(quick)[-1]
    assert failed["type"] == "workflow.instance.failed"
    assert (failed["data"]["code"], failed["data"]["error"]) == ("script_error", "Error: no (line 1)")


def test_a_cancelled_instance_announces_when(api: Caller) -> None:
    instance = ran(api, waiting())
    cancelled = api.made(f"/workflows/instances/{instance['id']}/cancel")

    assert announced(api)[-1]["type"] == "workflow.instance.cancelled"
    assert announced(api)[-1]["data"]["cancelled_at"] == cancelled["cancelled_at"]


def test_what_is_announced_is_what_the_document_says(api: Caller) -> None:
    presentation = {"type": "message", "message": "Wait"}
    instance = ran(api, waiting(presentation=presentation))
    api.made(f"/workflows/instances/{instance['id']}/cancel")
    other = ran(api, waiting("other"))
    api.made(f"/workflows/instances/{other['id']}/resume", {"input": {}})

    schemas = api.sandbox.platform.schemas
    for event in announced(api):
        last = event["type"].rpartition(".")[2].title().replace("_C", "C")
        schema = f"/components/schemas/WorkflowInstance{last}Data"
        assert list(schemas.check(schema, event["data"])) == [], event["type"]


def test_the_stream_tells_of_a_failure(quick: Caller) -> None:
    failing = script("throw new Error('no')")
    failing["states"]["wait"] = {"type": "halting", "transitions": [{"target": "work"}]}
    instance = ran(quick, {**failing, "initial_state": "wait"})

    with quick.stream(f"/workflow-instances/{instance['id']}/stream") as events:
        quick.post(f"/workflows/instances/{instance['id']}/resume", {"input": {}})
        heard = events.until("error")

    assert [event["type"] for event in heard] == ["workflow.state_changed", "error"]
    assert (heard[1]["error"], heard[1]["code"]) == ("Error: no (line 1)", "script_error")


def test_events_of_an_instance_stand_in_its_own_namespace(api: Caller) -> None:
    anyone = api.within(None)
    publish(anyone, waiting())
    instance = anyone.made("/workflows/waiting/instances", {"namespace": "user_9"})

    assert {event["namespace"] for event in announced(api)} == {"user_9"}
    with api.within("user_9").stream(f"/workflow-instances/{instance['id']}/stream", last_event_id="0") as events:
        assert events.next()["state"] == "wait"
