"""Agents: what they are and can do, whether they work, and how they have done. Source: CoordinAItor API, Agent
Endpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tandem.sandbox import Context, Place, Registry

from . import _agents_metrics, _working_assignments
from ._agents_states import agent_data, keep, refresh
from ._events import announce, home
from ._logs import log, logs_of
from ._problems import lacks, not_found
from ._tasks_listing import moment
from ._tasks_views import show_task

registry = Registry()
HOUSE_AGENT = {
    "name": "Sandbox agent",
    "type": "coding",
    "model": "sandbox",
    "provider": "sandbox",
    "maxConcurrentTasks": 3,
}
_READ_TASKS = frozenset({"tasks:read"})
_SETTINGS = (
    "name",
    "type",
    "model",
    "provider",
    "capabilities",
    "specializations",
    "maxConcurrentTasks",
    "workingHours",
    "configuration",
)
_STATE = ("id", "status", "currentTasks", "createdAt", "lastActiveAt", *_agents_metrics.BRIEF)


@registry.handles("agents.create")
def create(ctx: Context) -> dict[str, Any]:
    agent = _new(ctx, ctx.body)
    announce(ctx, "agent.created", agent_data(agent))
    home(ctx).workforce.wake(ctx)
    return agent


@registry.handles("agents.list")
def list_agents(ctx: Context) -> object:
    where: dict[str, Any] = {name: ctx.query[name] for name in ("type", "status") if name in ctx.query}
    found = ctx.store.query("agent", namespace=ctx.namespace, where=where, newest_first=True)
    capabilities, available = set(ctx.query.get("capabilities") or ()), ctx.query.get("available")
    if not capabilities and available is None:
        return ctx.page(found)
    return ctx.page(
        [
            agent
            for agent in found.all()
            if capabilities <= set(agent["capabilities"]) and available in (None, agent["status"] == "available")
        ]
    )


@registry.handles("agents.get")
def get(ctx: Context) -> dict[str, Any]:
    agent, include = _found(ctx), ctx.query.get("include") or ()
    if "tasks" in include and not home(ctx).grants(ctx.principal, _READ_TASKS):
        raise lacks(_READ_TASKS)
    related = {name: _RELATED[name](ctx, agent) for name in include}
    return {**agent, **related}


@registry.handles("agents.replace")
def replace(ctx: Context) -> dict[str, Any]:
    agent = _found(ctx)
    state = {name: agent[name] for name in _STATE if name in agent}
    ctx.store.put("agent", agent["id"], {**_settings(ctx.body), **state}, namespace=ctx.namespace)
    home(ctx).workforce.wake(ctx)  # it may take more tasks at once than before
    return _refreshed(ctx, agent["id"])


@registry.handles("agents.enable")
def enable(ctx: Context) -> dict[str, Any]:
    agent = _found(ctx)
    if agent["status"] not in ("offline", "error"):
        return agent
    log(ctx, "info", "agents", "The agent was enabled", {"agentId": agent["id"]})
    enabled = _refreshed(ctx, agent["id"], enabled=True)
    home(ctx).workforce.resume(ctx, agent["id"])
    return enabled


@registry.handles("agents.disable")
def disable(ctx: Context) -> dict[str, Any]:
    agent = _found(ctx)
    if agent["status"] == "offline":
        return agent
    given: Mapping[str, Any] = ctx.body or {}
    log(ctx, "warn", "agents", "The agent was disabled", {"agentId": agent["id"], "reason": given.get("reason")})
    return keep(ctx, agent, {"status": "offline"})


@registry.handles("agents.tasks.list")
def list_tasks_of(ctx: Context) -> object:
    agent = _found(ctx)
    query = ctx.store.query("task", namespace=ctx.namespace, where={"agentId": agent["id"]}, newest_first=True)
    return ctx.page(query, show=lambda task: show_task(ctx, task))


@registry.handles("agents.metrics")
def metrics(ctx: Context) -> dict[str, Any]:
    return _metrics(ctx, _found(ctx))


def seed(place: Place) -> None:
    """The agent that every sandbox has, so that whatever is to be done gets done."""
    _new(place, HOUSE_AGENT)


def _new(place: Place, given: Mapping[str, Any]) -> dict[str, Any]:
    agent: dict[str, Any] = {
        "id": place.ids.new("agent"),
        **_settings(given),
        "status": "available",
        "currentTasks": 0,
        "totalTasksCompleted": 0,
        "createdAt": place.clock.iso(),
        "lastActiveAt": None,
    }
    return place.store.put("agent", agent["id"], agent, namespace=place.namespace)


def _settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """What can be set of an agent, with the defaults of what was not given."""
    defaults: dict[str, Any] = {"capabilities": [], "specializations": [], "maxConcurrentTasks": 1}
    return defaults | {name: given[name] for name in _SETTINGS if name in given}


def _found(ctx: Context) -> dict[str, Any]:
    agent = ctx.store.get("agent", ctx.path["agentId"], namespace=ctx.namespace)
    if agent is None:
        raise not_found("agent", ctx.path["agentId"])
    return agent


def _refreshed(ctx: Context, agent_id: str, *, enabled: bool = False) -> dict[str, Any]:
    agent = refresh(ctx, agent_id, enabled=enabled)
    if agent is None:
        raise not_found("agent", agent_id)
    return agent


def _metrics(ctx: Context, agent: Mapping[str, Any]) -> dict[str, Any]:
    assignments = _working_assignments.of_agent(ctx, agent["id"])
    created, now = moment(agent["createdAt"]).timestamp(), ctx.clock.now()
    return _agents_metrics.agent_metrics(agent, assignments, created=created, now=now, iso=ctx.clock.iso)


def _tasks(ctx: Context, agent: Mapping[str, Any]) -> list[dict[str, Any]]:
    where = {"agentId": agent["id"]}
    found = ctx.store.list("task", namespace=ctx.namespace, where=where, newest_first=True)
    return [show_task(ctx, task) for task in found]


_RELATED: dict[str, Callable[[Context, Mapping[str, Any]], Any]] = {
    "tasks": _tasks,
    "metrics": _metrics,
    "logs": lambda ctx, agent: logs_of(ctx, {"data.agentId": agent["id"]}),
}
