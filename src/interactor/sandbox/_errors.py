"""The platform's own words for what goes wrong. Sources: Interactor SDK guide, API Response Envelope;
Interactor workflows guide, Error Codes by Endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tandem.sandbox import Problem

# The workflows guide spells its codes in lower case, and names two of them differently.
_CODES = {
    400: ("BAD_REQUEST", "BAD_REQUEST"),
    401: ("AUTH_ERROR", "unauthorized"),
    403: ("FORBIDDEN", "forbidden"),
    404: ("NOT_FOUND", "NOT_FOUND"),
    405: ("METHOD_NOT_ALLOWED", "METHOD_NOT_ALLOWED"),
    409: ("CONFLICT", "CONFLICT"),
    410: ("GONE", "GONE"),
    422: ("VALIDATION_ERROR", "VALIDATION_ERROR"),
    429: ("RATE_LIMITED", "rate_limited"),
}
_WORKFLOWS = ("workflows.", "workflow_instances.", "webhooks.subscriptions.")


def of_workflows(operation: str | None) -> bool:
    """Whether an operation comes from the workflows guide."""
    return operation is not None and operation.startswith(_WORKFLOWS)


def code_for(status: int, operation: str | None = None) -> str:
    """The general code of a status, as the guide that describes the operation spells it."""
    capitals, lower = _CODES.get(status, ("API_ERROR", "internal_error"))
    return lower if of_workflows(operation) else capitals


def not_found(what: str, code: str = "NOT_FOUND") -> Problem:
    """Nothing with this id exists in the namespace; things of other namespaces are no different."""
    return Problem(404, code, f"No such {what}")


def invalid(field: str, message: str) -> Problem:
    """One field has a value that cannot be."""
    return Problem(422, "VALIDATION_ERROR", f"{field}: {message}", [{"field": field, "message": message}])


def conflict(message: str) -> Problem:
    """The state of the resource does not allow the request."""
    return Problem(409, "CONFLICT", message)


def refused(code: str, message: str, details: Mapping[str, Any] | None = None) -> Problem:
    """A request that is well-formed, but cannot be done now."""
    return Problem(400, code, message, details)
