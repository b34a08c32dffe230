"""Projects: what tasks, people and agents are brought together for. Their figures are counted when they are asked for.

Source: CoordinAItor API, Project Endpoints.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tandem.sandbox import Context, Place, Registry

from ._access import caller
from ._counts import tasks_of
from ._events import announce
from ._logs import log
from ._members import KIND, checked_member, found_project, refuse_in_project, tell_members
from ._problems import invalid
from ._tasks_listing import moment
from ._tasks_views import show_task

registry = Registry()
_DEFAULTS: dict[str, Any] = {"description": None, "priority": "medium", "startDate": None, "endDate": None, "tags": []}
_SETTINGS = (*_DEFAULTS, "name", "budget")


@registry.handles("projects.create")
def create(ctx: Context) -> dict[str, Any]:
    now = ctx.clock.iso()
    begun: dict[str, Any] = {
        "status": "active",
        "teamMembers": [],
        "agents": [],
        "createdAt": now,
        "createdBy": caller(ctx),
    }
    project: dict[str, Any] = {"id": ctx.ids.new("proj"), **begun, **_settings(ctx, begun), "updatedAt": now}
    ctx.store.put(KIND, project["id"], project, namespace=ctx.namespace)
    announce(ctx, "project.created", project_data(project))
    log(ctx, "info", "projects", f"The project {project['name']!r} was created", {"projectId": project["id"]})
    tell_members(ctx, project, project["teamMembers"])
    return _shown(ctx, project)


@registry.handles("projects.list")
def list_projects(ctx: Context) -> object:
    where = {"status": ctx.query["status"]} if "status" in ctx.query else None
    query = ctx.store.query(KIND, namespace=ctx.namespace, where=where, newest_first=True)
    words, member = str(ctx.query.get("search") or "").casefold().split(), ctx.query.get("memberId")
    if not words and member is None:
        return ctx.page(query, show=lambda project: _shown(ctx, project))
    found = [each for each in query.all() if _has_words(each, words) and _has_member(each, member)]
    return ctx.page(found, show=lambda project: _shown(ctx, project))


@registry.handles("projects.get")
def get(ctx: Context) -> dict[str, Any]:
    return _shown(ctx, found_project(ctx))


@registry.handles("projects.replace")
def replace(ctx: Context) -> dict[str, Any]:
    project = found_project(ctx)
    refuse_in_project(ctx, project["id"], "projects:write")
    kept = {name: value for name, value in project.items() if name not in _SETTINGS}
    after: dict[str, Any] = {**kept, **_settings(ctx, kept), "updatedAt": ctx.clock.iso()}
    completes = after["status"] == "completed" and project["status"] != "completed"
    after["completedAt"] = ctx.clock.iso() if completes else project.get("completedAt")
    ctx.store.put(KIND, project["id"], after, namespace=ctx.namespace)
    if completes:
        announce(ctx, "project.completed", project_data(after))
        log(ctx, "info", "projects", f"The project {after['name']!r} is completed", {"projectId": after["id"]})
    known = {member["userId"] for member in project["teamMembers"]}
    tell_members(ctx, after, [member for member in after["teamMembers"] if member["userId"] not in known])
    return _shown(ctx, after)


@registry.handles("projects.delete")
def delete(ctx: Context) -> None:
    project = found_project(ctx)
    refuse_in_project(ctx, project["id"], "projects:write")
    ctx.store.delete(KIND, project["id"], namespace=ctx.namespace)
    # Its tasks were work of somebody: they stay, and belong to no project.
    for task in ctx.store.list("task", namespace=ctx.namespace, where={"projectId": project["id"]}):
        ctx.store.put("task", task["id"], {**task, "projectId": None}, namespace=ctx.namespace)
    log(ctx, "warn", "projects", f"The project {project['name']!r} was deleted", {"projectId": project["id"]})


@registry.handles("projects.tasks.list")
def list_tasks(ctx: Context) -> object:
    where = {"projectId": found_project(ctx)["id"]}
    query = ctx.store.query("task", namespace=ctx.namespace, where=where, newest_first=True)
    return ctx.page(query, show=lambda task: show_task(ctx, task))


def project_data(project: Mapping[str, Any]) -> dict[str, Any]:
    """What an event tells of a project."""
    told = {name: project[name] for name in ("id", "name", "status")}
    return {**told, "completedAt": project.get("completedAt")}


def _settings(ctx: Context, kept: Mapping[str, Any]) -> dict[str, Any]:
    """What the body sets, with the defaults of all that it leaves out. Raises the 422 of what does not exist."""
    given: Mapping[str, Any] = ctx.body
    _check_dates(given)
    members = [checked_member(ctx, each, "teamMembers") for each in given.get("teamMembers", kept["teamMembers"])]
    if len({member["userId"] for member in members}) < len(members):
        raise invalid("teamMembers", "Names a user twice")
    agents = list(dict.fromkeys(given.get("agents", kept["agents"])))
    for agent in agents if "agents" in given else ():
        if ctx.store.get("agent", agent, namespace=ctx.namespace) is None:
            raise invalid("agents", f"No agent has the id {agent}")
    settings = {name: given[name] for name in _SETTINGS if name in given}
    status = given.get("status", kept["status"])
    return {**_DEFAULTS, **settings, "status": status, "teamMembers": members, "agents": agents}


def _check_dates(given: Mapping[str, Any]) -> None:
    moments: dict[str, datetime] = {}
    for name in ("startDate", "endDate"):
        try:
            if name in given:
                moments[name] = moment(given[name])
        except ValueError:
            raise invalid(name, "Is not a time of this calendar") from None
    if len(moments) == 2 and moments["endDate"] < moments["startDate"]:
        raise invalid("endDate", "Is before the start")


def _shown(place: Place, project: Mapping[str, Any]) -> dict[str, Any]:
    count = tasks_of(place, project["id"])
    figures = {
        "taskCount": count,
        "progress": round(count["completed"] / count["total"], 4) if count["total"] else 0.0,
        "teamSize": len(project["teamMembers"]),
        "assignedAgents": len(project["agents"]),
    }
    hidden = ("createdBy", "completedAt")
    return {**{name: value for name, value in project.items() if name not in hidden}, **figures}


def _has_words(project: Mapping[str, Any], words: list[str]) -> bool:
    text = f"{project['name']} {project['description'] or ''}".casefold()
    return all(word in text for word in words)


def _has_member(project: Mapping[str, Any], user_id: str | None) -> bool:
    return user_id is None or any(member["userId"] == user_id for member in project["teamMembers"])
