"""Webhooks of the platform: registered, signed over the body alone, and sent when something happens."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

import pytest

from coordinaitor.sandbox._working import WorkSettings
from tests.sandbox.receiving import Receiver, receiver

from .calling import Caller, error_of

ALL = [
    "task.created",
    "task.updated",
    "task.completed",
    "task.failed",
    "task.assigned",
    "agent.created",
    "agent.status_changed",
    "project.created",
    "project.completed",
    "user.registered",
]
AGENT = {"name": "React developer", "type": "coding", "model": "gpt-4", "provider": "openai"}
SECRET = "whsec_of_mine"


@pytest.fixture
def hooks() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def webhook(api: Caller, hooks: Receiver, resting: None) -> dict[str, Any]:
    made: dict[str, Any] = api.made("/webhooks", {"url": hooks.url, "events": ALL, "secret": SECRET})
    return made


def arrived(api: Caller, hooks: Receiver) -> list[str]:
    api.sandbox.settle()
    return hooks.events


def test_a_secret_is_shown_only_where_the_platform_made_it_up(api: Caller, hooks: Receiver) -> None:
    own = api.made("/webhooks", {"url": hooks.url, "events": ALL, "secret": SECRET})
    made_up = api.made("/webhooks", {"url": hooks.url, "events": ["task.created", "task.created"]})

    assert "secret" not in own
    assert made_up["secret"].startswith("whsec")
    assert (made_up["events"], made_up["active"], made_up["headers"]) == (["task.created"], True, {})


def test_the_signature_is_over_the_body_alone(api: Caller, hooks: Receiver, webhook: dict[str, Any]) -> None:
    api.made("/tasks", {"title": "Sign-up"})
    api.sandbox.settle()

    (came,) = hooks.received
    digest = hmac.new(SECRET.encode(), came.body, hashlib.sha256).hexdigest()
    assert came.headers["X-Orchestrator-Signature"] == f"sha256={digest}"
    assert came.headers["Content-Type"] == "application/json"
    assert set(came.json) == {"event", "timestamp", "data", "organization"}
    assert came.json["organization"] == api.sandbox.platform.organization


def test_the_headers_that_were_asked_for_are_sent_along(api: Caller, hooks: Receiver) -> None:
    headers = {"User-Agent": "Mine/1.0", "X-Room": "a b"}
    api.made("/webhooks", {"url": hooks.url, "events": ALL, "headers": headers})

    api.sandbox.trigger("user.registered")
    api.sandbox.settle()

    (came,) = hooks.received
    assert {name: came.headers[name] for name in headers} == headers


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Orchestrator-Signature": "a"},
        {"content-length": "1"},
        {"Host": "a"},
        {"a b": "c"},
        {"": "c"},
        {"a": "b\r\nc: d"},
    ],
)
def test_headers_that_would_break_a_delivery_are_refused(api: Caller, hooks: Receiver, headers: dict[str, str]) -> None:
    reply = api.post("/webhooks", {"url": hooks.url, "events": ALL, "headers": headers})

    assert error_of(reply) == (422, "VALIDATION_ERROR")
    assert list(reply.json()["error"]["details"]) == [f"headers.{next(iter(headers))}"]


@pytest.mark.parametrize("url", ["ftp://app.example.com/", "app.example.com", "//app.example.com", "javascript:a"])
def test_an_address_that_is_none_of_the_web_is_refused(api: Caller, url: str) -> None:
    reply = api.post("/webhooks", {"url": url, "events": ALL})

    assert error_of(reply) == (422, "VALIDATION_ERROR")
    assert list(reply.json()["error"]["details"]) == ["url"]


def test_what_people_do_is_told_by_the_event_that_says_most(
    api: Caller, hooks: Receiver, webhook: dict[str, Any]
) -> None:
    agent = api.made("/agents", AGENT)
    task = api.made("/tasks", {"title": "Sign-up"})
    api.post(f"/tasks/{task['id']}/assign", {"agentId": agent["id"]})
    api.patch(f"/tasks/{task['id']}", {"status": "active"})
    api.patch(f"/tasks/{task['id']}", {"title": "Sign-up"})
    api.patch(f"/tasks/{task['id']}", {"status": "completed"})

    assert sorted(arrived(api, hooks)) == sorted(
        [
            "agent.created",
            "task.created",
            "task.assigned",
            "task.updated",
            "agent.status_changed",
            "task.completed",
            "agent.status_changed",
        ]
    )
    (done,) = [came.json["data"] for came in hooks.received if came.json["event"] == "task.completed"]
    assert done["agent"] == {"id": agent["id"], "name": AGENT["name"], "type": "coding"}
    assert (done["status"], done["progress"], done["completedAt"]) == ("completed", 1, done["updatedAt"])
    changes = [came.json["data"] for came in hooks.received if came.json["event"] == "agent.status_changed"]
    assert sorted((change["previousStatus"], change["status"]) for change in changes) == [
        ("available", "busy"),
        ("busy", "available"),
    ]


def test_what_an_agent_does_is_told_step_by_step(api: Caller, hooks: Receiver, webhook: dict[str, Any]) -> None:
    api.sandbox.platform.workforce.settings = WorkSettings(pace=0.0, steps=3)
    api.made("/tasks", {"title": "Sign-up", "agentId": api.made("/agents", AGENT)["id"]})
    hooks.wait_for("task.completed")

    told = [came.json for came in hooks.received if came.json["event"].startswith("task.")]
    progress = {event["data"]["progress"] for event in told if event["event"] == "task.updated"}
    assert progress == {0, 0.333333, 0.666667}


def test_a_deleted_task_was_cancelled_before(api: Caller, hooks: Receiver, webhook: dict[str, Any]) -> None:
    task = api.made("/tasks", {"title": "Sign-up"})
    api.send("DELETE", f"/tasks/{task['id']}")
    api.sandbox.settle()

    assert [came.json["data"]["status"] for came in hooks.received if came.json["event"] == "task.updated"] == [
        "cancelled"
    ]


def test_a_refused_request_announces_nothing(api: Caller, hooks: Receiver, webhook: dict[str, Any]) -> None:
    task = api.made("/tasks", {"title": "Sign-up"})
    api.patch(f"/tasks/{task['id']}", {"status": "failed"})

    api.patch(f"/tasks/{task['id']}", {"status": "active"})

    assert sorted(arrived(api, hooks)) == ["task.created", "task.failed"]


@pytest.mark.parametrize("event", ALL)
def test_every_documented_event_can_be_triggered(
    api: Caller, hooks: Receiver, webhook: dict[str, Any], event: str
) -> None:
    event_id = api.sandbox.trigger(event, data={"name": "Ann", "title": "Mine"})

    assert arrived(api, hooks) == [event]
    assert hooks.received[0].json["data"]["name"] == "Ann"
    (delivery,) = api.sandbox.deliveries(event_id=event_id)
    assert (delivery.status, delivery.endpoint) == ("delivered", webhook["id"])


def test_an_event_that_does_not_exist_cannot_be_triggered(api: Caller) -> None:
    with pytest.raises(ValueError, match=r"Did you mean task\.created"):
        api.sandbox.trigger("task.create")


def test_only_active_webhooks_get_what_they_named(api: Caller, hooks: Receiver) -> None:
    api.made("/webhooks", {"url": hooks.url, "events": ["task.created"], "active": False})
    api.made("/webhooks", {"url": hooks.url, "events": ["task.failed"]})

    for event in ("task.created", "task.failed"):
        api.sandbox.trigger(event)

    assert arrived(api, hooks) == ["task.failed"]


def test_what_fails_comes_again_by_the_schedule_and_on_demand(
    api: Caller, hooks: Receiver, webhook: dict[str, Any]
) -> None:
    hooks.answers.extend([500, 200, 200])
    api.sandbox.trigger("task.created")
    api.sandbox.settle()
    api.sandbox.clock.advance(30)
    api.sandbox.settle()
    (delivery,) = api.sandbox.deliveries()
    api.sandbox.resend(delivery)

    assert arrived(api, hooks) == ["task.created"] * 3
    assert len({came.body for came in hooks.received}) == 1
    assert delivery.status == "delivered"
    assert [attempt.request_headers["X-Orchestrator-Signature"] for attempt in delivery.attempts] == ["***"] * 2


def test_an_address_that_is_not_of_this_machine_is_never_called(api: Caller) -> None:
    api.made("/webhooks", {"url": "https://app.example.com/webhooks", "events": ALL})

    api.sandbox.trigger("task.created")
    api.sandbox.settle()

    assert [delivery.status for delivery in api.sandbox.deliveries()] == ["refused"]
