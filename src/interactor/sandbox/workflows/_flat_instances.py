"""The same instances below `/workflow-instances`: by workflow id, with a chat and an event stream."""

from __future__ import annotations

from typing import Any

from interactor.sandbox._streams import follow
from tandem.sandbox import Context, EventStream, Later, RawReply, Registry, Scene

from ._homes import all_in_reach
from ._runs import cancel, found_instance, resume, start
from ._telling import say
from ._threads import is_over

registry = Registry()
_SAME = ("id", "workflow_id", "namespace", "current_state", "status", "created_at", "updated_at")
_SOMETIMES = {"halting_presentation": "presentation", "halted_options": "halted_options", "error": "error"}


@registry.handles("workflow_instances.start")
def start_instance(ctx: Context) -> Later:
    return start(ctx, ctx.body["workflow_id"], ctx.body.get("context", {}), ctx.namespace, "context", _show)


@registry.handles("workflow_instances.list")
def list_instances(ctx: Context) -> object:
    where: dict[str, Any] = {name: ctx.query[name] for name in ("workflow_id", "status") if name in ctx.query}
    if given := where.get("workflow_id"):
        # Of whichever namespace: what is listed is chosen by that of the instances.
        named = ctx.store.list("workflow", namespace=None, where={"name": given})
        where["workflow_id"] = [given, *(workflow["id"] for workflow in named)]
    return ctx.page(all_in_reach(ctx, "instance", where, newest_first=True), show=_show)


@registry.handles("workflow_instances.get")
def get(ctx: Context) -> dict[str, Any]:
    return _show(found_instance(ctx))


@registry.handles("workflow_instances.input")
def send_input(ctx: Context) -> Later:
    return resume(ctx, ctx.body, _show)


@registry.handles("workflow_instances.trigger_event")
def trigger_event(ctx: Context) -> Later:
    return resume(ctx, ctx.body.get("payload", {}), _show, field="payload", event=ctx.body["event"])


@registry.handles("workflow_instances.cancel")
def cancel_instance(ctx: Context) -> dict[str, Any]:
    return _show(cancel(ctx))


@registry.handles("workflow_instances.thread")
def chat(ctx: Context) -> dict[str, Any]:
    instance = found_instance(ctx)
    said = ctx.store.list("chat_message", namespace=ctx.namespace, where={"instance_id": instance["id"]})
    messages = [{name: value for name, value in message.items() if name != "instance_id"} for message in said]
    return {
        "id": instance["chat_id"],
        "instance_id": instance["id"],
        "messages": messages,
        "created_at": instance["created_at"],
    }


@registry.handles("workflow_instances.send_message")
def send_message(ctx: Context) -> dict[str, Any]:
    instance = found_instance(ctx)
    scene = Scene(ctx.platform, instance["namespace"])
    message = say(scene, instance, "user", ctx.body["content"])
    say(scene, instance, "workflow", _answer(instance, ctx.body["content"]))
    return message


@registry.handles("workflow_instances.stream")
def stream(ctx: Context) -> EventStream | RawReply:
    return follow(ctx, found_instance(ctx)["id"], owner="instance", over=is_over)


def _answer(instance: dict[str, Any], content: str) -> str:
    where = f"{instance['workflow_name']} is {instance['status']} in {instance['current_state']}"
    return f'You wrote "{content}". {where}.'


def _show(instance: dict[str, Any]) -> dict[str, Any]:
    shown = {name: instance[name] for name in _SAME}
    shown["context"] = instance["workflow_data"]
    return shown | {to: instance[name] for name, to in _SOMETIMES.items() if instance.get(name) is not None}
