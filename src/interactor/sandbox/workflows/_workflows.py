"""Workflows and their versions."""

from __future__ import annotations

from typing import Any

from interactor.sandbox._errors import not_found, refused
from interactor.workflows._conditions import same
from tandem.sandbox import Context, Problem, Registry

from ._definitions import faults_of

registry = Registry()
_VERSION_FIELDS = ("version_id", "name", "status", "created_at", "published_at")
_WORKFLOW_FIELDS = (
    "id",
    "name",
    "description",
    "latest_version_id",
    "published_version_id",
    "created_at",
    "updated_at",
)


@registry.handles("workflows.create")
def create(ctx: Context) -> dict[str, Any]:
    definition: dict[str, Any] = ctx.body
    if faults := faults_of(definition):
        raise faulty([{"field": fault["path"], "message": fault["message"]} for fault in faults])
    workflow = _by_name(ctx, definition["name"])
    if workflow is not None:
        latest = ctx.store.get("version", workflow["latest_version_id"], namespace=ctx.namespace)
        if latest is not None and same(latest["definition"], definition):
            raise Problem(409, "workflow_exists", f"{definition['name']} is defined like this already")
    return _draft(ctx, workflow or _new_workflow(ctx, definition["name"]), definition)


@registry.handles("workflows.validate")
def validate(ctx: Context) -> dict[str, Any]:
    faults = faults_of(ctx.body)
    return {"valid": False, "errors": faults} if faults else {"valid": True}


@registry.handles("workflows.list")
def list_workflows(ctx: Context) -> object:
    return ctx.page(ctx.store.query("workflow", namespace=ctx.namespace, newest_first=True), show=_show)


@registry.handles("workflows.get")
def get(ctx: Context) -> dict[str, Any]:
    workflow = found_workflow(ctx, ctx.path["name"])
    latest = ctx.store.get("version", workflow["latest_version_id"], namespace=ctx.namespace)
    definition: dict[str, Any] = latest["definition"] if latest else {}
    parts = ("initial_state", "ai_guidance", "states")
    return _show(workflow) | {name: definition[name] for name in parts if name in definition}


@registry.handles("workflows.delete")
def delete(ctx: Context) -> None:
    # Its versions stay in the store: instances that are under way run theirs to the end.
    workflow = found_workflow(ctx, ctx.path["name"])
    ctx.store.delete("workflow", workflow["name"], namespace=ctx.namespace)


@registry.handles("workflows.versions.list")
def list_versions(ctx: Context) -> object:
    workflow = found_workflow(ctx, ctx.path["name"])
    where = {"workflow_id": workflow["id"]}
    return ctx.page(
        ctx.store.query("version", namespace=ctx.namespace, where=where, newest_first=True), show=_show_version
    )


@registry.handles("workflows.versions.publish")
def publish(ctx: Context) -> dict[str, Any]:
    workflow = found_workflow(ctx, ctx.path["name"])
    version_id = ctx.path["version_id"]
    version = ctx.store.get("version", version_id, namespace=ctx.namespace)
    if version is None or version["workflow_id"] != workflow["id"]:
        raise not_found(f"version of {workflow['name']}", "version_not_found")
    if version["status"] == "published":
        raise refused("already_published", f"{version_id} is published already")
    now = ctx.clock.iso()
    published = {"published_version_id": version_id, "updated_at": now}
    ctx.store.update("workflow", workflow["name"], published, namespace=ctx.namespace)
    version |= {"status": "published", "published_at": now}
    return _show_version(ctx.store.put("version", version_id, version, namespace=ctx.namespace))


def found_workflow(ctx: Context, name: str, *elsewhere: str) -> dict[str, Any]:
    """The workflow of that name, or of that id, in the request's namespace or else in these."""
    for namespace in (ctx.namespace, *elsewhere):
        workflow = ctx.store.get("workflow", name, namespace=namespace)
        workflow = workflow or ctx.store.query("workflow", namespace=namespace, where={"id": name}).first()
        if workflow is not None:
            return workflow
    raise not_found("workflow", "workflow_not_found")


def faulty(details: list[dict[str, str]]) -> Problem:
    """A definition that cannot be created, with every fault of it."""
    count = f"{len(details)} fault{'s' if len(details) != 1 else ''}"
    return Problem(400, "invalid_workflow", f"The definition has {count}", details)


def _by_name(ctx: Context, name: str) -> dict[str, Any] | None:
    return ctx.store.get("workflow", name, namespace=ctx.namespace)


def _new_workflow(ctx: Context, name: str) -> dict[str, Any]:
    now = ctx.clock.iso()
    return {"id": ctx.ids.new("wf"), "name": name, "published_version_id": None, "created_at": now}


def _draft(ctx: Context, workflow: dict[str, Any], definition: dict[str, Any]) -> dict[str, Any]:
    version: dict[str, Any] = {
        "version_id": ctx.ids.new("v"),
        "workflow_id": workflow["id"],
        "name": workflow["name"],
        "status": "draft",
        "created_at": ctx.clock.iso(),
        "published_at": None,
        "definition": definition,
    }
    newest = {
        "description": definition.get("description"),
        "latest_version_id": version["version_id"],
        "updated_at": version["created_at"],
    }
    ctx.store.put("workflow", workflow["name"], workflow | newest, namespace=ctx.namespace)
    return _show_version(ctx.store.put("version", version["version_id"], version, namespace=ctx.namespace))


def _show(workflow: dict[str, Any]) -> dict[str, Any]:
    return {name: workflow[name] for name in _WORKFLOW_FIELDS}


def _show_version(version: dict[str, Any]) -> dict[str, Any]:
    return {name: version[name] for name in _VERSION_FIELDS}
