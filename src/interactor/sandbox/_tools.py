"""Tools, and the calls that assistants make of them."""

from __future__ import annotations

import re
from typing import Any

from tandem.sandbox import Context, Registry

from ._errors import not_found
from ._json import is_array, is_object
from .answers._acts import Call

registry = Registry()
_FIELDS = ("name", "description", "parameters", "callback_url")


@registry.handles("tools.create")
def create(ctx: Context) -> dict[str, Any]:
    tool: dict[str, Any] = {"id": ctx.ids.new("tool"), "callback_url": None, **_fields(ctx)}
    return show_tool(ctx.store.put("tool", tool["id"], tool, namespace=ctx.namespace))


@registry.handles("tools.list")
def list_tools(ctx: Context) -> object:
    return ctx.page(ctx.store.query("tool", namespace=ctx.namespace, newest_first=True), show=show_tool)


@registry.handles("tools.get")
def get(ctx: Context) -> dict[str, Any]:
    tool = ctx.store.get("tool", ctx.path["tool_id"], namespace=ctx.namespace)
    if tool is None:
        raise not_found("tool")
    return show_tool(tool)


@registry.handles("tools.update")
def update(ctx: Context) -> dict[str, Any]:
    tool = ctx.store.update("tool", ctx.path["tool_id"], _fields(ctx), namespace=ctx.namespace)
    if tool is None:
        raise not_found("tool")
    return show_tool(tool)


@registry.handles("tools.delete")
def delete(ctx: Context) -> None:
    if not ctx.store.delete("tool", ctx.path["tool_id"], namespace=ctx.namespace):
        raise not_found("tool")


def show_tool(tool: dict[str, Any]) -> dict[str, Any]:
    """A tool as replies have it."""
    return {"id": tool["id"], **{name: tool[name] for name in _FIELDS}}


def calls_in(content: str, tools: list[dict[str, Any]]) -> list[Call]:
    """The tool calls that a message asks for: one per tool that it names, as a word of its own."""
    return [
        Call(tool["name"], arguments_from(content, tool["parameters"]))
        for tool in tools
        if re.search(rf"(?<!\w){re.escape(tool['name'])}(?!\w)", content, re.IGNORECASE)
    ]


def arguments_from(content: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Arguments that fit a tool's parameters: `name=value` from the message, else a value made up from the schema."""
    declared = parameters.get("properties")
    properties = declared if is_object(declared) else {}
    wanted = parameters.get("required")
    required = wanted if is_array(wanted) else []
    arguments: dict[str, Any] = {}
    for name, schema in properties.items():
        fields = schema if is_object(schema) else {}
        given = re.search(rf"(?<!\w){re.escape(name)}\s*[=:]\s*(\"[^\"]*\"|[^\s,;]+)", content)
        if given:
            arguments[name] = _read(given[1].strip('"'), fields)
        elif name in required:
            arguments[name] = _made_up(name, fields)
    return arguments


def _read(text: str, schema: dict[str, Any]) -> Any:
    kind = schema.get("type")
    if kind == "integer" and re.fullmatch(r"-?\d{1,15}", text):
        return int(text)
    if kind == "number" and re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", text):
        return float(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text if kind in ("string", None) else _made_up(text, schema)


def _made_up(name: str, schema: dict[str, Any]) -> Any:
    for source in ("default", "const"):
        if source in schema:
            return schema[source]
    for source in ("enum", "examples"):
        if isinstance(schema.get(source), list) and schema[source]:
            return schema[source][0]
    kind = schema.get("type")
    if kind in ("integer", "number"):
        least = schema.get("minimum")
        return least if isinstance(least, int | float) else 1
    others: dict[str, Any] = {"boolean": True, "array": [], "object": {}, "null": None}
    return others.get(str(kind), name)


def _fields(ctx: Context) -> dict[str, Any]:
    return {name: ctx.body[name] for name in _FIELDS if name in ctx.body}
