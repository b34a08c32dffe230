"""Scripts: what an assistant answers, written down beforehand by a test.

A script is a list of turns, and a turn is what the assistant does in answer to one message: it says something, calls
tools, and says something with their results. Every room begins the script anew; when the turns are used up, the last
one is played again and again.

Written as one flat list of steps, a turn ends with what is said last before the next begins:

- `[say("Hello."), say("Bye.")]` are two turns: the second answers the second message.
- `[say("Let me look."), call("get_weather"), say("It is {result}.")]` is one, and so is it without its beginning.
- Where that is not what you mean, write a list of lists: one for each turn.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any

from interactor.sandbox._assistants import answer_with
from interactor.sandbox._json import is_array, is_object
from tandem.sandbox import Place

from ._acts import MODEL_ERROR, AnswerFailedError, Call, Fail, Say, Step, Steps, call, fail, pieces, say
from ._situations import Document, Situation, text_of

KIND = "script"
_NOWHERE = ""  # an assistant's id is enough to find its script
_PLACEHOLDER = re.compile(r"\{([A-Za-z_][\w-]*(?:\.[\w-]+)*)\}")
_FORMS = '{"say": "…", "pace": 0.01}, {"call": "get_weather", "arguments": {…}} or {"fail": "…"}'


class BadScriptError(ValueError):
    """This is not a script; the message says why."""


def turns_of(steps: Iterable[Any]) -> list[list[Step]]:
    """The turns of a script, however it is written: steps or lists of them, as values or as JSON."""
    given = list(steps)
    if given and all(is_array(turn) for turn in given):
        return [[_step(each) for each in turn] for turn in given]
    return _grouped([_step(each) for each in given])


def write_script(place: Place, assistant_id: str, steps: Iterable[Any]) -> int:
    """From now on the assistant plays this script. No steps take the old one away. Returns the number of turns."""
    turns = [[_as_json(step) for step in turn] for turn in turns_of(steps)]
    try:
        json.dumps(turns)
    except (TypeError, ValueError):
        raise BadScriptError("The arguments of a call have to be JSON values.") from None
    if not turns:
        place.store.delete(KIND, assistant_id, namespace=_NOWHERE)
        return 0
    script = {"id": place.ids.new("script"), "assistant_id": assistant_id, "turns": turns}
    place.store.put(KIND, assistant_id, script, namespace=_NOWHERE)
    return len(turns)


def next_turn(place: Place, assistant_id: str, room_id: str) -> list[Document] | None:
    """The steps that answer the next message of a room; None for an assistant without a script."""
    script = place.store.get(KIND, assistant_id, namespace=_NOWHERE)
    if script is None:
        return None
    number = place.store.count_up(f"script.{script['id']}.{room_id}")
    turn: list[Document] = script["turns"][min(number, len(script["turns"])) - 1]
    return turn


def step_after_calls(steps: Sequence[Document], start: int) -> int:
    """Where a turn goes on that began at `start` and waits for the tools that it has called since."""
    at = start
    while at < len(steps) and "call" not in steps[at]:
        at += 1
    while at < len(steps) and "call" in steps[at]:
        at += 1
    return at


async def scripted_answer(situation: Situation) -> Steps:
    """The steps of a turn, up to the next tool calls or the end."""
    steps: list[Document] = situation.turn["steps"]
    start: int = situation.turn["step"]
    end = step_after_calls(steps, start)
    if situation.calls and start == len(steps):
        yield Say(answer_with(situation.assistant, situation.results))
    for step in map(_step, steps[start:end]):
        if isinstance(step, Fail):
            raise AnswerFailedError(step.message, step.code)
        if isinstance(step, Say):
            for piece in pieces(_filled(step.text, situation)):
                yield Say(piece, step.pace)
        else:
            yield step


def _grouped(steps: list[Step]) -> list[list[Step]]:
    turns: list[list[Step]] = []
    turn: list[Step] = []
    for step, following in zip_longest(steps, steps[1:]):
        turn.append(step)
        called = any(isinstance(each, Call) for each in turn)
        introduces = isinstance(step, Say) and isinstance(following, Call) and not called
        if following is None or not (introduces or isinstance(step, Call)):
            turns.append(turn)
            turn = []
    return turns


def _step(value: Any) -> Step:
    given = _as_json(value) if isinstance(value, Step) else value
    fields = given if is_object(given) else {}
    try:
        if isinstance(fields.get("say"), str) and fields.keys() <= {"say", "pace"}:
            return say(fields["say"], pace=fields.get("pace"))
        if (
            isinstance(fields.get("call"), str)
            and fields.keys() <= {"call", "arguments"}
            and is_object(fields.get("arguments", {}))
        ):
            return call(fields["call"], **fields.get("arguments", {}))
        if isinstance(fields.get("fail"), str) and fields.keys() <= {"fail", "code"}:
            return fail(fields["fail"], code=str(fields.get("code", MODEL_ERROR)))
    except (TypeError, ValueError) as error:
        raise BadScriptError(f"{error} A step is like {_FORMS}.") from None
    raise BadScriptError(f"A step is say(…), call(…) or fail(…), or like {_FORMS}.")


def _as_json(step: Step) -> Document:
    if isinstance(step, Say):
        return {"say": step.text, **({} if step.pace is None else {"pace": step.pace})}
    if isinstance(step, Call):
        return {"call": step.tool, "arguments": dict(step.arguments)}
    return {"fail": step.message, "code": step.code} if isinstance(step, Fail) else {}


def _filled(text: str, situation: Situation) -> str:
    known: Document = {"message": situation.question["content"]}
    for each in situation.calls:
        known |= {each["tool_name"]: each["result"], "result": each["result"]}

    def value_of(found: re.Match[str]) -> str:
        name, *path = found[1].split(".")
        if name not in known:
            return found[0]
        value: Any = known[name]
        for part in path:
            if is_object(value) and part in value:
                value = value[part]
            else:
                return found[0]
        return text_of(value)

    return _PLACEHOLDER.sub(value_of, text)
