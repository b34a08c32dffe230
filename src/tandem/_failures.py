"""The errors in which a call can end, each with what is known of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ._calls import Operation
from ._errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    CircuitOpenError,
    DeadlineExceededError,
    ErrorFamily,
    InvalidRequestError,
    ResponseDecodeError,
    TandemError,
)
from ._replies import request_id_of, status_error, tidy
from ._transport import BodyError, Response, TransportError

_SPENT = "not sent again, because its file cannot be rewound: give bytes, a path or a file that can seek"
_LATE = "All of the body had been sent by then: the server may have acted on it."


@dataclass(slots=True)
class Failures:
    """Makes the errors of one call, in the product's own classes."""

    errors: ErrorFamily
    operation: Operation[Any]
    meanings: Mapping[str, int]
    attempts: int = 0
    spent: bool = False
    """Whether the call would have been sent again, had its body not been read already."""

    def no_reply(self, error: TransportError) -> APIConnectionError:
        what = "No reply" if error.reply is None else "No whole reply"
        message = f"{what}: {tidy(str(error))}" + (f"; {_SPENT}" if self.spent else "")
        return self.no_reply_class(error)(message, **self._where(), **_seen(error))

    def no_reply_class(self, error: TransportError) -> type[APIConnectionError]:
        return self.errors[APITimeoutError if error.timed_out else APIConnectionError]

    def out_of_time(self, seconds: float | None, error: TransportError | None = None) -> DeadlineExceededError:
        message = f"Not done within the deadline of {seconds} s"
        return self.errors[DeadlineExceededError](message, **self._where(), **_seen(error))

    def circuit_open(self, host: str, retry_after: float) -> CircuitOpenError:
        message = f"Not sent: the {host} server has failed too often in a row; try again in {retry_after:.1f} s"
        return self.errors[CircuitOpenError](message, **self._where(), retry_after=retry_after)

    def undecodable(self, response: Response, reason: str) -> ResponseDecodeError:
        return self.errors[ResponseDecodeError](
            f"The reply cannot be read: {tidy(reason[:300])}",
            status_code=response.status_code,
            request_id=request_id_of(response),
            **self._where(),
            headers=response.headers,
            body=response.content,
        )

    def status(self, response: Response, now: float) -> APIStatusError:
        error = status_error(self.errors, response, now=now, meanings=self.meanings, **self._where())
        if self.spent:
            error.add_note(f"It was {_SPENT}.")
        return error

    def unsent(self, problem: Exception, *, late: bool) -> Exception:
        """What a problem with the body becomes: an error of ours, or the callback's own."""
        if not isinstance(problem, BodyError):
            if late:
                problem.add_note(_LATE)
            return problem
        if late:
            return self.errors[TandemError](f"{self.operation.name}: {problem}. {_LATE}")
        return self.errors[InvalidRequestError](f"{self.operation.name}: the body cannot be sent: {problem}.")

    def _where(self) -> dict[str, Any]:
        return {"method": self.operation.method, "path": self.operation.path, "attempts": self.attempts}


def _seen(error: TransportError | None) -> dict[str, Any]:
    """What is known of a reply that broke off."""
    if error is None or error.reply is None:
        return {}
    return {"status_code": error.reply.status_code, "request_id": error.reply.headers.get("x-request-id")}
