"""Assistants: what they are, and what they say. Their answers depend on nothing but themselves and the message."""

from __future__ import annotations

from typing import Any

from tandem.sandbox import Context, Place, Registry

from ._data_sources import show_data_source
from ._errors import invalid, not_found
from ._tools import show_tool

registry = Registry()
_QUOTED = 160  # characters of a system prompt that an answer quotes


@registry.handles("assistants.create")
def create(ctx: Context) -> dict[str, Any]:
    now = ctx.clock.iso()
    assistant: dict[str, Any] = {
        "id": ctx.ids.new("asst"),
        "temperature": 0.7,
        "max_tokens": 4096,
        **_fields(ctx, "name", "model", "system_prompt", "temperature", "max_tokens"),
        "tool_ids": _known(ctx, "tools", "tool"),
        "data_source_ids": _known(ctx, "data_sources", "data_source"),
        "created_at": now,
        "updated_at": now,
    }
    return _show(ctx, ctx.store.put("assistant", assistant["id"], assistant, namespace=ctx.namespace))


@registry.handles("assistants.list")
def list_assistants(ctx: Context) -> object:
    query = ctx.store.query("assistant", namespace=ctx.namespace, newest_first=True)
    return ctx.page(query, show=lambda assistant: _show(ctx, assistant))


@registry.handles("assistants.get")
def get(ctx: Context) -> dict[str, Any]:
    return _show(ctx, _found(ctx))


@registry.handles("assistants.update")
def update(ctx: Context) -> dict[str, Any]:
    assistant = _found(ctx)
    changes = _fields(ctx, "name", "system_prompt", "temperature", "max_tokens")
    if "tools" in ctx.body:
        changes["tool_ids"] = _known(ctx, "tools", "tool")
    if "data_sources" in ctx.body:
        changes["data_source_ids"] = _known(ctx, "data_sources", "data_source")
    assistant |= changes | {"updated_at": ctx.clock.iso()}
    return _show(ctx, ctx.store.put("assistant", assistant["id"], assistant, namespace=ctx.namespace))


@registry.handles("assistants.delete")
def delete(ctx: Context) -> None:
    if not ctx.store.delete("assistant", ctx.path["assistant_id"], namespace=ctx.namespace):
        raise not_found("assistant")


def answer_to(place: Place, assistant: dict[str, Any], content: str) -> str:
    """What the assistant says to a message."""
    sources = [source["name"] for source in _parts(place, assistant, "data_source")]
    read = f" I have read {', '.join(sources)}." if sources else ""
    prompt = " ".join(assistant["system_prompt"].split())[:_QUOTED]
    told = f' I was told: "{prompt}".' if prompt else ""
    return f'{_speaker(assistant)} says: You wrote "{content}".{told}{read}'


def answer_with(assistant: dict[str, Any], results: list[tuple[str, str]]) -> str:
    """What the assistant says once its tools have answered; `results` are names and texts."""
    told = "; ".join(f"{name} answered {text}" for name, text in results)
    return f"{_speaker(assistant)} says: {told}."


def tools_of(place: Place, assistant: dict[str, Any]) -> list[dict[str, Any]]:
    """The tools that the assistant may call; deleted ones are not among them."""
    return _parts(place, assistant, "tool")


def _speaker(assistant: dict[str, Any]) -> str:
    return f"{assistant['name']} ({assistant['model']})"


def _found(ctx: Context) -> dict[str, Any]:
    assistant = ctx.store.get("assistant", ctx.path["assistant_id"], namespace=ctx.namespace)
    if assistant is None:
        raise not_found("assistant")
    return assistant


def _fields(ctx: Context, *names: str) -> dict[str, Any]:
    return {name: ctx.body[name] for name in names if name in ctx.body}


def _known(ctx: Context, field: str, kind: str) -> list[str]:
    """The ids that the request gives for `field`, each of them once. An unknown one is the request's mistake."""
    ids: list[str] = list(dict.fromkeys(ctx.body.get(field, [])))
    for index, part_id in enumerate(ids):
        if ctx.store.get(kind, part_id, namespace=ctx.namespace) is None:
            raise invalid(f"{field}[{index}]", f"No {kind.replace('_', ' ')} has the id {part_id}")
    return ids


def _parts(place: Place, assistant: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    found = [place.store.get(kind, part_id, namespace=place.namespace) for part_id in assistant[f"{kind}_ids"]]
    return [part for part in found if part is not None]


def _show(ctx: Context, assistant: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in assistant.items() if not name.endswith("_ids")}
    shown["tools"] = [show_tool(tool) for tool in _parts(ctx, assistant, "tool")]
    shown["data_sources"] = [show_data_source(ctx, source) for source in _parts(ctx, assistant, "data_source")]
    return shown
