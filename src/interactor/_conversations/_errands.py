"""What a turn with tools decides: which calls to carry out, how long to wait for them, what the assistant is told.

Pure: it hears events and results, and is asked what is to be done. Results are handed in in the order in which they
were asked for, whoever is faster, so that the same turn leaves the same transcript behind.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from interactor_api.errors import ConfigurationError, InvalidRequestError, StreamInterruptedError
from interactor_api.models import Message, MessageComplete, ToolCall, ToolCallComplete, ToolCallStart

from interactor._functions._results import NoResultError, failure, result_of
from interactor._functions._shapes import Mismatch, is_number
from interactor._functions._signatures import as_object
from interactor._functions._tool import FunctionTool, as_tool, several
from tandem import AsyncClient, StreamGap
from tandem._conventions import shorten

from ._tool_runs import AnsweredCall, ToolRoundsExceededError, ToolRun

if TYPE_CHECKING:
    from interactor_api.models import Tool

AnyTool = FunctionTool | Callable[..., Any]


@dataclass(slots=True)
class Errand:
    """One tool call that is ours to answer."""

    call: ToolCall
    name: str
    round: int
    deadline: float | None = None
    work: Callable[[], Any] | None = None
    """What is to be done; None when the answer is known already."""
    answer: AnsweredCall | None = None


@dataclass(slots=True)
class Errands:
    """The tool calls of one turn of an assistant."""

    tools: Mapping[str, FunctionTool]
    max_rounds: int
    timeout: float | None
    now: Callable[[], float]
    answered: list[AnsweredCall] = field(default_factory=list[AnsweredCall])
    _owners: dict[str, Tool | None] = field(default_factory=dict[str, "Tool | None"])
    _errands: dict[str, Errand] = field(default_factory=dict[str, Errand])
    _heard: set[str] = field(default_factory=set[str])
    _open: set[str] = field(default_factory=set[str])
    """The calls that the assistant still waits for, by what the events say."""
    _round: int = 0

    def strangers(self, event: object) -> Iterator[str]:
        """The ids of tools that are asked for and that nobody here knows: ask the platform about each, then `learn`."""
        for call in _calls_of(event):
            if call.tool_name not in self.tools and call.tool_id not in self._owners:
                yield call.tool_id

    def learn(self, tool_id: str, tool: Tool | None) -> None:
        """What the platform said about a tool; None: it knows none."""
        self._owners[tool_id] = tool

    def hear(self, event: object) -> Iterator[Errand]:
        """Take in an event, and give the errands that begin with it. Raises ToolRoundsExceededError."""
        if isinstance(event, ToolCallComplete):
            self._open.discard(getattr(event.tool_call, "id", ""))
        elif isinstance(event, StreamGap):  # a completion may be lost as well
            self._open.intersection_update(self._errands)
        for call in _calls_of(event):
            if call.id not in self._heard:
                yield from self._asked(call)

    def missed(self, newest_first: Iterable[Message], sent: Message | None) -> Iterator[MessageComplete]:
        """The messages in which the assistant asks for tools in answer to `sent`, as events: oldest first."""
        found: list[Message] = []
        for message in newest_first:
            if sent is None or message.id == sent.id:
                break
            if message.role == "assistant" and message.in_reply_to in {None, sent.id}:
                found.append(message)
        return (MessageComplete(message=message) for message in reversed(found))

    def finish(self, call_id: str, value: Any, error: BaseException | None) -> None:
        """A tool has returned, or raised."""
        errand = self._errands[call_id]
        if error is not None:
            _answer(errand, failure(error), error)
            return
        try:
            result = result_of(value)
        except NoResultError as problem:
            _answer(errand, str(problem), problem)
        else:
            _answer(errand, None, None, result)

    def patience(self) -> float | None:
        """Seconds until the first tool has taken too long; None: no tool can."""
        waiting = [errand.deadline for errand in self._waiting() if errand.deadline is not None]
        return max(0.0, min(waiting) - self.now()) if waiting else None

    def expire(self) -> Iterator[str]:
        """The calls that have taken too long: the assistant is told so, and nobody waits for them any longer."""
        for errand in list(self._waiting()):
            if errand.deadline is not None and errand.deadline <= self.now():
                _answer(errand, f"The tool did not answer within {self._seconds(errand):g} s", None)
                yield errand.call.id

    def due(self) -> Iterator[AnsweredCall]:
        """The answers that can be handed in now."""
        for errand in list(self._errands.values()):
            if errand.answer is None:
                return
            del self._errands[errand.call.id]
            self.answered.append(errand.answer)
            yield errand.answer

    def run(self, message: Message | None) -> ToolRun:
        """All of it, when the assistant has said its last word. Raises StreamInterruptedError where there is none."""
        if message is None:
            raise StreamInterruptedError("The assistant's turn ended without an answer.")
        return ToolRun(message, tuple(self.answered), self._round)

    def _waiting(self) -> Iterator[Errand]:
        return (errand for errand in self._errands.values() if errand.answer is None)

    def _asked(self, call: ToolCall) -> Iterator[Errand]:
        if not self._open:  # an assistant waits for all results of a round before it asks again
            self._round += 1
            if self._round > self.max_rounds:
                raise ToolRoundsExceededError(self.max_rounds, tuple(self.answered))
        self._heard.add(call.id)
        self._open.add(call.id)
        owner = self._owners.get(call.tool_id)
        name = call.tool_name or (owner.name if owner else call.tool_id)
        if name not in self.tools and owner is not None and owner.callback_url:
            return  # the platform calls that one itself
        errand = self._errands[call.id] = Errand(call, name, self._round)
        self._prepare(errand)
        yield errand

    def _prepare(self, errand: Errand) -> None:
        tool = self.tools.get(errand.name)
        if tool is None:
            known = ", ".join(self.tools) or "none"
            _answer(errand, f"There is no tool {shorten(errand.name)} here. There are: {known}", None)
            return
        try:
            errand.work = tool.prepared(errand.call.arguments)
        except Mismatch as mismatch:
            _answer(errand, f"The arguments do not fit: {mismatch}", mismatch)
            return
        seconds = self._seconds(errand)
        errand.deadline = None if seconds is None else self.now() + seconds

    def _seconds(self, errand: Errand) -> float | None:
        own = self.tools[errand.name].timeout
        return self.timeout if own is None else own


def errands(tools: Iterable[AnyTool], *, max_rounds: int, timeout: float | None, client: object) -> Errands:
    """The work of a turn that has not begun. Raises ConfigurationError and InvalidRequestError."""
    if isinstance(max_rounds, bool) or not isinstance(max_rounds, int) or max_rounds < 1:  # pyright: ignore[reportUnnecessaryIsInstance]  # not everyone checks types
        raise InvalidRequestError(f"max_rounds is a whole number from 1 on, not {shorten(max_rounds)}.")
    if timeout is not None and (not is_number(timeout) or timeout <= 0):
        raise InvalidRequestError(f"timeout is a number of seconds above 0, not {shorten(timeout)}.")
    return Errands(_by_name(tools, isinstance(client, AsyncClient)), max_rounds, timeout, time.monotonic)


def _by_name(tools: Iterable[AnyTool], asynchronous: bool) -> dict[str, FunctionTool]:
    found: dict[str, FunctionTool] = {}
    for tool in map(as_tool, several(tools)):
        if tool.name in found:
            raise ConfigurationError(f"Two tools are named {tool.name}. Rename one: @tool(name=…).")
        if tool.is_async and not asynchronous:
            raise ConfigurationError(
                f"Tool {tool.name} is an async function, and this client is synchronous. Use AsyncInteractorClient, "
                "or write the tool without async."
            )
        found[tool.name] = tool
    return found


def _calls_of(event: object) -> list[ToolCall]:
    """The calls that an event asks for, as far as they can be answered."""
    calls: list[Any] = []
    if isinstance(event, ToolCallStart):
        calls = [event.tool_call]
    elif isinstance(event, MessageComplete):
        calls = getattr(event.message, "tool_calls", None) or []
    return [call for call in calls if _waits(call)]


def _waits(call: Any) -> bool:
    # A platform's bytes promise nothing: what has no name cannot be answered.
    if not isinstance(call, ToolCall) or call.status != "pending":
        return False
    name: Any = call.tool_name
    texts: list[Any] = [call.id, call.tool_id, "unnamed" if name is None else name]
    return all(isinstance(text, str) and text for text in texts)


def _answer(errand: Errand, error: str | None, exception: BaseException | None, result: Any = None) -> None:
    told = result if error is None else {"error": error}
    arguments = as_object(errand.call.arguments)
    errand.answer = AnsweredCall(errand.call.id, errand.name, arguments, told, error, errand.round, exception)
