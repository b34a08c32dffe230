"""Agents over HTTP: what they are, whether they work, and how they have done."""

from __future__ import annotations

from typing import Any

import pytest

from .calling import Caller, error_of

AGENT = {"name": "React developer", "type": "coding", "model": "gpt-4", "provider": "openai"}
FULL = {
    **AGENT,
    "capabilities": ["react", "testing"],
    "specializations": ["frontend"],
    "maxConcurrentTasks": 2,
    "workingHours": {"timezone": "UTC", "start": "09:00", "end": "17:00", "days": ["monday"]},
    "configuration": {"temperature": 0.7, "style": "own"},
}


@pytest.fixture(autouse=True)
def _nobody_works(resting: None, nobody: None) -> None:
    """Nothing changes but by a request."""


@pytest.fixture
def agent(api: Caller) -> dict[str, Any]:
    made: dict[str, Any] = api.made("/agents", FULL)
    return made


def names(api: Caller, **query: Any) -> list[str]:
    return [found["name"] for found in api.fetched("/agents", **query)]


def test_a_new_agent_is_available_and_has_done_nothing(agent: dict[str, Any]) -> None:
    assert {name: agent[name] for name in FULL} == FULL
    assert (agent["status"], agent["currentTasks"], agent["totalTasksCompleted"]) == ("available", 0, 0)
    assert agent["lastActiveAt"] is None
    assert not agent.keys() & {"successRate", "averageResponseTime"}


def test_every_filter_narrows_the_list(api: Caller, agent: dict[str, Any]) -> None:
    other = api.made("/agents", {**AGENT, "name": "Tester", "type": "qa", "capabilities": ["testing"]})
    api.post(f"/agents/{other['id']}/disable")

    assert names(api) == ["Tester", "React developer"]
    assert names(api, type="qa") == ["Tester"]
    assert names(api, status="offline") == ["Tester"]
    assert names(api, capabilities="testing,react") == ["React developer"]
    assert names(api, available="true") == ["React developer"]
    assert names(api, available="false") == ["Tester"]
    assert api.get("/agents", limit=1).json()["pagination"]["pages"] == 2


def test_what_is_asked_for_comes_along(api: Caller, agent: dict[str, Any]) -> None:
    task = api.made("/tasks", {"title": "A", "agentId": agent["id"]})
    api.post(f"/agents/{agent['id']}/disable", {"reason": "Maintenance"})

    whole = api.fetched(f"/agents/{agent['id']}", include="tasks,metrics,logs")

    assert [found["id"] for found in whole["tasks"]] == [task["id"]]
    assert whole["metrics"] == {
        **api.fetched(f"/agents/{agent['id']}/metrics"),
        "period": whole["metrics"]["period"],
    } | {"utilizationMetrics": whole["metrics"]["utilizationMetrics"]}
    assert [line["data"]["reason"] for line in whole["logs"]] == ["Maintenance"]


def test_a_replacement_resets_settings_and_keeps_figures_and_status(api: Caller, agent: dict[str, Any]) -> None:
    api.post(f"/agents/{agent['id']}/disable")

    replaced = api.put(f"/agents/{agent['id']}", {**AGENT, "status": "error", "currentTasks": 9}).json()["data"]

    assert (replaced["capabilities"], replaced["maxConcurrentTasks"]) == ([], 1)
    assert not replaced.keys() & {"workingHours", "configuration"}
    assert (replaced["status"], replaced["currentTasks"]) == ("offline", 0)
    assert replaced["createdAt"] == agent["createdAt"]


def test_disabling_and_enabling_twice_changes_nothing_more(api: Caller, agent: dict[str, Any]) -> None:
    states = [api.made(f"/agents/{agent['id']}/{act}")["status"] for act in ("disable", "disable", "enable", "enable")]

    assert states == ["offline", "offline", "available", "available"]


def test_an_agent_with_as_many_tasks_as_it_takes_is_busy(api: Caller, agent: dict[str, Any]) -> None:
    tasks = [api.made("/tasks", {"title": title, "agentId": agent["id"]}) for title in "ab"]
    seen: list[tuple[str, int]] = []

    for task, status in ((tasks[0], "active"), (tasks[1], "active"), (tasks[0], "completed")):
        api.patch(f"/tasks/{task['id']}", {"status": status})
        now = api.fetched(f"/agents/{agent['id']}")
        seen.append((now["status"], now["currentTasks"]))

    assert seen == [("available", 1), ("busy", 2), ("available", 1)]
    assert api.fetched(f"/agents/{agent['id']}")["totalTasksCompleted"] == 1


def test_taking_more_at_once_ends_being_busy(api: Caller, agent: dict[str, Any]) -> None:
    api.put(f"/agents/{agent['id']}", AGENT)
    task = api.made("/tasks", {"title": "A", "agentId": agent["id"]})
    api.patch(f"/tasks/{task['id']}", {"status": "active"})
    assert api.fetched(f"/agents/{agent['id']}")["status"] == "busy"

    assert api.put(f"/agents/{agent['id']}", FULL).json()["data"]["status"] == "available"


def test_metrics_tell_what_happened(api: Caller, agent: dict[str, Any]) -> None:
    for status in ("completed", "failed", "cancelled", "completed"):
        task = api.made("/tasks", {"title": status, "agentId": agent["id"]})
        api.sandbox.clock.advance(60)
        api.patch(f"/tasks/{task['id']}", {"status": "active"})
        api.sandbox.clock.advance(hours=2)
        api.patch(f"/tasks/{task['id']}", {"status": status})
        if status == "failed":
            api.send("DELETE", f"/tasks/{task['id']}")

    told = api.fetched(f"/agents/{agent['id']}/metrics")

    assert told["taskMetrics"] == {
        "totalTasks": 4,
        "completedTasks": 2,
        "failedTasks": 1,
        "cancelledTasks": 1,
        "successRate": 0.5,
        "averageCompletionTime": pytest.approx(2, abs=0.1),
    }
    assert told["performanceMetrics"]["averageResponseTime"] == pytest.approx(60, abs=10)
    assert told["utilizationMetrics"]["activeHours"] == pytest.approx(8, abs=0.1)
    assert told["utilizationMetrics"]["utilizationRate"] > 0.95


@pytest.mark.parametrize("path", ["", "/tasks", "/metrics"])
def test_an_unknown_agent_is_not_found(api: Caller, path: str) -> None:
    assert error_of(api.get(f"/agents/agent-9{path}")) == (404, "NOT_FOUND")
    assert error_of(api.post("/agents/agent-9/enable")) == (404, "NOT_FOUND")
