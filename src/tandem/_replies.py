"""Replies read: JSON or not, a result or an error. Whatever a stranger sent ends in a value or in an error of ours."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from . import _json
from ._errors import APIStatusError, ErrorFamily, error_class
from ._headers import Headers
from ._meta import rate_limit_from, request_id_in
from ._retry import parse_retry_after
from ._transport import AsyncReplyStream, ReplyStream, Response

_BODY_READ = 1_000_000  # bytes of a reply that are worth reading for an id
_BODY_SHOWN = 2_000  # characters of a reply that is not JSON that an error keeps


class Problem(NamedTuple):
    """What an error reply says."""

    code: str | None
    message: str | None
    details: Any = None
    request_id: str | None = None


def status_error(
    family: ErrorFamily,
    response: Response,
    *,
    now: float,
    attempts: int,
    method: str,
    path: str,
    meanings: Mapping[str, int] | None = None,
) -> APIStatusError:
    """The error for a 4xx or 5xx reply; any other status that was not asked for counts as one.

    `meanings` are the statuses that error codes stand for, for a refusal with the status of a success.
    """
    body = read_body(response)
    problem = read_problem(body)
    headers = response.headers
    meant = (meanings or {}).get(problem.code or "") if response.status_code < 300 else None
    return family[error_class(meant or response.status_code)](
        problem.message or _phrase(response.status_code, headers),
        status_code=response.status_code,
        code=problem.code,
        details=problem.details,
        request_id=_text(headers.get("x-request-id")) or problem.request_id,
        retry_after=_retry_after(headers, body, now),
        rate_limit=rate_limit_from(headers),
        attempts=attempts,
        headers=headers,
        body=body,
        method=method,
        path=path,
    )


def retry_after_of(response: Response, now: float) -> float | None:
    """Seconds until the server takes another request: from the header, else from what the error says."""
    found = parse_retry_after(response.headers.get("retry-after"), now)
    if found is not None or not 0 < len(response.content) <= _BODY_READ:
        return found
    return _retry_after(response.headers, read_body(response), now)


def is_refusal(reply: Any, success_field: str | None) -> bool:
    """Whether a reply with the status of a success says that it is none."""
    return success_field is not None and _json.is_object(reply) and reply.get(success_field) is False


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
    request_id = _text(request_id_in(error) or request_id_in(body) or request_id_in(body.get("meta")))
    if _json.is_object(error):
        return Problem(_text(error.get("code")), _text(error.get("message")), error.get("details"), request_id)
    description, details = _text(body.get("error_description")) or _text(body.get("message")), body.get("details")
    if isinstance(error, str):
        # OAuth's form (RFC 6749, section 5.2): `error` is the code where a description stands beside it.
        code, message = (error, description) if description else (None, error)
        return Problem(_text(code), _text(message), details, request_id)
    return Problem(_text(body.get("code")), description, details if error is None else error, request_id)


def request_id_of(response: Response) -> str | None:
    """The id of the request that this is the reply to: from a header, else from what the reply says of itself."""
    found = response.headers.get("x-request-id")
    if found or not 0 < len(response.content) <= _BODY_READ:
        return found
    return read_problem(read_body(response)).request_id


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


def has_no_end(reply: Response | ReplyStream | AsyncReplyStream) -> bool:
    """Whether there is no end to read to: it brings events, or its connection speaks another protocol from here on."""
    return reply.status_code == 101 or is_event_stream(reply)


def tidy(text: str) -> str:
    """A stranger's text for a message: of bearable length, and nothing in it that could forge or break a log line."""
    shown = text[:_BODY_SHOWN]
    return shown if shown.isprintable() else "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in shown)


def _retry_after(headers: Headers, body: Any, now: float) -> float | None:
    found = parse_retry_after(headers.get("retry-after"), now)
    for place in (body.get("error"), body) if found is None and _json.is_object(body) else ():
        told = place.get("retryAfter", place.get("retry_after")) if _json.is_object(place) else None
        if isinstance(told, str | int | float) and not isinstance(told, bool):
            return parse_retry_after(str(told), now)
    return found


def _text(value: Any) -> str | None:
    return tidy(value) if isinstance(value, str) and value else None


def _phrase(status: int, headers: Headers) -> str:
    if status < 300:
        return "The reply says that this is no success"
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:  # servers do answer 529
        phrase = "Unknown status"
    kind = tidy(headers.get("content-type", "").partition(";")[0])
    return phrase if kind in {"", "application/json"} else f"{phrase} (the reply is {kind}, not JSON)"
