"""The errors that the engine finds by itself, and how a product says them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ._reply import Problem
from ._request import current_request

if TYPE_CHECKING:
    from ._api import ApiOperation
    from ._context import Principal
    from ._limits import LimitVerdict
    from ._schemas import Violation

_CODES = {
    413: "payload_too_large",
    422: "validation_failed",
    429: "rate_limited",
    500: "internal_error",
}


class Problems:
    """One method per error that the engine finds. A product overrides what its document words differently.

    Statuses that the document does not list for an operation would themselves break the document: what is wrong with
    a request in general is a 400 wherever the nearer status is not listed.
    """

    @property
    def operation(self) -> ApiOperation | None:
        """The operation that the request which is being answered is for."""
        request = current_request()
        return request.operation if request else None

    def code_for(self, status: int) -> str:
        """The product's general code for a status."""
        return _CODES.get(status) or _phrase(status).lower().replace(" ", "_")

    def fitting(self, status: int) -> int:
        """The status, or 400 where the operation that was asked for does not list it."""
        operation = self.operation
        listed = operation is None or not operation.documented or operation.response(status) is not None
        return status if listed else 400

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
        # Whoever obeys it is served by the next attempt, and waits no longer than a test has time.
        headers = {"Retry-After": "1"} if status in (429, 503) else {}
        return Problem(status, self.code_for(status), f"{_phrase(status)} (a fault rule)", headers=headers)

    def problem_for_path(self, path: str) -> Problem:
        """No operation has this path."""
        return self._said(404, f"There is nothing at {path}.")

    def problem_for_method(self, method: str, path: str, allowed: Sequence[str]) -> Problem:
        """The path is known, the method is not. The engine adds the Allow header."""
        return self._said(405, f"{method} is not possible here; {', '.join(allowed)} is.")

    def problem_for_upgrade(self) -> Problem:
        """The path is that of the live channels, the request is no WebSocket's."""
        problem = self._said(426, "Live channels are there for WebSockets alone.")
        problem.headers = {"Upgrade": "websocket", "Connection": "Upgrade"}
        return problem

    def problem_for_way(self, operation: ApiOperation, principal: Principal) -> Problem | None:
        """The caller is known, but came in by a way (`operation.schemes`) that this operation does not take."""
        return None

    def problem_for_scopes(self, operation: ApiOperation, principal: Principal) -> Problem:
        """The caller is known, but none of the operation's scope alternatives was granted."""
        ways = " or ".join(" and ".join(sorted(way)) for way in operation.scopes)
        return self._said(403, f"{operation.name} needs the scope {ways}.")

    def problem_for_limit(self, verdict: LimitVerdict) -> Problem:
        """Too many requests. The engine adds the rate limit headers."""
        wait = max(1, math.ceil(verdict.retry_after))
        message = f"More than {verdict.exceeded} ({verdict.rule.scope})."
        return Problem(429, self.code_for(429), message, headers={"Retry-After": str(wait)})

    def problem_for_malformed_body(self, reason: str) -> Problem:
        """The body is not what its media type says."""
        return self._said(400, f"The body cannot be read: {reason}.")

    def problem_for_media_type(self, media_type: str, accepted: Sequence[str]) -> Problem:
        """The body has a media type that the document does not list."""
        return self._said(self.fitting(415), f"Send {' or '.join(accepted)}, not {media_type or 'a body of no type'}.")

    def problem_for_size(self, limit: int) -> Problem:
        """The body is larger than the platform reads."""
        return self._said(self.fitting(413), f"The body is larger than {limit} bytes.")

    def problem_for_invalid(self, violations: Sequence[Violation], where: str) -> Problem:
        """The request breaks the document; `where` is "path", "query", "header" or "body"."""
        return self._said(self.fitting(422), f"The {where} of the request is not valid.", self.details_of(violations))

    def problem_for_reused_key(self, key: str) -> Problem:
        """The idempotency key was used before, for another request."""
        return Problem(409, "idempotency_conflict", "This idempotency key was used for a different request.")

    def problem_for_broken_reply(self, operation: ApiOperation, violations: Sequence[Violation]) -> Problem:
        """A handler answered something that the document does not promise."""
        first = violations[0]
        message = f"The reply of {operation.name} breaks the document: {first.field or 'body'}: {first.message}"
        return self._said(500, message, self.details_of(violations))

    def problem_for_crash(self, operation: ApiOperation, place: str) -> Problem:
        """A handler raised something that is not a `Problem`; `place` says what kind of error, and where."""
        return self._said(500, f"The handler of {operation.name} failed: {place}.")

    def details_of(self, violations: Sequence[Violation]) -> Any:
        """What is wrong with each field, as the product tells it."""
        return [{"field": violation.field, "message": violation.message} for violation in violations]

    def _said(self, status: int, message: str, details: Any = None) -> Problem:
        return Problem(status, self.code_for(status), message, details)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"
