"""The figures of an agent, computed from what became of the tasks that it was given. Pure.

An assignment is `{assignedAt, startedAt, endedAt, outcome, quality}`: unix times, or None where it has not come so
far; the outcome is the task's last status, or "reassigned". Source: CoordinAItor API, Agent Endpoints, metrics.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

_HOUR = 3600.0
_MOST_PEAKS = 2
# What every agent shows.
BRIEF = ("averageResponseTime", "successRate", "totalTasksCompleted")

Assignment = Mapping[str, Any]


def agent_metrics(
    agent: Mapping[str, Any],
    assignments: Sequence[Assignment],
    *,
    created: float,
    now: float,
    iso: Callable[[float], str],
) -> dict[str, Any]:
    """All figures of an agent that was made at `created`. What nothing is known of is left out."""
    return {
        "agentId": agent["id"],
        "period": {"start": iso(created), "end": iso(now)},
        "taskMetrics": _tasks(assignments),
        "performanceMetrics": _performance(assignments, coding=agent["type"] == "coding"),
        "utilizationMetrics": _utilization(assignments, created, now),
    }


def in_brief(tally: Mapping[str, float]) -> dict[str, Any]:
    """The figures that every agent shows, those of `BRIEF`, from sums over its assignments.

    >>> in_brief({"begun": 2, "waited": 3.0, "over": 1, "completed": 1})
    {'averageResponseTime': 1.5, 'successRate': 1.0, 'totalTasksCompleted': 1}
    """
    begun, over = tally["begun"], tally["over"]
    return _known(
        averageResponseTime=round(tally["waited"] / begun, 4) if begun else None,
        successRate=round(tally["completed"] / over, 4) if over else None,
        totalTasksCompleted=int(tally["completed"]),
    )


def _tasks(assignments: Sequence[Assignment]) -> dict[str, Any]:
    done = [each for each in assignments if each["outcome"] == "completed"]
    hours = [(each["endedAt"] - _began(each)) / _HOUR for each in done]
    return _known(
        totalTasks=len(assignments),
        completedTasks=len(done),
        failedTasks=_count(assignments, "failed"),
        cancelledTasks=_count(assignments, "cancelled"),
        successRate=_success(assignments),
        averageCompletionTime=_mean(hours),
    )


def _performance(assignments: Sequence[Assignment], *, coding: bool) -> dict[str, Any]:
    quality = _mean(each["quality"] for each in assignments if each["quality"] is not None)
    return _known(
        averageResponseTime=_mean(_waits(assignments)),
        qualityScore=quality,
        customerSatisfaction=None if quality is None else round(5 * quality, 2),
        codeQualityScore=quality if coding else None,
    )


def _utilization(assignments: Sequence[Assignment], created: float, now: float) -> dict[str, Any]:
    spans = sorted(
        (each["startedAt"], now if each["endedAt"] is None else each["endedAt"])
        for each in assignments
        if each["startedAt"] is not None
    )
    total, active = max(0.0, now - created) / _HOUR, _covered(spans) / _HOUR
    return {
        "totalHours": round(total, 4),
        "activeHours": round(active, 4),
        "utilizationRate": round(min(1.0, active / total), 4) if total else 0.0,
        "peakHours": _peaks(start for start, _ in spans),
    }


def _covered(spans: Iterable[tuple[float, float]]) -> float:
    """Seconds that lie in at least one of the spans, which come sorted."""
    covered, end = 0.0, float("-inf")
    for start, stop in spans:
        covered += max(0.0, stop - max(start, end))
        end = max(end, stop)
    return covered


def _peaks(starts: Iterable[float]) -> list[str]:
    """The hours of the day, in UTC, in which most work was begun."""
    counts = Counter(datetime.fromtimestamp(start, UTC).hour for start in starts)
    busiest = sorted(counts, key=lambda hour: (-counts[hour], hour))[:_MOST_PEAKS]
    return [f"{hour:02}:00-{(hour + 1) % 24:02}:00" for hour in sorted(busiest)]


def _waits(assignments: Iterable[Assignment]) -> list[float]:
    return [each["startedAt"] - each["assignedAt"] for each in assignments if each["startedAt"] is not None]


def _began(assignment: Assignment) -> float:
    began: float = assignment["assignedAt"] if assignment["startedAt"] is None else assignment["startedAt"]
    return began


def _success(assignments: Iterable[Assignment]) -> float | None:
    """The share of the tasks that were completed, among those that are over."""
    over = [each["outcome"] for each in assignments if each["outcome"] in ("completed", "failed", "cancelled")]
    return round(over.count("completed") / len(over), 4) if over else None


def _count(assignments: Iterable[Assignment], outcome: str) -> int:
    return sum(each["outcome"] == outcome for each in assignments)


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return round(sum(found) / len(found), 4) if found else None


def _known(**figures: Any) -> dict[str, Any]:
    return {name: value for name, value in figures.items() if value is not None}
