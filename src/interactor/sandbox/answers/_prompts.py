"""What a model is asked: a room's conversation in the words of a chat completion."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from ._situations import Document, Situation, text_of


def prompt_of(situation: Situation, history: Iterable[Document]) -> Document:
    """The body of a request for a chat completion, streamed."""
    assistant = situation.assistant
    body: Document = {
        "model": assistant["model"],
        "messages": list(_messages(situation, history)),
        "temperature": assistant["temperature"],
        "max_tokens": assistant["max_tokens"],
        "stream": True,
    }
    if situation.tools:
        body["tools"] = [{"type": "function", "function": _function(tool)} for tool in situation.tools]
    return body


def _messages(situation: Situation, history: Iterable[Document]) -> Iterator[Document]:
    if situation.assistant["system_prompt"]:
        yield {"role": "system", "content": situation.assistant["system_prompt"]}
    for message in history:
        if message["id"] == situation.turn["message_id"]:
            return  # what was said after that has its own turn to come
        calls: list[Document] = message.get("tool_calls", [])
        if message["role"] == "assistant":
            # Endpoints refuse a conversation in which a call has no result.
            if all("result" in call for call in calls) and (calls or message["content"]):
                yield _spoken(message, calls)
                yield from map(_answered, calls)
        elif message["role"] != "tool":
            yield {"role": message["role"], "content": message["content"]}


def _spoken(message: Document, calls: list[Document]) -> Document:
    spoken: Document = {"role": "assistant", "content": message["content"]}
    if calls:
        spoken["tool_calls"] = [{"id": call["id"], "type": "function", "function": _called(call)} for call in calls]
    return spoken


def _answered(call: Document) -> Document:
    return {"role": "tool", "tool_call_id": call["id"], "content": text_of(call["result"])}


def _called(call: Document) -> dict[str, Any]:
    return {"name": call["tool_name"], "arguments": json.dumps(call["arguments"], ensure_ascii=False)}


def _function(tool: Document) -> Document:
    return {name: tool[name] for name in ("name", "description", "parameters")}
