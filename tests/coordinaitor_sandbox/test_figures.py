"""The figures of an agent, computed without a platform."""

from __future__ import annotations

from typing import Any

import pytest

from coordinaitor.sandbox._agents_metrics import agent_metrics, in_brief
from tandem.sandbox import Clock

HOUR = 3600.0


def assignment(
    assigned: float, started: float | None = None, ended: float | None = None, **more: Any
) -> dict[str, Any]:
    return {
        "assignedAt": assigned,
        "startedAt": started,
        "endedAt": ended,
        "outcome": None,
        "quality": None,
        **more,
    }


DONE = assignment(0, 10, 10 + 2 * HOUR, outcome="completed", quality=1.0)
ALSO_DONE = assignment(HOUR, HOUR + 20, HOUR + 20 + 4 * HOUR, outcome="completed", quality=0.8)
FAILED = assignment(9 * HOUR, 9 * HOUR, 10 * HOUR, outcome="failed")
CANCELLED = assignment(9 * HOUR, None, 9 * HOUR, outcome="cancelled")
RUNNING = assignment(11 * HOUR, 11 * HOUR)
GIVEN_AWAY = assignment(0, None, 1, outcome="reassigned")


def figures(*assignments: dict[str, Any], kind: str = "coding", now: float = 12 * HOUR) -> Any:
    return agent_metrics({"id": "agent-1", "type": kind}, assignments, created=0.0, now=now, iso=Clock().iso)


def test_tasks_are_counted_by_what_became_of_them() -> None:
    assert figures(DONE, ALSO_DONE, FAILED, CANCELLED, RUNNING, GIVEN_AWAY)["taskMetrics"] == {
        "totalTasks": 6,
        "completedTasks": 2,
        "failedTasks": 1,
        "cancelledTasks": 1,
        "successRate": 0.5,
        "averageCompletionTime": 3.0,
    }


def test_quality_is_that_of_the_completed_tasks() -> None:
    assert figures(DONE, ALSO_DONE, RUNNING)["performanceMetrics"] == {
        "averageResponseTime": 10.0,
        "qualityScore": 0.9,
        "customerSatisfaction": 4.5,
        "codeQualityScore": 0.9,
    }
    assert "codeQualityScore" not in figures(DONE, kind="review")["performanceMetrics"]


def test_hours_in_which_two_tasks_were_worked_on_count_once() -> None:
    assert figures(DONE, ALSO_DONE, RUNNING)["utilizationMetrics"] == {
        "totalHours": 12.0,
        "activeHours": pytest.approx(5 + 10 / HOUR + 1, abs=0.01),
        "utilizationRate": pytest.approx(0.5, abs=0.01),
        "peakHours": ["00:00-01:00", "01:00-02:00"],
    }


def test_of_an_agent_without_tasks_nothing_is_claimed() -> None:
    told = figures(now=0.0)

    assert told["taskMetrics"] == {"totalTasks": 0, "completedTasks": 0, "failedTasks": 0, "cancelledTasks": 0}
    assert told["performanceMetrics"] == {}
    assert told["utilizationMetrics"] == {
        "totalHours": 0.0,
        "activeHours": 0.0,
        "utilizationRate": 0.0,
        "peakHours": [],
    }
    assert in_brief({"begun": 0, "waited": 0.0, "over": 0, "completed": 0}) == {"totalTasksCompleted": 0}


def test_the_period_reaches_from_the_agents_beginning_to_now() -> None:
    assert figures()["period"] == {"start": "1970-01-01T00:00:00.000Z", "end": "1970-01-01T12:00:00.000Z"}
