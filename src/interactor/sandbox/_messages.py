"""What is said in a room: by people, by assistants, and by tools."""

from __future__ import annotations

import json
import re
from typing import Any

from tandem.sandbox import Context, Registry

from ._assistants import answer_to, answer_with, tools_of
from ._errors import conflict, not_found
from ._rooms import found_room
from ._streams import record
from ._tools import calls_in

registry = Registry()
_MOST_PIECES = 40


@registry.handles("rooms.messages.send")
def send(ctx: Context) -> dict[str, Any]:
    room = found_room(ctx)
    assistant = _assistant_of(ctx, room)
    if assistant is None:
        raise conflict("The assistant of this room is deleted: nobody answers here")
    message = _say(ctx, room, ctx.body.get("role", "user"), ctx.body["content"])
    # Only people are answered: what the application says to the model is there for its next answer.
    answer = _answer(ctx, room, assistant, message) if message["role"] == "user" else message
    return message if ctx.body.get("stream", False) else answer


@registry.handles("rooms.messages.list")
def list_messages(ctx: Context) -> object:
    room = found_room(ctx)
    newest_first = ctx.query.get("order", "asc") == "desc"
    query = ctx.store.query(
        "message", namespace=ctx.namespace, where={"room_id": room["id"]}, newest_first=newest_first
    )
    return ctx.page(query)


@registry.handles("rooms.submit_tool_result")
def submit_tool_result(ctx: Context) -> dict[str, Any]:
    room = found_room(ctx)
    message, call = _call(ctx, room, ctx.body["tool_call_id"])
    if call["status"] != "pending":
        raise conflict("The tool call is answered already")
    call |= {"status": "completed", "result": ctx.body["result"]}
    ctx.store.put("message", message["id"], message, namespace=ctx.namespace)
    said = _say(ctx, room, "tool", _text(ctx.body["result"]))
    record(ctx, room["id"], "tool_call.complete", tool_call=call)
    if all(other["status"] != "pending" for other in message["tool_calls"]):
        _go_on(ctx, room, message["tool_calls"])
    return said


def _answer(ctx: Context, room: dict[str, Any], assistant: dict[str, Any], message: dict[str, Any]) -> dict[str, Any]:
    """The assistant's turn: it asks for the tools that the message names, or answers at once."""
    calls = calls_in(ctx, message["content"], tools_of(ctx, assistant))
    if not calls:
        return _speak(ctx, room, answer_to(ctx, assistant, message["content"]))
    asking = _say(ctx, room, "assistant", "", tool_calls=calls)
    # No message.complete here: the turn is complete when the tools have answered and the assistant has spoken.
    for call in calls:
        record(ctx, room["id"], "tool_call.start", tool_call=call)
    return asking


def _go_on(ctx: Context, room: dict[str, Any], calls: list[dict[str, Any]]) -> None:
    """All results are in: the assistant, if it still exists, ends its turn."""
    assistant = _assistant_of(ctx, room)
    if assistant is not None:
        _speak(ctx, room, answer_with(assistant, [(call["tool_name"], _text(call["result"])) for call in calls]))


def _speak(ctx: Context, room: dict[str, Any], text: str) -> dict[str, Any]:
    """The assistant says something: piece by piece in the stream, as a whole in the room."""
    message = _say(ctx, room, "assistant", text)
    for piece in _pieces(text):
        record(ctx, room["id"], "message.delta", content=piece, message_id=message["id"])
    record(ctx, room["id"], "message.complete", message=message)
    return message


def _pieces(text: str) -> list[str]:
    """A text in pieces of whole words, as many as there are words, but never more than `_MOST_PIECES`."""
    words = re.findall(r"\s*\S+", text)
    size = -(-len(words) // _MOST_PIECES)
    return ["".join(words[start : start + size]) for start in range(0, len(words), size)]


def _say(ctx: Context, room: dict[str, Any], role: str, content: str, **more: Any) -> dict[str, Any]:
    message = {
        "id": ctx.ids.new("msg"),
        "room_id": room["id"],
        "role": role,
        "content": content,
        **more,
        "created_at": ctx.clock.iso(),
    }
    return ctx.store.put("message", message["id"], message, namespace=ctx.namespace)


def _assistant_of(ctx: Context, room: dict[str, Any]) -> dict[str, Any] | None:
    return ctx.store.get("assistant", room["assistant_id"], namespace=ctx.namespace)


def _call(ctx: Context, room: dict[str, Any], call_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    where = {"room_id": room["id"], "role": "assistant"}
    for message in ctx.store.list("message", namespace=ctx.namespace, where=where, newest_first=True):
        for call in message.get("tool_calls", ()):
            if call["id"] == call_id:
                return message, call
    raise not_found("tool call")


def _text(result: Any) -> str:
    return result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)
