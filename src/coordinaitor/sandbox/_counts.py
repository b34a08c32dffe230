"""How many there are of what. Sources: CoordinAItor API, Project Endpoints and System Endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tandem.sandbox import Place

TASK_STATES = ("completed", "active", "pending", "failed", "cancelled")
AGENT_STATES = ("available", "busy", "offline", "error")


def tasks_of(place: Place, project_id: str) -> dict[str, int]:
    """The tasks of a project, by their state."""
    return _by_state(place, "task", TASK_STATES, {"projectId": project_id})


def all_tasks(place: Place) -> dict[str, int]:
    """All tasks, by their state."""
    return _by_state(place, "task", TASK_STATES, {})


def all_agents(place: Place) -> dict[str, int]:
    """All agents, by their state."""
    return _by_state(place, "agent", AGENT_STATES, {})


def completed_today(place: Place) -> int:
    """Tasks completed since midnight, UTC."""
    today = place.clock.iso()[: len("2026-01-15")]
    done = place.store.list("task", namespace=place.namespace, where={"status": "completed"})
    return sum(str(task.get("completedAt") or "").startswith(today) for task in done)


def _by_state(place: Place, kind: str, states: tuple[str, ...], where: Mapping[str, Any]) -> dict[str, int]:
    def count(**more: str) -> int:
        return place.store.count(kind, namespace=place.namespace, where={**where, **more})

    return {"total": count(), **{state: count(status=state) for state in states}}
