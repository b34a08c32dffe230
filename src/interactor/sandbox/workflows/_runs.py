"""What both families of instance operations share: starting, resuming and ending runs, and who comes first.

A request waits until the run has halted or ended, though not for ever: a run that takes long goes on by itself.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from interactor.sandbox._errors import invalid, not_found, refused
from interactor.workflows._conditions import same
from tandem._json import dumps
from tandem.sandbox import Context, Later, Problem, Request, Scene

from ._engine import Engine, engine_of, keep, schedule_end, walk_of
from ._flights import Flight
from ._homes import usual_namespace
from ._telling import Telling
from ._threads import ACTIVE, MAIN, is_over, new_thread, thread_of
from ._walk import NoWayOutError, TooMuchDataError, Walk
from ._workflows import found_workflow

MOST_ACTIVE = 10_000
_KEPT = "keyed_start"
_LARGEST_INPUT = 64 * 1024
_PATIENCE = 20.0  # real seconds that a request waits for a run
_FATAL = ("script_error", "script_timeout", "http_error", "http_timeout")
_RESUMED = re.compile(
    r"/(?:workflows/instances|workflow-instances)/([^/]+)/(?:resume|input|events|threads/[^/]+/resume)$"
)

Instance = dict[str, Any]
Show = Callable[[Instance], Any]


def start(ctx: Context, workflow_name: str, given: dict[str, Any], namespace: str, field: str, show: Show) -> Later:
    """A new instance of a workflow's published version, as far as it comes by itself."""
    # Who names the instance's namespace in the body, as the guide does, has defined the workflow without one.
    elsewhere = (usual_namespace(ctx.principal.extra),) if "namespace" in ctx.body else ()
    workflow = found_workflow(ctx, workflow_name, *elsewhere)
    version_id = workflow["published_version_id"]
    version = ctx.store.get("version", version_id, namespace=None) if version_id else None
    if version is None:
        raise refused("workflow_not_published", f"{workflow['name']} has no published version")
    _check_size(given, field)
    _check_quota(ctx, namespace)
    scene = Scene(ctx.platform, namespace)
    write = _write(ctx, namespace)
    begun = scene.store.get(_KEPT, write, namespace=namespace) if write else None
    if begun is not None and begun["until"] > ctx.clock.now():
        run = engine_of(ctx).run_of(begun["instance_id"], MAIN)
        return Later(_settled(scene, begun["instance_id"], run, show))
    instance = _new_instance(ctx, workflow, version, namespace, given)
    writer = engine_of(ctx).model is not None
    telling = Telling(ctx.clock.iso())
    walk = Walk(version["definition"], instance, instance["threads"][0], telling, writer=writer)
    try:
        walk.start()
    except TooMuchDataError:
        raise _too_much(field) from None
    schedule_end(scene, instance)
    if write:
        until = ctx.clock.now() + ctx.platform.idempotency_seconds
        scene.store.put(_KEPT, write, {"instance_id": instance["id"], "until": until}, namespace=namespace)
    run = engine_of(ctx).launch(scene, instance["id"], MAIN, keep(scene, walk))
    return Later(_settled(scene, instance["id"], run, show))


def resume(
    ctx: Context,
    given: dict[str, Any],
    show: Show,
    *,
    field: str = "input",
    thread: str = MAIN,
    event: str | None = None,
) -> Later:
    """The instance of the path, after somebody's input or an event."""
    _check_size(given, field)
    engine, instance = engine_of(ctx), found_instance(ctx)
    scene = Scene(ctx.platform, instance["namespace"])
    sent = {"input": given, "event": event}
    flying: dict[str, Flight] = ctx.principal.extra.get("flights") or {}
    flight = flying.get(thread) or engine.flights.find(instance["id"], thread)
    if flight is not None:
        return Later(_landed(scene, instance["id"], flight, sent, show))
    waiting = _thread(instance, thread)
    earlier = _overtaken_by(ctx, waiting) or _done_before(ctx, waiting, sent)
    if earlier is not None:
        return Later(_overtaken(scene, instance["id"], earlier["sent"], earlier["state"], sent, show))
    straggling = engine.flights.landed(instance["id"], thread)
    if waiting["status"] != "halted" and straggling is not None:
        return Later(_landed(scene, instance["id"], straggling, sent, show))
    if waiting["status"] != "halted":
        raise refused("instance_not_halted", f"{instance['id']} is {waiting['status']}", {"status": waiting["status"]})
    run = _accepted(ctx, scene, engine, instance, thread, sent, field)
    return Later(_settled(scene, instance["id"], run, show))


def cancel(ctx: Context) -> Instance:
    """The instance of the path, ended where it stands."""
    instance = found_instance(ctx)
    if is_over(instance):
        raise refused(
            "instance_not_active", f"{instance['id']} is {instance['status']}", {"status": instance["status"]}
        )
    scene = Scene(ctx.platform, instance["namespace"])
    walk = _walk(scene, instance["id"], MAIN)
    walk.cancel()
    keep(scene, walk)
    return walk.instance


def found_instance(ctx: Context) -> Instance:
    """The instance that the path names."""
    instance = ctx.store.get("instance", ctx.path["instance_id"], namespace=ctx.namespace)
    if instance is None:
        raise not_found("instance", "instance_not_found")
    return instance


def noticed(request: Request, engine: Engine) -> dict[str, Any]:
    """What stands when a request to resume comes in: how often its instance has changed, and which resumes fly."""
    found = _RESUMED.search(request.path) if request.method == "POST" else None
    if found is None:
        return {}
    instance_id = unquote(found[1])
    instance = engine.store.get("instance", instance_id, namespace=None)
    return {"revision_seen": instance["revision"] if instance else None, "flights": engine.flights.of(instance_id)}


# -- who comes first


def _accepted(
    ctx: Context, scene: Scene, engine: Engine, instance: Instance, thread: str, sent: dict[str, Any], field: str
) -> asyncio.Task[None]:
    walk = _walk(scene, instance["id"], thread)
    state = walk.thread["current_state"]
    try:
        walk.resume(sent["input"], ctx.principal.client_id, sent["event"])
    except NoWayOutError:
        raise refused("invalid_transition", f"No transition of {state} fits the input") from None
    except TooMuchDataError:
        raise _too_much(field) from None
    walk.thread["last_resume"] = {
        "sent": sent,
        "state": state,
        "made": 0,
        "key": ctx.headers.get(ctx.platform.idempotency_header),
    }
    walk.instance["traceparent"] = ctx.headers.get("traceparent") or walk.instance.get("traceparent")
    step = keep(scene, walk)
    flight = engine.flights.begin(instance["id"], thread, sent, state)
    return engine.fly(scene, instance["id"], thread, step, flight)


def _overtaken_by(ctx: Context, thread: dict[str, Any]) -> dict[str, Any] | None:
    """The resume that changed the instance after this request came in, if one did."""
    seen = ctx.principal.extra.get("revision_seen")
    last: dict[str, Any] | None = thread["last_resume"]
    return last if last is not None and seen is not None and last["made"] > seen else None


def _done_before(ctx: Context, thread: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any] | None:
    """This very resume, when a process did it and was killed before it could answer."""
    last: dict[str, Any] | None = thread["last_resume"]
    key = ctx.headers.get(ctx.platform.idempotency_header)
    return last if last is not None and key and last["key"] == key and same(last["sent"], sent) else None


async def _landed(scene: Scene, instance_id: str, flight: Flight, sent: dict[str, Any], show: Show) -> Any:
    await flight.wait()
    return await _overtaken(scene, instance_id, flight.sent, flight.state, sent, show)


async def _overtaken(
    scene: Scene, instance_id: str, first: dict[str, Any], state: str, sent: dict[str, Any], show: Show
) -> Any:
    """The result of the resume that was first, for one with the same input; else the guide's conflict."""
    instance = await _read(scene, instance_id)
    if same(first, sent):
        return show(_not_failed(instance))
    states = {"current_state": instance["current_state"], "expected_state": state}
    raise Problem(409, "concurrent_modification", "Another request changed the instance", states)


# -- how it ends


async def _settled(scene: Scene, instance_id: str, run: asyncio.Task[None] | None, show: Show) -> Any:
    if run is not None:
        await asyncio.wait({run}, timeout=_PATIENCE)
    return show(_not_failed(await _read(scene, instance_id)))


async def _read(scene: Scene, instance_id: str) -> Instance:
    async with scene.platform.turn():
        instance = scene.store.get("instance", instance_id, namespace=scene.namespace)
    if instance is None:
        raise not_found("instance", "instance_not_found")
    return instance


def _not_failed(instance: Instance) -> Instance:
    """The instance, unless its own logic has ended it: a 500, though the write is done all the same."""
    failure = instance.get("failure")
    if instance["status"] == "failed" and failure and failure["code"] in _FATAL:
        raise Problem(500, failure["code"], instance["error"], failure["details"], done=True)
    return instance


# -- parts


def _new_instance(
    ctx: Context, workflow: dict[str, Any], version: dict[str, Any], namespace: str, given: dict[str, Any]
) -> Instance:
    initial = version["definition"]["initial_state"]
    return {
        "id": ctx.ids.new("inst"),
        "workflow_id": workflow["id"],
        "workflow_name": workflow["name"],
        "version_id": version["version_id"],
        "namespace": namespace,
        "status": "running",
        "current_state": initial,
        "workflow_data": {},
        "threads": [new_thread(MAIN, initial, given)],
        "history": [],
        "error": None,
        "created_at": ctx.clock.iso(),
        "cancelled_at": None,
        "chat_id": ctx.ids.new("chat"),
        "traceparent": ctx.headers.get("traceparent"),
        "revision": 0,
        "ends": None,
    }


def _thread(instance: Instance, thread_id: str) -> dict[str, Any]:
    thread = thread_of(instance, thread_id)
    if thread is None:
        raise not_found(f"thread of {instance['id']}")
    return thread


def _write(ctx: Context, namespace: str) -> str | None:
    """What tells a start with an idempotency key from any other start, also after the process was killed."""
    key = ctx.headers.get(ctx.platform.idempotency_header)
    if not key:
        return None
    parts = [ctx.principal.client_id, ctx.namespace, namespace, key, ctx.request.path, ctx.body]
    return hashlib.sha256(dumps(parts)).hexdigest()


def _walk(scene: Scene, instance_id: str, thread: str) -> Walk:
    walk = walk_of(scene, instance_id, thread)
    if walk is None:
        raise not_found("version", "instance_not_found")
    return walk


def _too_much(field: str) -> Problem:
    return invalid(field, "makes the workflow data larger than 256 kB")


def _check_size(given: dict[str, Any], field: str) -> None:
    if len(dumps(given)) > _LARGEST_INPUT:
        raise invalid(field, "is larger than 64 kB")


def _check_quota(ctx: Context, namespace: str) -> None:
    # Like all limits, it only refuses when limits are enforced.
    if not ctx.platform.limiter.enforce:
        return
    if ctx.store.count("instance", namespace=namespace, where={"status": list(ACTIVE)}) >= MOST_ACTIVE:
        raise Problem(
            429, "namespace_quota_exceeded", f"{MOST_ACTIVE} instances are active", headers={"Retry-After": "60"}
        )
