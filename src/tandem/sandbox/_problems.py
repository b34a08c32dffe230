"""The errors that the engine finds by itself, and how a product says them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ._reply import Problem

if TYPE_CHECKING:
    from ._api import ApiOperation
    from ._context import Principal
    from ._limits import LimitVerdict
    from ._schemas import Violation


class Problems:
    """One method per error that the engine finds. A product overrides what its document words differently.

    Statuses that the document does not list for an operation would themselves break the document: choose among
    those it has.
    """

    def problem_body(self, problem: Problem, request_id: str) -> Any:
        """The product's error envelope."""
        error = {
            "code": problem.code,
            "message": problem.message,
            "details": problem.details,
            "request_id": request_id,
        }
        return {"error": error}

    def problem_for_status(self, status: int) -> Problem:
        """A fault rule answers with a bare status: what the product would say there."""
        return Problem(status, _phrase(status).lower().replace(" ", "_"), f"{_phrase(status)} (a fault rule)")

    def problem_for_path(self, path: str) -> Problem:
        """No operation has this path."""
        return Problem(404, "not_found", f"There is nothing at {path}.")

    def problem_for_method(self, method: str, path: str, allowed: Sequence[str]) -> Problem:
        """The path is known, the method is not. The engine adds the Allow header."""
        return Problem(405, "method_not_allowed", f"{method} is not possible here; {', '.join(allowed)} is.")

    def problem_for_scopes(self, operation: ApiOperation, principal: Principal) -> Problem:
        """The caller is known, but none of the operation's scope alternatives was granted."""
        ways = " or ".join(" and ".join(sorted(way)) for way in operation.scopes)
        return Problem(403, "forbidden", f"{operation.name} needs the scope {ways}.")

    def problem_for_limit(self, verdict: LimitVerdict) -> Problem:
        """Too many requests. The engine adds the rate limit headers."""
        wait = max(1, math.ceil(verdict.retry_after))
        message = f"More than {verdict.rule.limit} requests in {verdict.rule.window:g} seconds ({verdict.rule.scope})."
        return Problem(429, "rate_limited", message, headers={"Retry-After": str(wait)})

    def problem_for_malformed_body(self, reason: str) -> Problem:
        """The body is not what its media type says."""
        return Problem(400, "bad_request", f"The body cannot be read: {reason}.")

    def problem_for_media_type(self, media_type: str, accepted: Sequence[str]) -> Problem:
        """The body has a media type that the document does not list."""
        return Problem(415, "unsupported_media_type", f"Send {' or '.join(accepted)}, not {media_type}.")

    def problem_for_size(self, limit: int) -> Problem:
        """The body is larger than the platform reads."""
        return Problem(413, "payload_too_large", f"The body is larger than {limit} bytes.")

    def problem_for_invalid(self, violations: Sequence[Violation], where: str) -> Problem:
        """The request breaks the document; `where` is "path", "query", "header" or "body"."""
        details = [{"field": violation.field, "message": violation.message} for violation in violations]
        return Problem(422, "validation_failed", f"The {where} of the request is not valid.", details)

    def problem_for_reused_key(self, key: str) -> Problem:
        """The idempotency key was used before, for another request."""
        return Problem(409, "idempotency_conflict", "This idempotency key was used for a different request.")

    def problem_for_broken_reply(self, operation: ApiOperation, violations: Sequence[Violation]) -> Problem:
        """A handler answered something that the document does not promise."""
        details = [{"field": violation.field, "message": violation.message} for violation in violations]
        first = violations[0]
        message = f"The reply of {operation.name} breaks the document: {first.field or 'body'}: {first.message}"
        return Problem(500, "internal_error", message, details)

    def problem_for_crash(self, operation: ApiOperation, place: str) -> Problem:
        """A handler raised something that is not a `Problem`; `place` says what kind of error, and where."""
        return Problem(500, "internal_error", f"The handler of {operation.name} failed: {place}.")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"
