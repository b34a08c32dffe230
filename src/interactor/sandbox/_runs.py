"""What both families of instance operations share: starting, resuming and ending runs, and who comes first.

Two requests are at the same time when the second came in before the first had changed the instance. Every request to
resume therefore notes, as it comes in, how often the instance has changed so far (`revision_seen`).
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from tandem.sandbox import Context, Problem, Request, Store

from ._conditions import same
from ._engine import MAIN, NoWayOutError, Run, TooMuchDataError
from ._errors import invalid, not_found, refused
from ._history import keep_history
from ._streams import record
from ._workflows import found_workflow

ACTIVE = ("running", "halted")
MOST_ACTIVE = 10_000
_LARGEST_INPUT = 64 * 1024
# Real seconds. A platform takes its time over a run; here too, or else no two resumes could ever be at the same time.
_RUN_SECONDS = 0.02
_RESUMED = re.compile(
    r"/(?:workflows/instances|workflow-instances)/([^/]+)/(?:resume|input|events|threads/[^/]+/resume)$"
)


def start(ctx: Context, workflow_name: str, given: dict[str, Any], namespace: str, field: str) -> dict[str, Any]:
    """A new instance of a workflow's published version, as far as it comes by itself."""
    workflow = found_workflow(ctx, workflow_name)
    version_id = workflow["published_version_id"]
    version = ctx.store.get("version", version_id, namespace=ctx.namespace) if version_id else None
    if version is None:
        raise refused("workflow_not_published", f"{workflow['name']} has no published version")
    _check_size(given, field)
    _check_quota(ctx, namespace)
    now = ctx.clock.iso()
    instance: dict[str, Any] = {
        "id": ctx.ids.new("inst"),
        "workflow_id": workflow["id"],
        "workflow_name": workflow["name"],
        "version_id": version_id,
        "namespace": namespace,
        "status": "running",
        "current_state": "",
        "workflow_data": {},
        "history": [],
        "error": None,
        "created_at": now,
        "cancelled_at": None,
        "chat_id": ctx.ids.new("chat"),
        "revision": 0,
        "last_resume": None,
    }
    run = Run(version["definition"], instance, now)
    _within_limits(lambda: run.start(given), field)
    return _kept(ctx, run)


async def resume(ctx: Context, given: dict[str, Any], field: str = "input", thread: str = MAIN) -> dict[str, Any]:
    """The instance of the path, after somebody's input."""
    await asyncio.sleep(_RUN_SECONDS)
    _check_size(given, field)
    return _go_on(ctx, {"input": given, "thread": thread}, field, lambda run: run.resume(given, _whoever(ctx)))


async def trigger(ctx: Context, event: str, payload: dict[str, Any]) -> dict[str, Any]:
    """The instance of the path, after an event."""
    await asyncio.sleep(_RUN_SECONDS)
    _check_size(payload, "payload")
    sent = {"event": event, "payload": payload}
    return _go_on(ctx, sent, "payload", lambda run: run.trigger(event, payload, _whoever(ctx)))


def cancel(ctx: Context) -> dict[str, Any]:
    """The instance of the path, ended where it stands."""
    instance = found_instance(ctx)
    if instance["status"] not in ACTIVE:
        raise refused(
            "instance_not_active", f"{instance['id']} is {instance['status']}", {"status": instance["status"]}
        )
    run = _run(ctx, instance)
    run.cancel()
    return _kept(ctx, run)


def found_instance(ctx: Context) -> dict[str, Any]:
    """The instance that the path names."""
    instance = ctx.store.get("instance", ctx.path["instance_id"], namespace=ctx.namespace)
    if instance is None:
        raise not_found("instance", "instance_not_found")
    return instance


def threads_of(instance: dict[str, Any]) -> list[dict[str, Any]]:
    """The parallel paths of an instance. This engine walks one."""
    return [{"id": MAIN, "status": instance["status"], "current_state": instance["current_state"]}]


def revision_seen(request: Request, store: Store) -> int | None:
    """How often the instance that a request wants to resume has changed so far; None for any other request."""
    found = _RESUMED.search(request.path) if request.method == "POST" else None
    instance = store.get("instance", unquote(found[1]), namespace=None) if found else None
    return None if instance is None else int(instance["revision"])


def _go_on(ctx: Context, sent: dict[str, Any], field: str, act: Callable[[Run], None]) -> dict[str, Any]:
    instance = found_instance(ctx)
    earlier = _overtaken_by(ctx, instance)
    if earlier is not None and not same(earlier["sent"], sent):
        states = {"current_state": instance["current_state"], "expected_state": earlier["state"]}
        raise Problem(409, "concurrent_modification", "Another request changed the instance", states)
    if earlier is not None:
        return instance
    if instance["status"] != "halted":
        raise refused(
            "instance_not_halted", f"{instance['id']} is {instance['status']}", {"status": instance["status"]}
        )
    run = _run(ctx, instance)
    state = instance["current_state"]
    try:
        _within_limits(lambda: act(run), field)
    except NoWayOutError:
        raise refused("invalid_transition", f"No transition of {state} fits the input") from None
    instance["last_resume"] = {"sent": sent, "state": state, "made": instance["revision"] + 1}
    return _kept(ctx, run)


def _overtaken_by(ctx: Context, instance: dict[str, Any]) -> dict[str, Any] | None:
    """The resume that changed the instance after this request came in, if one did."""
    seen = ctx.principal.extra.get("revision_seen")
    last: dict[str, Any] | None = instance["last_resume"]
    return last if last is not None and seen is not None and last["made"] > seen else None


def _run(ctx: Context, instance: dict[str, Any]) -> Run:
    version = ctx.store.get("version", instance["version_id"], namespace=None)
    if version is None:
        raise not_found("version", "instance_not_found")
    return Run(version["definition"], instance, ctx.clock.iso())


def _kept(ctx: Context, run: Run) -> dict[str, Any]:
    instance = run.instance
    instance |= {"updated_at": run.now, "revision": instance["revision"] + 1}
    keep_history(ctx, instance, run.events)
    for kind, facts in run.signals:
        record(ctx, instance["id"], kind, **facts)
    for text in run.sayings:
        say(ctx, instance, "workflow", text)
    return ctx.store.put("instance", instance["id"], instance, namespace=instance["namespace"])


def say(ctx: Context, instance: dict[str, Any], role: str, content: str) -> dict[str, Any]:
    """Add a message to the chat of an instance. What the workflow says goes into the event stream as well."""
    message = {"id": ctx.ids.new("tmsg"), "role": role, "content": content, "created_at": ctx.clock.iso()}
    kept = {**message, "instance_id": instance["id"]}
    ctx.store.put("chat_message", message["id"], kept, namespace=instance["namespace"])
    if role == "workflow":
        shown = {**message, "room_id": instance["chat_id"], "role": "assistant"}
        record(ctx, instance["id"], "message.complete", message=shown)
    return message


def _within_limits(act: Callable[[], None], field: str) -> None:
    try:
        act()
    except TooMuchDataError:
        raise invalid(field, "makes the workflow data larger than 256 kB") from None


def _check_size(given: dict[str, Any], field: str) -> None:
    if len(json.dumps(given, ensure_ascii=False).encode()) > _LARGEST_INPUT:
        raise invalid(field, "is larger than 64 kB")


def _check_quota(ctx: Context, namespace: str) -> None:
    # Like all limits, it only refuses when limits are enforced.
    if not ctx.platform.limiter.enforce:
        return
    if ctx.store.count("instance", namespace=namespace, where={"status": list(ACTIVE)}) >= MOST_ACTIVE:
        raise Problem(
            429, "namespace_quota_exceeded", f"{MOST_ACTIVE} instances are active", headers={"Retry-After": "60"}
        )


def _whoever(ctx: Context) -> str:
    return ctx.principal.client_id
