"""The people of a project: who they are, and what they may do there. Source: CoordinAItor API, Project Endpoints.

Administrators may do everything in every project, and so may whoever began it. Another member may do what the
membership says, or else what its role may; who is no member may look, and change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tandem.sandbox import Context, Registry

from ._access import caller
from ._accounts import permissions_of, user_of
from ._events import home
from ._logs import log
from ._notifications import notify
from ._problems import conflict, forbidden, invalid, not_found

registry = Registry()
KIND = "project"


@registry.handles("projects.members.add")
def add(ctx: Context) -> dict[str, Any]:
    project = found_project(ctx)
    refuse_in_project(ctx, project["id"], "projects:write")
    member = checked_member(ctx, ctx.body, "userId")
    if any(each["userId"] == member["userId"] for each in project["teamMembers"]):
        raise conflict("The user is a member already")
    project["teamMembers"].append(member)
    _keep(ctx, project)
    tell_members(ctx, project, [member])
    return member


@registry.handles("projects.members.remove")
def remove(ctx: Context) -> None:
    project = found_project(ctx)
    refuse_in_project(ctx, project["id"], "projects:write")
    left = [member for member in project["teamMembers"] if member["userId"] != ctx.path["userId"]]
    if len(left) == len(project["teamMembers"]):
        raise not_found("member", ctx.path["userId"])
    _keep(ctx, {**project, "teamMembers": left})


def found_project(ctx: Context) -> dict[str, Any]:
    """The project that the request is about."""
    project = ctx.store.get(KIND, ctx.path["projectId"], namespace=ctx.namespace)
    if project is None:
        raise not_found("project", ctx.path["projectId"])
    return project


def refuse_in_project(ctx: Context, project_id: str | None, permission: str) -> None:
    """Raise the 403 of a caller who may not do this in a project; one that does not exist hinders nobody."""
    project = None if project_id is None else ctx.store.get(KIND, project_id, namespace=ctx.namespace)
    if project is None or "admin" in ctx.principal.scopes or project["createdBy"] == caller(ctx):
        return
    # The key of an administrator acts for one, with no more than its own permissions.
    user = user_of(ctx, caller(ctx))
    if user is not None and "admin" in permissions_of(user["role"], home(ctx).permissions):
        return
    member = next((each for each in project["teamMembers"] if each["userId"] == caller(ctx)), None)
    if member is None:
        raise forbidden(f"You are no member of the project {project_id}")
    if permission not in _permissions(ctx, member):
        raise forbidden(f"Your membership of the project {project_id} lacks the permission {permission}")


def checked_member(ctx: Context, given: Mapping[str, Any], field: str) -> dict[str, Any]:
    """A member as it is kept. Raises the 422 of a user who does not exist."""
    if user_of(ctx, given["userId"]) is None:
        raise invalid(field, f"No user has the id {given['userId']}")
    return {name: given[name] for name in ("userId", "role", "permissions") if name in given}


def tell_members(ctx: Context, project: Mapping[str, Any], members: list[dict[str, Any]]) -> None:
    """Let people know that they joined a project."""
    for member in members:
        message = f"You are now {member['role']} of {project['name']}."
        notify(ctx, member["userId"], "project.member_added", message, {"projectId": project["id"]})
        data = {"projectId": project["id"], "userId": member["userId"]}
        log(ctx, "info", "projects", f"A {member['role']} joined the project {project['name']!r}", data)


def _permissions(ctx: Context, member: Mapping[str, Any]) -> frozenset[str]:
    if "permissions" in member:
        return frozenset(member["permissions"])
    return permissions_of(member["role"], home(ctx).permissions)


def _keep(ctx: Context, project: dict[str, Any]) -> None:
    project["updatedAt"] = ctx.clock.iso()
    ctx.store.put(KIND, project["id"], project, namespace=ctx.namespace)
