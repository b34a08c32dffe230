"""What can be wrong with a definition, and the error that says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import attrs
from interactor_api.errors import InvalidRequestError

Severity = Literal["error", "warning"]


@attrs.frozen
class Fault:
    """One thing that is wrong with a definition, and where.

        fault.path      # states.start.transitions[0].target
        fault.message   # No state is called nonexistent

    An `error` is refused by the platform. A `warning` is accepted and most likely not what was meant. `code` is a word
    for programs. `line` and `column` count from 1 and are there when the definition was read from a text.
    """

    path: str
    code: str
    message: str
    severity: Severity = "error"
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        where = f"{self.line}:{self.column}: " if self.line is not None else ""
        mark = "" if self.severity == "error" else " (warning)"
        return f"{where}{self.path or 'the definition'}: {self.message}{mark}"


class DefinitionError(InvalidRequestError):
    """A definition that cannot be read, written or followed. `faults` tells each reason, where there are several."""

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


def faulty(subject: str, faults: Sequence[Fault]) -> DefinitionError:
    """The error that tells these faults, the first few in words."""
    shown = [str(fault) for fault in faults[:5]]
    if len(faults) > len(shown):
        shown.append(f"and {len(faults) - len(shown)} more")
    return DefinitionError(f"{subject}: {'; '.join(shown)}", faults)
