"""What a platform says over a live channel of what it does not take, as an error. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tandem._calls import Operation
from tandem._conventions import Conventions
from tandem._errors import APIStatusError, error_class
from tandem._replies import read_problem

_OPENED = 101  # the status of the reply that the connection began with: what is said over it has none of its own


def is_refusal(message: Mapping[str, Any]) -> bool:
    """Whether a message says that what was sent is not taken: it answers nothing else."""
    return message.get("type") == "error"


def refusal(conventions: Conventions, operation: Operation[Any], message: Mapping[str, Any]) -> APIStatusError:
    """The error that a reply would have been: of the class that its code stands for, where that is known."""
    problem = read_problem(message)
    status = conventions.meanings.get((problem.code or "").upper(), _OPENED)
    return conventions.errors[error_class(status)](
        problem.message or "The platform did not take what was said to it",
        status_code=status,
        code=problem.code,
        details=problem.details,
        request_id=problem.request_id,
        body=message,
        method=operation.method,
        path=operation.path,
    )
