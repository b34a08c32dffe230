"""Replies read: JSON or not, a result or an error. Whatever a stranger sent ends in a value or in an error of ours."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, NamedTuple

from . import _json
from ._errors import APIStatusError, ErrorFamily, error_class
from ._headers import Headers
from ._meta import rate_limit_from
from ._retry import parse_retry_after
from ._transport import AsyncReplyStream, ReplyStream, Response

_BODY_SHOWN = 2_000  # characters of a reply that is not JSON that an error keeps


class Problem(NamedTuple):
    """What an error reply says."""

    code: str | None
    message: str | None
    details: Any = None
    request_id: str | None = None


def status_error(
    family: ErrorFamily, response: Response, *, now: float, attempts: int, method: str, path: str
) -> APIStatusError:
    """The error for a 4xx or 5xx reply; any other status that was not asked for counts as one."""
    body = read_body(response)
    problem = read_problem(body)
    headers = response.headers
    return family[error_class(response.status_code)](
        problem.message or _phrase(response.status_code, headers),
        status_code=response.status_code,
        code=problem.code,
        details=problem.details,
        request_id=_text(headers.get("x-request-id")) or problem.request_id,
        retry_after=parse_retry_after(headers.get("retry-after"), now),
        rate_limit=rate_limit_from(headers),
        attempts=attempts,
        headers=headers,
        body=body,
        method=method,
        path=path,
    )


def read_body(response: Response) -> Any:
    """JSON where it is JSON, the beginning of the text otherwise."""
    try:
        return _json.loads(response.content)
    except (ValueError, RecursionError):
        return response.content[: _BODY_SHOWN * 4].decode("utf-8", "replace")[:_BODY_SHOWN]


def read_problem(body: Any) -> Problem:
    """Code, message, details and request id from any of the shapes in which errors come."""
    if not _json.is_object(body):
        return Problem(None, None)
    error = body.get("error", body)
    if _json.is_object(error):
        return Problem(
            _text(error.get("code")), _text(error.get("message")), error.get("details"), _text(error.get("request_id"))
        )
    description = _text(body.get("error_description")) or _text(body.get("message"))
    details, request_id = body.get("details"), _text(body.get("request_id"))
    if isinstance(error, str):
        # OAuth's form (RFC 6749, section 5.2): `error` is the code where a description stands beside it.
        code, message = (error, description) if description else (None, error)
        return Problem(_text(code), _text(message), details, request_id)
    return Problem(_text(body.get("code")), description, details if error is None else error, request_id)


def dig(reply: Any, keys: tuple[str, ...]) -> Any:
    """What stands under `keys`; where an envelope is missing, what stands in its place."""
    for key in keys:
        if _json.is_object(reply) and key in reply:
            reply = reply[key]
    return reply


def is_event_stream(reply: Response | ReplyStream | AsyncReplyStream) -> bool:
    """Whether a success brings events. A login page of a proxy does not."""
    kind = reply.headers.get("content-type", "text/event-stream")
    return (
        200 <= reply.status_code < 300
        and reply.status_code != 204
        and kind.partition(";")[0].strip().lower() == "text/event-stream"
    )


def tidy(text: str) -> str:
    """A stranger's text for a message: of bearable length, and nothing in it that could forge or break a log line."""
    shown = text[:_BODY_SHOWN]
    return shown if shown.isprintable() else "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in shown)


def _text(value: Any) -> str | None:
    return tidy(value) if isinstance(value, str) and value else None


def _phrase(status: int, headers: Headers) -> str:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:  # servers do answer 529
        phrase = "Unknown status"
    kind = tidy(headers.get("content-type", "").partition(";")[0])
    return phrase if kind in {"", "application/json"} else f"{phrase} (the reply is {kind}, not JSON)"
