"""What can go wrong with workflows, beyond what any call can end in.

InteractorError
├── InvalidRequestError
│   ├── DefinitionError                 a definition with faults, found before it was sent
│   └── InvalidInputError               an answer that does not fit the form it is for
├── ConflictError
│   └── ConcurrentModificationError     somebody else resumed the instance first
└── WorkflowEndedError
    ├── WorkflowFailedError             the instance failed
    ├── WorkflowCancelledError          the instance was cancelled
    └── WorkflowTimeoutError            the instance is not there yet, and the time is up
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

from interactor_api.errors import ConflictError, InteractorError, InvalidRequestError

from tandem._json import is_object

if TYPE_CHECKING:
    from interactor_api.models import HistoryEntry, Instance


class InvalidInputError(InvalidRequestError):
    """An input that does not fit what the halted instance asks for. `fields` maps each field to what is wrong with it;
    nothing was sent."""

    def __init__(self, message: str, *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields = dict(fields or {})


class ConcurrentModificationError(ConflictError):
    """Somebody else resumed the instance first. It is in `current_state`, no longer in `expected_state`."""

    current_state: str | None = None
    expected_state: str | None = None

    @classmethod
    def of(cls, error: ConflictError) -> Self:
        """The same refusal, with both states at hand."""
        made = cls.__new__(cls, *error.args)
        made.__dict__.update(error.__dict__)
        if is_object(error.details):
            made.current_state = error.details.get("current_state")
            made.expected_state = error.details.get("expected_state")
        return made


class WorkflowEndedError(InteractorError):
    """An instance that did not get to where it was waited for. `instance` is how it was seen last."""

    def __init__(self, message: str, *, instance: Instance) -> None:
        super().__init__(message)
        self.instance = instance


class WorkflowFailedError(WorkflowEndedError):
    """The instance failed. `error` is what ended it, `history` the states it has been in."""

    @property
    def error(self) -> str | None:
        return self.instance.error

    @property
    def history(self) -> list[HistoryEntry]:
        return self.instance.history or []


class WorkflowCancelledError(WorkflowEndedError):
    """The instance was cancelled, by somebody or for its age."""


class WorkflowTimeoutError(WorkflowEndedError):
    """The time is up; the instance goes on. Wait again, or look at it later."""
