"""What an assistant does when it answers: it says something, calls a tool, or fails."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any

MODEL_ERROR = "MODEL_ERROR"
_MOST_PIECES = 40
_LONGEST_PAUSE = 3600.0
_WORD = re.compile(r"\s*\S+\s*\Z|\s*\S+|\s+")


class Step:
    """One thing that an assistant does: `Say`, `Call` or `Fail`."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Say(Step):
    """Words. `pace` is how many seconds pass between two pieces of them; None leaves that to the sandbox."""

    text: str
    pace: float | None = None


@dataclass(frozen=True, slots=True)
class Call(Step):
    """A tool call. Several in a row are asked at once."""

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Fail(Step):
    """The end of an answer that never comes."""

    message: str
    code: str = MODEL_ERROR


Steps = AsyncGenerator[Step]


class AnswerFailedError(Exception):
    """The assistant cannot answer. The message is for people, and holds no secret."""

    def __init__(self, message: str, code: str = MODEL_ERROR) -> None:
        super().__init__(message)
        self.code = code


def say(text: str, *, pace: float | None = None) -> Say:
    """A step of a script: the assistant says this.

    `{result}` stands for what the last tool answered, `{get_weather}` for what that tool did, `{result.celsius}` for
    one field of it, and `{message}` for what the person wrote. `pace` is seconds between two pieces of the text.

    >>> say("It is {result.celsius} degrees.", pace=0.01)
    Say(text='It is {result.celsius} degrees.', pace=0.01)
    """
    if pace is not None and not 0 <= pace <= _LONGEST_PAUSE:
        raise ValueError(f"pace is a number of seconds up to {_LONGEST_PAUSE:g}, not {pace}.")
    return Say(text, pace)


def call(tool: str, /, **arguments: Any) -> Call:
    """A step of a script: the assistant calls this tool and waits for the result.

    >>> call("get_weather", city="Oslo")
    Call(tool='get_weather', arguments={'city': 'Oslo'})
    """
    if not tool:
        raise ValueError("call takes the name of a tool.")
    return Call(tool, arguments)


def fail(message: str, *, code: str = MODEL_ERROR) -> Fail:
    """A step of a script: the model fails here. The stream tells so in an `error` event, a plain send gets a 503.

    >>> fail("The model is overloaded.")
    Fail(message='The model is overloaded.', code='MODEL_ERROR')
    """
    return Fail(message, code)


def pieces(text: str) -> list[str]:
    """A text in pieces of whole words, as many as there are words, but never more than `_MOST_PIECES`.

    >>> pieces("Good morning, Ann.")
    ['Good', ' morning,', ' Ann.']
    """
    words = _WORD.findall(text)
    size = max(1, -(-len(words) // _MOST_PIECES))
    return ["".join(words[start : start + size]) for start in range(0, len(words), size)]
