"""What is said in a room: by people, by assistants, and by tools."""

from __future__ import annotations

import asyncio
from typing import Any

from tandem.sandbox import Context, Later, Problem, Registry

from ._errors import code_for, conflict, not_found
from ._rooms import found_room
from ._streams import record
from .answers._situations import text_of
from .answers._turns import Outcome, answer_question, answer_results, turns_on
from .answers._writing import announce_call, announce_message, put_message

registry = Registry()


@registry.handles("rooms.messages.send")
def send(ctx: Context) -> dict[str, Any] | Later:
    room = found_room(ctx)
    assistant = _assistant_of(ctx, room)
    if assistant is None:
        raise conflict("The assistant of this room is deleted: nobody answers here")
    message = put_message(ctx, room["id"], ctx.body.get("role", "user"), ctx.body["content"])
    if message["role"] != "user":
        # Only people are answered: what the application says to the model is there for its next answer.
        return message
    announce_message(ctx, "room.message.created", message)
    streamed = ctx.body.get("stream", False)
    turn = answer_question(ctx, assistant, message, streamed=streamed)
    return message if streamed else Later(_answer(ctx, turn["message_id"], turns_on(ctx).outcome(turn)))


@registry.handles("rooms.messages.list")
def list_messages(ctx: Context) -> object:
    room = found_room(ctx)
    newest_first = ctx.query.get("order", "asc") == "desc"
    query = ctx.store.query(
        "message", namespace=ctx.namespace, where={"room_id": room["id"]}, newest_first=newest_first
    )
    return ctx.page(query)


@registry.handles("rooms.submit_tool_result")
def submit_tool_result(ctx: Context) -> dict[str, Any] | Later:
    room = found_room(ctx)
    message, call = _call(ctx, room, ctx.body["tool_call_id"])
    if call["status"] != "pending":
        raise conflict("The tool call is answered already")
    call |= {"status": "completed", "result": ctx.body["result"]}
    ctx.store.put("message", message["id"], message, namespace=ctx.namespace)
    said = put_message(ctx, room["id"], "tool", text_of(ctx.body["result"]))
    record(ctx, room["id"], "tool_call.complete", tool_call=call, in_reply_to=message["in_reply_to"])
    announce_call(ctx, "room.tool_call.completed", room["id"], call)
    if any(other["status"] == "pending" for other in message["tool_calls"]) or _assistant_of(ctx, room) is None:
        return said
    turn = answer_results(ctx, message)
    return said if turn["streamed"] else Later(_afterwards(said, turns_on(ctx).outcome(turn)))


async def _answer(ctx: Context, message_id: str, outcome: asyncio.Future[Outcome]) -> dict[str, Any]:
    """What the assistant has said once its turn is over."""
    failure = await outcome
    if failure is not None:
        raise Problem(503, code_for(503), f"No answer: {failure}", headers={"Retry-After": "1"})
    async with ctx.platform.transaction():
        message = ctx.store.get("message", message_id, namespace=ctx.namespace)
    if message is None:
        raise not_found("room")
    return message


async def _afterwards(said: dict[str, Any], outcome: asyncio.Future[Outcome]) -> dict[str, Any]:
    """What was said before, once a turn is over, whatever came of it."""
    await outcome
    return said


def _assistant_of(ctx: Context, room: dict[str, Any]) -> dict[str, Any] | None:
    return ctx.store.get("assistant", room["assistant_id"], namespace=ctx.namespace)


def _call(ctx: Context, room: dict[str, Any], call_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    where = {"room_id": room["id"], "role": "assistant"}
    for message in ctx.store.list("message", namespace=ctx.namespace, where=where, newest_first=True):
        for call in message.get("tool_calls", ()):
            if call["id"] == call_id:
                return message, call
    raise not_found("tool call")
