"""The state of an agent: it follows from what it works on, until somebody disables it or something breaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tandem.sandbox import Place

from . import _working_assignments
from ._agents_metrics import in_brief
from ._events import announce

_OUT_OF_WORK = ("offline", "error")


def works(agent: Mapping[str, Any]) -> bool:
    """Whether an agent goes on with what it has begun."""
    return agent["status"] not in _OUT_OF_WORK


def refresh(place: Place, agent_id: str, at: float | None = None, *, enabled: bool = False) -> dict[str, Any] | None:
    """Bring an agent's figures and its state up to date; `enabled` ends whatever kept it from working."""
    agent = place.store.get("agent", agent_id, namespace=place.namespace)
    if agent is None:
        return None
    current = place.store.count("task", namespace=place.namespace, where={"agentId": agent_id, "status": "active"})
    status = agent["status"]
    if enabled or works(agent):
        status = "busy" if current >= agent["maxConcurrentTasks"] else "available"
    figures = in_brief(_working_assignments.tally_of(place, agent_id))
    seen = {} if enabled else {"lastActiveAt": place.clock.iso(at)}
    return keep(place, agent, {"currentTasks": current, "status": status, **figures, **seen})


def keep(place: Place, agent: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Change an agent; a new state is announced."""
    after = {**agent, **changes}
    place.store.put("agent", agent["id"], after, namespace=place.namespace)
    if after["status"] != agent["status"]:
        announce(place, "agent.status_changed", agent_data(after) | {"previousStatus": agent["status"]})
    return after


def agent_data(agent: Mapping[str, Any]) -> dict[str, Any]:
    """What an event tells of an agent."""
    return {name: agent[name] for name in ("id", "name", "type", "status")}
