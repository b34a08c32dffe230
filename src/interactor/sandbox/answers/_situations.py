"""What an assistant knows when it begins to answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from interactor.sandbox._assistants import tools_of
from tandem.sandbox import Scene

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Situation:
    """One turn, and everything around it. `calls` are those whose results have come in, if it goes on after them."""

    scene: Scene
    turn: Document
    assistant: Document
    question: Document
    calls: list[Document]
    tools: list[Document]

    @property
    def results(self) -> list[tuple[str, str]]:
        """Names of the tools that have answered, and their answers as texts."""
        return [(call["tool_name"], text_of(call["result"])) for call in self.calls]


def situation_of(scene: Scene, turn: Document) -> Situation | None:
    """How things stand for a turn; None when there is nobody left to answer, or nothing to be answered."""
    store, namespace = scene.store, scene.namespace
    room = store.get("room", turn["room_id"], namespace=namespace)
    question = store.get("message", turn["question_id"], namespace=namespace)
    assistant = store.get("assistant", room["assistant_id"], namespace=namespace) if room else None
    if assistant is None or question is None:
        return None
    asking = store.get("message", turn["asking_id"], namespace=namespace) if turn["asking_id"] else None
    calls: list[Document] = asking["tool_calls"] if asking else []
    return Situation(scene, turn, assistant, question, calls, tools_of(scene, assistant))


async def history_of(situation: Situation) -> list[Document]:
    """All that was said in the room, oldest first."""
    scene = situation.scene
    async with scene.platform.transaction():
        where = {"room_id": situation.turn["room_id"]}
        return scene.store.list("message", namespace=scene.namespace, where=where)


def text_of(result: Any) -> str:
    """What a tool delivered, as a text."""
    return result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)
