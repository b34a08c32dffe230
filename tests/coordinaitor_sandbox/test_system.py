"""Health, figures and logs: nothing in them that did not happen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
import pytest

from coordinaitor.sandbox import Fault, Sandbox

from .calling import Caller, error_of

AGENT = {"name": "Ann", "type": "coding", "model": "gpt-4", "provider": "openai"}


def test_health_needs_somebody_but_no_permission(sandbox: Sandbox, http: httpx.Client, api: Caller) -> None:
    program = api.with_headers(**{"X-API-Key": sandbox.api_key(["webhooks:write"])})

    assert program.fetched("/system/health")["status"] == "healthy"
    assert error_of(program.get("/system/status")) == (403, "AUTHORIZATION_ERROR")
    assert error_of(api.with_headers().get("/system/health")) == (401, "AUTHENTICATION_ERROR")


def test_uptime_runs_on_the_clock_of_the_platform(api: Caller) -> None:
    before = api.fetched("/system/health")["uptime"]

    api.sandbox.clock.advance(hours=2)

    assert 7200 <= api.fetched("/system/health")["uptime"] - before < 7300


def test_tasks_and_agents_are_counted_as_they_are(api: Caller, nobody: None, resting: None) -> None:
    agents = [api.made("/agents", AGENT)["id"] for _ in range(2)]
    api.post(f"/agents/{agents[0]}/disable", {})
    tasks = [api.made("/tasks", {"title": "A"})["id"] for _ in range(3)]
    for state in ("active", "completed"):
        api.patch(f"/tasks/{tasks[0]}", {"status": state})
    api.patch(f"/tasks/{tasks[1]}", {"status": "active"})

    found = api.fetched("/system/metrics")

    assert found["tasks"] == {"total": 3, "completed": 1, "active": 1, "pending": 1, "failed": 0, "cancelled": 0}
    assert found["agents"] == {"total": 2, "available": 1, "busy": 0, "offline": 1, "error": 0}
    assert (found["activeTasks"], found["completedToday"]) == (1, 1)


def test_yesterday_is_not_today(api: Caller, nobody: None, resting: None) -> None:
    task = api.made("/tasks", {"title": "A"})["id"]
    for state in ("active", "completed"):
        api.patch(f"/tasks/{task}", {"status": state})

    api.sandbox.clock.advance(days=1)

    assert api.fetched("/system/metrics")["completedToday"] == 0


def test_failures_and_times_are_those_of_the_requests(api: Caller) -> None:
    for _ in range(3):
        api.get("/tasks")
    api.get("/tasks/none")  # no failure of the platform's
    api.sandbox.faults.add(Fault(operation="tasks.list", status=500))
    api.get("/tasks")

    figures = api.fetched("/system/health")["metrics"]
    answered = len([entry for entry in api.sandbox.journal.entries() if entry.status is not None])

    assert figures["errorRate"] == pytest.approx(1 / (answered - 1), abs=1e-4)
    assert figures["averageResponseTime"] > 0


def test_a_broken_agent_degrades_the_installation(api: Caller) -> None:
    agent = api.made("/agents", AGENT)["id"]
    store = api.sandbox.platform.store
    store.update("agent", agent, {"status": "error"}, namespace="")

    state = api.fetched("/system/status")

    assert (state["status"], state["services"]["agents"]["status"]) == ("degraded", "degraded")


def test_requests_and_events_stand_in_the_log_newest_first(api: Caller) -> None:
    api.post("/auth/login", {"email": api.sandbox.email, "password": api.sandbox.password})
    api.get("/tasks/none")
    api.made("/projects", {"name": "Shop"})

    entries: list[dict[str, Any]] = api.fetched("/system/logs")
    times = [entry["timestamp"] for entry in entries]

    assert times == sorted(times, reverse=True)
    assert {"api", "auth", "projects"} <= {entry["service"] for entry in entries}
    assert any(entry["message"] == "GET /api/v1/tasks/none was answered with 404" for entry in entries)


@pytest.mark.parametrize(
    ("query", "services"), [({"level": "warn"}, {"api"}), ({"service": "projects"}, {"projects"}), ({"limit": 1}, None)]
)
def test_logs_are_filtered(api: Caller, query: dict[str, Any], services: set[str] | None) -> None:
    api.post("/auth/login", {"email": api.sandbox.email, "password": api.sandbox.password})
    api.get("/tasks/none")
    api.made("/projects", {"name": "Shop"})

    entries = api.fetched("/system/logs", **query)

    assert len(entries) == 1
    assert services is None or {entry["service"] for entry in entries} == services


def test_logs_since_a_moment_are_those_after_it(api: Caller) -> None:
    api.made("/projects", {"name": "Old"})
    api.sandbox.clock.advance(60)
    since = api.sandbox.clock.iso()
    api.sandbox.clock.advance(60)
    api.made("/projects", {"name": "New"})

    (entry,) = api.fetched("/system/logs", service="projects", since=since)

    assert "'New'" in entry["message"]
    assert datetime.fromisoformat(entry["timestamp"]) > datetime.fromisoformat(since)


def test_a_fresh_platform_counts_afresh(api: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(operation="tasks.list", status=500))
    api.get("/tasks")

    sandbox.reset()
    program = api.with_headers(**{"X-API-Key": sandbox.api_key()})

    assert program.fetched("/system/health")["metrics"]["errorRate"] == 0
    assert program.fetched("/system/logs", level="error") == []
