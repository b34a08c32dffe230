"""What comes of a turn in which the assistant called tools."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from interactor_api.errors import InteractorError

if TYPE_CHECKING:
    from interactor_api.models import Message


@dataclass(frozen=True, slots=True)
class AnsweredCall:
    """One tool call, and what the assistant was told."""

    id: str
    name: str
    arguments: dict[str, Any]
    """As the assistant gave them."""
    result: Any
    """As JSON has it; `{"error": …}` when the tool could not deliver."""
    error: str | None
    """Why it could not, as the assistant reads it."""
    round: int
    """Counted from 1: an assistant that has read results may ask again."""
    exception: BaseException | None = field(default=None, compare=False, repr=False)
    """What was raised, with its traceback. It does not pickle."""

    def __reduce__(self) -> tuple[Any, ...]:
        return AnsweredCall, (self.id, self.name, self.arguments, self.result, self.error, self.round)


@dataclass(frozen=True, slots=True)
class ToolRun:
    """The end of a turn: what the assistant said at last, and the calls that led there in the order of asking."""

    message: Message
    calls: tuple[AnsweredCall, ...]
    rounds: int
    """How often the assistant asked for tools."""

    @property
    def text(self) -> str:
        """What the assistant said at last."""
        return self.message.content


class ToolRoundsExceededError(InteractorError):
    """The assistant asked for tools more often than `max_rounds`; `calls` are those that were answered before."""

    def __init__(self, max_rounds: int, calls: tuple[AnsweredCall, ...] = ()) -> None:
        super().__init__(
            f"max_rounds={max_rounds} is used up, and the assistant asks for tools again. "
            "Raise max_rounds=, or tell it in its system prompt when to stop."
        )
        self.max_rounds = max_rounds
        self.calls = calls
