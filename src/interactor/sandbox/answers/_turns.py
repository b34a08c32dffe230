"""Turns: an assistant's answers, played in the background, one message after the other in each room.

A turn stands in the store from the moment in which its question is sent, and so does the message that it is going to
write, empty at first. It is played once it is the oldest of its room, so that the answers of a room come in the order
of the questions, and a stream shows them one after the other. A turn that asks for tools is over with that: the room
does not stand still while they work, and their results begin another turn.

A reader tells the answer to one question from others by `in_reply_to`, which every event of the answer carries.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from tandem.sandbox import Place, Platform, Scene

from ._acts import AnswerFailedError, Call, Say, Steps
from ._models import Model
from ._plain import plain_answer
from ._scripts import next_turn, scripted_answer
from ._situations import Document, Situation, situation_of
from ._writing import ASKING, announce_message, put_message, write_end, write_failure, write_piece

KIND = "turn"
Outcome = AnswerFailedError | None
Writer = Callable[[Situation], Steps]
_log = logging.getLogger("tandem.sandbox")


@dataclass(slots=True, eq=False)
class _Playing:
    """What a turn has brought so far."""

    text: str = ""
    unsaid: list[str] = field(default_factory=list[str])
    calls: list[Call] = field(default_factory=list[Call])
    pieces: int = 0


class Turns:
    """The turns of a platform. `model` answers where no script does, `pace` is seconds between two pieces of text."""

    def __init__(self, platform: Platform, *, pace: float = 0.0, model: Model | None = None) -> None:
        self._platform = platform
        self._pace = pace
        self._writer: Writer = plain_answer if model is None else model.answer
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._waiting: dict[str, dict[str, asyncio.Future[Outcome]]] = {}  # by room and turn

    def begin(self, place: Place, turn: Document) -> Document:
        """Put a turn down, in the transaction of what causes it. It is played when that is over."""
        store, namespace = place.store, place.namespace
        message = put_message(place, turn["room_id"], "assistant", "", in_reply_to=turn["question_id"])
        if turn["streamed"]:
            announce_message(place, "room.message.created", message)
        turn_id = place.ids.new("turn")
        made = {"id": turn_id, "namespace": namespace, "message_id": message["id"], "said": 0, **turn}
        store.put(KIND, turn_id, made, namespace=namespace)
        self._wake(turn["room_id"])
        return made

    def outcome(self, turn: Document) -> asyncio.Future[Outcome]:
        """Becomes known when the turn is over."""
        room = self._waiting.setdefault(turn["room_id"], {})
        return room.setdefault(turn["id"], asyncio.get_running_loop().create_future())

    def load(self) -> None:
        """Go on with what the store holds: after a start, a reset, a restored snapshot. From any thread."""
        if self._workers or self._platform.store.count(KIND, namespace=None):
            self._platform.thread.loop.call_soon_threadsafe(self._begin_anew)

    async def settle(self) -> None:
        """Wait until no turn is left. Call it in the platform's own thread."""
        while self._workers:
            await asyncio.wait(set(self._workers.values()))

    def close(self) -> None:
        """Leave what is being played; a store that lasts keeps it. From any thread but the platform's own."""
        if self._workers or self._leaving:
            self._platform.thread.run(self._stop())

    async def _stop(self) -> None:
        self._leave()
        await asyncio.gather(*self._leaving, return_exceptions=True)

    def _begin_anew(self) -> None:
        # Whatever is being played belongs to a state that is gone, though ids may be the same again.
        self._leave()
        for room_id in {turn["room_id"] for turn in self._platform.store.list(KIND, namespace=None)}:
            self._wake(room_id)

    def _leave(self) -> None:
        for worker in self._workers.values():
            self._leaving.add(worker)
            worker.add_done_callback(self._leaving.discard)
            worker.cancel()
        self._workers.clear()
        for room_id in tuple(self._waiting):
            self._dismiss(room_id)

    def _dismiss(self, room_id: str) -> None:
        """Whoever waits for turns of a room waits for what will never come."""
        for waiting in self._waiting.pop(room_id, {}).values():
            _tell(waiting, None)

    def _wake(self, room_id: str) -> None:
        if room_id not in self._workers:
            self._workers[room_id] = asyncio.get_running_loop().create_task(self._work(room_id))

    async def _work(self, room_id: str) -> None:
        try:
            while (turn := await self._next(room_id)) is not None:
                outcome = await self._played(turn)
                _tell(self._waiting.get(room_id, {}).pop(turn["id"], None), outcome)
        finally:
            if self._workers.get(room_id) is asyncio.current_task():
                del self._workers[room_id]

    async def _next(self, room_id: str) -> Document | None:
        async with self._platform.transaction():
            turn = self._platform.store.query(KIND, namespace=None, where={"room_id": room_id}).first()
            if turn is None:
                # Within the transaction: a turn that is put down after this finds no worker, and wakes another one.
                del self._workers[room_id]
                self._dismiss(room_id)
            return turn

    async def _played(self, turn: Document) -> Outcome:
        scene = Scene(self._platform, turn["namespace"])
        try:
            await self._play(scene, turn)
        except AnswerFailedError as error:
            failure = error
        except Exception as error:  # a mistake in one answer must not hold up its room for ever
            _log.exception("The turn of the message %s failed", turn["question_id"])
            failure = AnswerFailedError(f"The sandbox failed: {type(error).__name__}.")
        else:
            return None
        async with self._platform.transaction():
            if self._take_off(scene, turn):
                write_failure(scene, turn, failure)
        return failure

    async def _play(self, scene: Scene, turn: Document) -> None:
        async with self._platform.transaction():
            situation = situation_of(scene, turn)
            if situation is None:
                self._take_off(scene, turn)
                scene.store.delete("message", turn["message_id"], namespace=scene.namespace)
                return
        playing = _Playing()
        async with aclosing(self._steps(situation)) as steps:
            async for step in steps:
                if isinstance(step, Call):
                    playing.calls.append(step)
                elif isinstance(step, Say) and not await self._said(situation, playing, step):
                    return
        async with self._platform.transaction():
            if self._take_off(scene, turn):
                for piece in playing.unsaid:
                    write_piece(scene, turn, piece)
                write_end(situation, playing.text, playing.calls)

    def _steps(self, situation: Situation) -> Steps:
        return (self._writer if situation.turn["steps"] is None else scripted_answer)(situation)

    async def _said(self, situation: Situation, playing: _Playing, step: Say) -> bool:
        """Take in a piece, and show it at once where somebody may be reading. False when the turn is gone."""
        playing.text += step.text
        playing.pieces += 1
        scene, turn = situation.scene, situation.turn
        if not turn["streamed"]:
            playing.unsaid.append(step.text)
            return True
        if playing.pieces <= turn["said"]:
            return True  # said before the sandbox was stopped
        async with self._platform.transaction():
            changes = {"said": playing.pieces}
            if scene.store.update(KIND, turn["id"], changes, namespace=scene.namespace) is None:
                return False
            write_piece(scene, turn, step.text)
        await asyncio.sleep(self._pace if step.pace is None else step.pace)
        return True

    def _take_off(self, scene: Scene, turn: Document) -> bool:
        """The turn is over. False when it was taken away in the meantime, and nothing is to be written any more."""
        return scene.store.delete(KIND, turn["id"], namespace=scene.namespace)


def _tell(waiting: asyncio.Future[Outcome] | None, outcome: Outcome) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(outcome)


class Answering(Protocol):
    """A platform whose assistants answer."""

    turns: Turns


def turns_on(place: Place) -> Turns:
    """The turns of the platform that something happens on."""
    return cast("Answering", place.platform).turns


def answer_question(place: Place, assistant: Document, question: Document, *, streamed: bool) -> Document:
    """Begin the turn that answers what a person has said."""
    steps = next_turn(place, assistant["id"], question["room_id"])
    turn: dict[str, Any] = {"room_id": question["room_id"], "question_id": question["id"], "asking_id": None}
    return turns_on(place).begin(place, {**turn, "streamed": streamed, "steps": steps, "step": 0})


def answer_results(place: Place, asking: Document) -> Document:
    """Begin the turn in which the assistant goes on: all tools that a message asks for have answered."""
    goes_on = place.store.get(ASKING, asking["id"], namespace=place.namespace) or {}
    place.store.delete(ASKING, asking["id"], namespace=place.namespace)
    return turns_on(place).begin(place, {**goes_on, "asking_id": asking["id"]})
