"""What a turn leaves behind: messages in the room, events in its stream, announcements to webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from interactor.sandbox._announcements import announce
from interactor.sandbox._streams import record
from tandem.sandbox import Place

from ._acts import AnswerFailedError, Call
from ._scripts import step_after_calls
from ._situations import Document, Situation

ASKING = "asking"
"""How an answer goes on when the tools that a message asks for have answered."""


def put_message(place: Place, room_id: str, role: str, content: str, **more: Any) -> Document:
    """A new message of a room."""
    message = {
        "id": place.ids.new("msg"),
        "room_id": room_id,
        "role": role,
        "content": content,
        **more,
        "created_at": place.clock.iso(),
    }
    return place.store.put("message", message["id"], message, namespace=place.namespace)


def announce_message(place: Place, event: str, message: Document) -> None:
    """Tell webhooks of a message."""
    told = {name: message[name] for name in ("room_id", "role", "content")}
    announce(place, event, {"message_id": message["id"], **told, "tool_calls": message.get("tool_calls")})


def announce_call(place: Place, event: str, room_id: str, call: Document) -> None:
    """Tell webhooks of a tool call."""
    told = {name: value for name, value in call.items() if name != "id"}
    if event.endswith(".pending"):
        del told["status"]
    announce(place, event, {"tool_call_id": call["id"], "room_id": room_id, **told})


def write_piece(place: Place, turn: Document, text: str) -> None:
    """The next piece of what the assistant says."""
    about = {"message_id": turn["message_id"], "in_reply_to": turn["question_id"]}
    record(place, turn["room_id"], "message.delta", content=text, **about)


def write_end(situation: Situation, text: str, calls: Sequence[Call]) -> None:
    """The assistant has said what it has to say; with `calls`, it now waits for tools."""
    scene, turn = situation.scene, situation.turn
    asked = [_asked(situation, call) for call in calls]
    changes: Document = {"content": text, **({"tool_calls": asked} if asked else {})}
    message = scene.store.update("message", turn["message_id"], changes, namespace=scene.namespace)
    if message is None:
        return
    announce_message(scene, "room.message.updated" if turn["streamed"] else "room.message.created", message)
    if not asked:
        record(scene, turn["room_id"], "message.complete", message=message, in_reply_to=turn["question_id"])
        return
    # No message.complete here: the answer is complete when the tools have answered and the assistant has spoken.
    for call in asked:
        record(scene, turn["room_id"], "tool_call.start", tool_call=call, in_reply_to=turn["question_id"])
        announce_call(scene, "room.tool_call.pending", turn["room_id"], call)
    goes_on = {name: turn[name] for name in ("room_id", "question_id", "streamed", "steps")}
    goes_on["step"] = step_after_calls(turn["steps"] or [], turn["step"])
    scene.store.put(ASKING, message["id"], goes_on, namespace=scene.namespace)


def write_failure(place: Place, turn: Document, error: AnswerFailedError) -> None:
    """There will be no answer. Whoever waits for it as a reply gets an error, so that nothing has happened."""
    told = {"error": str(error), "code": error.code, "in_reply_to": turn["question_id"]}
    record(place, turn["room_id"], "error", **told)
    place.store.delete("message", turn["message_id"], namespace=place.namespace)
    if not turn["streamed"] and not turn["asking_id"]:
        place.store.delete("message", turn["question_id"], namespace=place.namespace)


def _asked(situation: Situation, call: Call) -> Document:
    ids = situation.scene.ids
    known = next((tool for tool in situation.tools if tool["name"] == call.tool), None)
    return {
        "id": ids.new("tc"),
        "tool_id": known["id"] if known else ids.new("tool"),  # a script or a model may call what does not exist
        "tool_name": call.tool,
        "arguments": dict(call.arguments),
        "status": "pending",
    }
