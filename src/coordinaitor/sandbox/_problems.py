"""The platform's own words for what goes wrong. Source: CoordinAItor API, Error Handling."""

from __future__ import annotations

from collections.abc import Iterable

from tandem.sandbox import Problem, Violation

_CODES = {
    400: "VALIDATION_ERROR",
    401: "AUTHENTICATION_ERROR",
    403: "AUTHORIZATION_ERROR",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT_ERROR",
    422: "VALIDATION_ERROR",
    426: "UPGRADE_REQUIRED",
    429: "RATE_LIMIT_ERROR",
    503: "SERVICE_UNAVAILABLE",
}


def code_for(status: int) -> str:
    """The code of a status."""
    return _CODES.get(status, "INTERNAL_ERROR")


def not_found(what: str, id: str) -> Problem:
    """Nothing of this kind has this id."""
    return Problem(404, code_for(404), f"There is no {what} {id}")


def invalid(field: str, message: str) -> Problem:
    """One field has a value that cannot be."""
    return Problem(422, code_for(422), "Validation failed", {field: [message]})


def conflict(message: str) -> Problem:
    """The request does not go with the state of things."""
    return Problem(409, code_for(409), message)


def forbidden(message: str) -> Problem:
    """The caller is known, but may not do this."""
    return Problem(403, code_for(403), message)


def lacks(*ways: Iterable[str]) -> Problem:
    """The caller is known, but has none of these sets of permissions.

    >>> lacks({"tasks:read"}).message
    'This takes the permission tasks:read'
    """
    return forbidden(f"This takes the permission {' or '.join(dict.fromkeys(' and '.join(sorted(w)) for w in ways))}")


def unauthenticated(message: str) -> Problem:
    """Nobody knows who is calling."""
    return Problem(401, code_for(401), message, headers={"WWW-Authenticate": "Bearer"})


def details_of(violations: Iterable[Violation]) -> dict[str, list[str]]:
    """What is wrong with each field; of the whole, under where it stands.

    >>> details_of([Violation("title", "is required"), Violation("tags.0", "is short"), Violation("", "is missing")])
    {'title': ['is required'], 'tags[0]': ['is short'], 'body': ['is missing']}
    """
    details: dict[str, list[str]] = {}
    for violation in violations:
        details.setdefault(_place_of(violation.field) or violation.where, []).append(violation.message)
    return details


def _place_of(field: str) -> str:
    first, *rest = field.split(".")
    return first + "".join(f"[{step}]" if step.isdecimal() else f".{step}" for step in rest)
