"""What the live channels tell of tasks, agents and projects, as a WebSocket client of any language hears it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from coordinaitor_api.models import TaskEventData
from websockets.sync.client import ClientConnection, connect

from coordinaitor.sandbox._working import WorkSettings
from tandem.models import timestamp

from .calling import Caller, error_of

AGENT = {"name": "React developer", "type": "coding", "model": "gpt-4", "provider": "openai"}


@pytest.fixture
def line(api: Caller, resting: None, nobody: None) -> Iterator[ClientConnection]:
    url = api.sandbox.url.replace("http:", "ws:") + "/ws"
    with connect(url, additional_headers=api.headers, proxy=None, open_timeout=10, close_timeout=1) as connection:
        yield connection


def subscribe(api: Caller, line: ClientConnection, channel: str, **filters: Any) -> None:
    """Listen, and wait until the platform knows it."""
    line.send(json.dumps({"type": "subscribe", "channel": channel, "filters": filters}))
    line.ping().wait(10)
    api.sandbox.settle()


def heard(line: ClientConnection, last: str) -> list[dict[str, Any]]:
    """All messages up to one of this type."""
    found: list[dict[str, Any]] = [json.loads(line.recv(timeout=10))]
    while found[-1]["type"] != last:
        found.append(json.loads(line.recv(timeout=10)))
    return found


def test_every_step_of_a_task_is_told(api: Caller, line: ClientConnection) -> None:
    subscribe(api, line, "tasks")
    api.sandbox.platform.workforce.settings = WorkSettings(pace=0.0, steps=4)

    task = api.made("/tasks", {"title": "Sign-up", "agentId": api.made("/agents", AGENT)["id"]})

    told = heard(line, "task.completed")
    assert [message["type"] for message in told] == [
        "task.created",
        "task.assigned",
        *["task.updated"] * 4,
        "task.completed",
    ]
    assert [message["data"]["progress"] for message in told] == [0, 0, 0, 0.25, 0.5, 0.75, 1]
    assert {(message["channel"], message["data"]["id"]) for message in told} == {("tasks", task["id"])}
    assert told[-1]["data"]["status"] == "completed"
    assert told[-1]["data"]["agent"]["name"] == AGENT["name"]


@pytest.mark.parametrize("name", ["taskId", "projectId", "agentId", "priority"])
def test_a_filter_lets_through_what_has_the_field(api: Caller, line: ClientConnection, name: str) -> None:
    project, agent = api.made("/projects", {"name": "Web shop"}), api.made("/agents", AGENT)
    other = api.made("/tasks", {"title": "Other"})
    wanted = {"title": "Sign-up", "projectId": project["id"], "agentId": agent["id"], "priority": "high"}
    task = api.made("/tasks", wanted)
    subscribe(api, line, "tasks", **{name: {**wanted, "taskId": task["id"]}[name]})

    for each in (other, task):
        api.patch(f"/tasks/{each['id']}", {"status": "failed"})

    assert [message["data"]["id"] for message in heard(line, "task.failed")] == [task["id"]]


@pytest.mark.parametrize(
    ("channel", "name"), [("tasks", "project_id"), ("tasks", "nope"), ("agents", "projectId"), ("users", "agentId")]
)
def test_a_filter_that_the_channel_does_not_have_is_refused(
    api: Caller, line: ClientConnection, channel: str, name: str
) -> None:
    line.send(json.dumps({"type": "subscribe", "channel": channel, "filters": {name: "proj-1"}}))

    refusal = json.loads(line.recv(timeout=10))

    assert (refusal["type"], refusal["error"]["code"]) == ("error", "VALIDATION_ERROR")
    assert list(refusal["error"]["details"]) == [f"filters.{name}"]


def test_a_channel_is_refused_in_the_words_of_any_refusal(api: Caller) -> None:
    sandbox = api.sandbox
    url, headers = f"{sandbox.url.replace('http:', 'ws:')}/ws", {"X-API-Key": sandbox.api_key(["agents:read"])}

    with connect(url, additional_headers=headers, proxy=None, open_timeout=10, close_timeout=1) as line:
        line.send(json.dumps({"type": "subscribe", "channel": "tasks"}))
        refusal = json.loads(line.recv(timeout=10))

    assert refusal["type"] == "error"
    assert refusal["error"] == api.with_headers(**headers).get("/tasks").json()["error"]


def test_a_request_that_is_no_websocket_is_told_to_become_one(api: Caller) -> None:
    reply = api.http.get(f"{api.sandbox.url}/ws", headers=api.headers)

    assert error_of(reply) == (426, "UPGRADE_REQUIRED")
    assert reply.headers["upgrade"] == "websocket"


def test_all_that_is_told_of_a_task_is_documented(api: Caller, line: ClientConnection) -> None:
    subscribe(api, line, "tasks")
    agent, project = api.made("/agents", AGENT), api.made("/projects", {"name": "Web shop"})

    task = api.made("/tasks", {"title": "Sign-up", "agentId": agent["id"], "projectId": project["id"], "tags": ["a"]})

    (message,) = heard(line, "task.created")
    data = TaskEventData.from_dict(message["data"])
    assert data.additional_properties == {}
    assert (data.priority, data.project_id, data.agent_id, data.tags) == ("medium", project["id"], agent["id"], ["a"])
    assert (data.created_by, data.created_at, data.due_date) == (task["createdBy"], timestamp(task["createdAt"]), None)


def test_agents_and_projects_have_channels_of_their_own(api: Caller, line: ClientConnection) -> None:
    for channel in ("agents", "projects"):
        subscribe(api, line, channel)

    agent, project = api.made("/agents", AGENT), api.made("/projects", {"name": "Web shop"})
    api.post(f"/agents/{agent['id']}/disable")
    api.put(f"/projects/{project['id']}", {"name": "Web shop", "status": "completed"})

    told = heard(line, "project.completed")
    assert [(message["channel"], message["type"], message["data"]["status"]) for message in told] == [
        ("agents", "agent.created", "available"),
        ("projects", "project.created", "active"),
        ("agents", "agent.status_changed", "offline"),
        ("projects", "project.completed", "completed"),
    ]
    assert told[2]["data"]["previousStatus"] == "available"


def test_what_was_refused_is_told_to_nobody(api: Caller, line: ClientConnection) -> None:
    task = api.made("/tasks", {"title": "Sign-up"})
    subscribe(api, line, "tasks")

    api.patch(f"/tasks/{task['id']}", {"agentId": "agent-9"})
    api.send("DELETE", f"/tasks/{task['id']}")

    (message,) = heard(line, "task.updated")
    assert message["data"]["status"] == "cancelled"
