"""A chat completion as it arrives: pieces of text, and tool calls that come in fragments. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from interactor.sandbox._json import is_array, is_object

from ._acts import AnswerFailedError, Call, Say, Step

_MOST_TEXT = 1_000_000  # characters that a message may have
_MOST_CALLS = 128


class Completion:
    """Feed it the chunks of a streamed completion, or a whole one; ask it for the calls at the end."""

    def __init__(self) -> None:
        self.finished = False
        self._size = 0
        self._names: dict[int, str] = {}
        self._arguments: dict[int, str] = {}

    def chunk(self, data: str) -> Iterator[Step]:
        """What the data of one event says."""
        if data.strip() == "[DONE]":
            self.finished = True
            return
        yield from self.whole(data)

    def whole(self, text: str) -> Iterator[Step]:
        """What a completion that comes in one piece says, or a chunk of one."""
        for choice in _choices(text)[:1]:
            said = choice.get("delta", choice.get("message"))
            if is_object(said):
                yield from self._said(said)
            self.finished = self.finished or choice.get("finish_reason") is not None

    def calls(self) -> Iterator[Call]:
        """The tools that the model asks for."""
        for index in sorted(self._names):
            try:
                arguments: Any = json.loads(self._arguments[index] or "{}")
            except ValueError:
                arguments = None
            if not is_object(arguments) or not self._names[index]:
                raise AnswerFailedError("The model asked for a tool in words that nobody understands.")
            yield Call(self._names[index], arguments)

    def _said(self, said: dict[str, Any]) -> Iterator[Step]:
        content = said.get("content")
        if isinstance(content, str) and content:
            self._grow(content)
            yield Say(content, 0.0)  # the model has its own pace
        calls = said.get("tool_calls")
        for position, part in enumerate(calls if is_array(calls) else []):
            if is_object(part):
                self._fragment(part, position)

    def _fragment(self, part: dict[str, Any], position: int) -> None:
        given = part.get("index")
        index = given if isinstance(given, int) else position
        function = part.get("function")
        fields = function if is_object(function) else {}
        name, arguments = fields.get("name"), fields.get("arguments")
        self._names[index] = self._names.get(index) or (name if isinstance(name, str) else "")
        self._arguments[index] = self._arguments.get(index, "") + (arguments if isinstance(arguments, str) else "")
        self._grow(arguments if isinstance(arguments, str) else "")
        if len(self._names) > _MOST_CALLS:
            raise AnswerFailedError(f"The model asked for more than {_MOST_CALLS} tools at once.")

    def _grow(self, text: str) -> None:
        self._size += len(text)
        if self._size > _MOST_TEXT:
            raise AnswerFailedError(f"The model wrote more than {_MOST_TEXT} characters.")


def _choices(text: str) -> list[dict[str, Any]]:
    try:
        body: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise AnswerFailedError("The model sent what is no chat completion.") from None
    if not is_object(body):
        raise AnswerFailedError("The model sent what is no chat completion.")
    if body.get("error") is not None:
        raise AnswerFailedError("The model broke off with an error.")
    choices = body.get("choices")
    return [choice for choice in choices if is_object(choice)] if is_array(choices) else []
