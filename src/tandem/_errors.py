"""The error tree under every client built on tandem.

    TandemError
    ├── ConfigurationError            the client cannot be built from what it was given
    ├── InvalidRequestError           refused before a byte was sent
    ├── APIConnectionError            no reply: refused, reset, cut
    │   ├── CircuitOpenError          not sent: this host has failed too often
    │   └── APITimeoutError           no reply in time
    │       └── DeadlineExceededError the call as a whole took too long
    ├── ResponseDecodeError           a reply that is not what the document promises
    ├── StreamInterruptedError        an event stream that could not be carried on
    ├── WebhookVerificationError      a delivery that is not proven to be the platform's
    └── APIStatusError                the server answered with a 4xx or 5xx
        ├── BadRequestError       400
        ├── AuthenticationError   401
        ├── PermissionDeniedError 403
        ├── NotFoundError         404
        ├── ConflictError         409
        ├── ValidationError       422
        ├── RateLimitError        429
        └── ServerError           5xx

A product raises its own subclasses of these (see `ErrorFamily`), so that `except` tells two products apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ._json import is_array, is_object

if TYPE_CHECKING:
    from ._headers import Headers
    from ._meta import RateLimit

_E = TypeVar("_E", bound="TandemError")
_LONGEST_NAME = 60  # characters of a field's name
_MOST_NAMES = 5


class TandemError(Exception):
    """Anything that this client raises on purpose."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TandemError):
            return NotImplemented
        return type(self) is type(other) and (self.args, self.__dict__) == (other.args, other.__dict__)

    def __hash__(self) -> int:
        return hash((type(self), self.args))

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions with keyword-only parameters do not unpickle by themselves: Celery and multiprocessing need that.
        return _restore, (type(self), self.args, self.__dict__.copy())


def _restore(cls: type[_E], args: tuple[Any, ...], state: dict[str, Any]) -> _E:
    error = cls.__new__(cls, *args)
    error.__dict__.update(state)
    return error


class ConfigurationError(TandemError):
    """The client cannot be built from the arguments and the environment; the message names all that is missing."""


class InvalidRequestError(TandemError):
    """The call was refused before anything was sent: a bad id, namespace, header value or option.

    Or its body could not be read to its end, so that the server got no whole request: a file that changed meanwhile.
    """


class APIConnectionError(TandemError):
    """No complete reply arrived. `attempts` tells how often the call was sent.

    `status_code` and `request_id` are those of a reply that began and broke off; None where nothing came.
    """

    def __init__(
        self,
        message: str,
        *,
        method: str = "",
        path: str = "",
        attempts: int = 1,
        status_code: int | None = None,
        request_id: str | None = None,
    ) -> None:
        status_part = f"{status_code}: " if status_code else ""
        where = _where(request_id, method, path, attempts) if method else ""
        super().__init__(f"{status_part}{message} ({where})" if where else f"{status_part}{message}")
        self.method = method
        self.path = path
        self.attempts = attempts
        self.status_code = status_code
        self.request_id = request_id


class CircuitOpenError(APIConnectionError):
    """Not sent: this host has failed too often in a row. `retry_after` says in how many seconds it is tried again."""

    def __init__(
        self, message: str, *, method: str = "", path: str = "", attempts: int = 0, retry_after: float = 0.0
    ) -> None:
        super().__init__(message, method=method, path=path, attempts=attempts)
        self.retry_after = retry_after


class APITimeoutError(APIConnectionError):
    """No reply within `timeout` seconds, on the last attempt that the retry policy allowed."""


class DeadlineExceededError(APITimeoutError):
    """The call as a whole, retries and body included, was not done within `deadline` seconds."""


class ResponseDecodeError(TandemError):
    """A reply arrived that is not what the API's document promises. The request may well have taken effect."""

    def __init__(
        self,
        message: str,
        *,
        status_code: int = 0,
        request_id: str | None = None,
        method: str = "",
        path: str = "",
        attempts: int = 1,
        headers: Headers | None = None,
        body: bytes = b"",
    ) -> None:
        status_part = f"{status_code}: " if status_code else ""
        where = _where(request_id, method, path, attempts)
        super().__init__(f"{status_part}{message} ({where})" if where else f"{status_part}{message}")
        self.status_code = status_code
        self.request_id = request_id
        self.method = method
        self.path = path
        self.attempts = attempts
        self.headers = headers
        self.body = body


class StreamInterruptedError(TandemError):
    """An event stream ended before its time. Hand `last_event_id` to a later call to go on after that event."""

    def __init__(self, message: str, *, last_event_id: str | None = None) -> None:
        super().__init__(message)
        self.last_event_id = last_event_id


class WebhookVerificationError(TandemError):
    """A delivery is not proven to come from the platform. `reason` is a short machine-readable word."""

    def __init__(self, message: str, *, reason: str = "invalid") -> None:
        super().__init__(message)
        self.reason = reason


def _fields(details: Any) -> list[str]:
    """The names of the fields that a server found fault with. What they held stays out of the text."""
    if is_array(details):
        found = [each.get("field") for each in details if is_object(each)]
    elif is_object(details):
        found = [name for name, faults in details.items() if is_array(faults)]
    else:
        return []
    names = [name for name in found if isinstance(name, str) and name.isprintable() and 0 < len(name) <= _LONGEST_NAME]
    return list(dict.fromkeys(names))[:_MOST_NAMES]


class APIStatusError(TandemError):
    """The server answered with a 4xx or 5xx status.

    `code` and `message` are the server's; `details` is what it added (a list, an object or None); `body` is the reply
    as JSON where it was JSON, as text otherwise.
    """

    def __init__(
        self,
        message: str,
        *,
        status_code: int,
        code: str | None = None,
        details: Any = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        rate_limit: RateLimit | None = None,
        attempts: int = 1,
        headers: Headers | None = None,
        body: Any = None,
        method: str = "",
        path: str = "",
    ) -> None:
        code_part = f" {code}" if code else ""
        fields = f" [{', '.join(named)}]" if (named := _fields(details)) else ""
        where = _where(request_id, method, path, attempts)
        super().__init__(f"{status_code}{code_part}: {message}{fields}" + (f" ({where})" if where else ""))
        self.message = message
        self.status_code = status_code
        self.code = code
        self.details = details
        self.request_id = request_id
        self.retry_after = retry_after
        self.rate_limit = rate_limit
        self.attempts = attempts
        self.headers = headers
        self.body = body
        self.method = method
        self.path = path


class BadRequestError(APIStatusError):
    """400: the request is malformed, or not possible in the state that the object is in."""


class AuthenticationError(APIStatusError):
    """401: the credentials or the token were not accepted, also with a fresh token."""


class PermissionDeniedError(APIStatusError):
    """403: the token lacks a scope, or the namespace is not yours."""


class NotFoundError(APIStatusError):
    """404: no such object in this namespace."""


class ConflictError(APIStatusError):
    """409: the object changed meanwhile, the name is taken, or an idempotency key was used with another body."""


class ValidationError(APIStatusError):
    """422: a field is missing or wrong; `details` names each one."""


class RateLimitError(APIStatusError):
    """429: too many requests; `retry_after` says how many seconds to wait."""


class ServerError(APIStatusError):
    """5xx: the platform, or something in front of it, failed."""


_BY_STATUS: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: ValidationError,
    429: RateLimitError,
}


def error_class(status_code: int) -> type[APIStatusError]:
    """The class for a status: its own where it has one, `ServerError` for any 5xx, `APIStatusError` otherwise."""
    if status_code >= 500:
        return ServerError
    return _BY_STATUS.get(status_code, APIStatusError)


class ErrorFamily:
    """One product's subclasses of the tree above: `family[NotFoundError]` is the product's own NotFoundError."""

    __slots__ = ("_classes",)

    def __init__(self, classes: Mapping[type[TandemError], type[TandemError]]) -> None:
        self._classes = dict(classes)

    def __getitem__(self, cls: type[_E]) -> type[_E]:
        return cast("type[_E]", self._classes.get(cls, cls))


NO_FAMILY = ErrorFamily({})


def _where(request_id: str | None, method: str, path: str, attempts: int) -> str:
    parts = [f"{method} {path}".strip()]
    if request_id:
        parts.append(f"request {request_id}")
    if attempts > 1:
        parts.append(f"{attempts} attempts")
    return ", ".join(part for part in parts if part)
