"""One logical call from its first attempt to its result. Pure: the client's shells send and sleep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar, cast

from . import _json
from ._bodies import encode_body
from ._calls import Call, RequestOptions
from ._conventions import refuse_header
from ._core import Core
from ._deadline import Deadline
from ._errors import (
    APIConnectionError,
    APITimeoutError,
    DeadlineExceededError,
    InvalidRequestError,
    ResponseDecodeError,
    TandemError,
)
from ._headers import Headers
from ._idempotency import new_key
from ._meta import ResponseMeta
from ._pages import BasePage
from ._replies import dig, status_error
from ._retry import SAFE_METHODS, parse_retry_after
from ._settings import CallSettings, apply_options
from ._tokens import Token
from ._transport import ReplyTooLargeError, Request, Response, TransportError
from .models import Model

T = TypeVar("T")
_NO_OPTIONS = RequestOptions()
_NO_RESPONSE = Response(0, Headers(), b"")


class Exchange(Generic[T]):
    """Holds what has happened so far and decides what happens next.

    `attempt()` gives the next request; `after_failure` and `after_response` give the pause before another attempt, or
    end the call: by raising, or (None) with a reply for `result`.
    """

    __slots__ = (
        "_attempts",
        "_call",
        "_core",
        "_deadline",
        "_key",
        "_renewed",
        "_replayable",
        "_request",
        "_settings",
        "_spent",
        "_started",
        "_token",
    )

    def __init__(self, core: Core[Any, Any], call: Call[T], settings: CallSettings) -> None:
        if core.closed:
            raise core.error(InvalidRequestError, "This client is closed. Make a new one, or close it later.")
        options = call.options or _NO_OPTIONS
        self._core = core
        self._call = call
        self._settings = apply_options(settings, options, core.conventions)
        self._started = core.monotonic()
        self._deadline = Deadline.after(self._settings.deadline, core.monotonic)
        self._key = (call.idempotency_key or new_key()) if call.operation.idempotent else None
        self._replayable = call.operation.method in SAFE_METHODS or self._key is not None
        self._request = self._build(options)
        self._attempts = self._spent = 0
        self._token: Token | None = None
        self._renewed = False

    @property
    def authenticated(self) -> bool:
        return self._call.operation.authenticated

    @property
    def deadline(self) -> Deadline:
        return self._deadline

    def attempt(self, token: Token | None) -> Request:
        """The request to send now. Raises DeadlineExceededError when there is no time left for it."""
        if self._deadline.expired:
            raise self._out_of_time()
        self._attempts += 1
        self._token = token
        request = self._request
        if token is None:
            return request
        headers = [*request.headers, ("authorization", f"Bearer {token.value.reveal()}")]
        return Request(
            request.method,
            request.url,
            headers,
            request.content,
            request.timeout,
            request.deadline,
            request.max_response_bytes,
        )

    def after_failure(self, error: TransportError) -> float:
        """Seconds until the next attempt, after one without a reply."""
        if self._deadline.expired:
            raise self._out_of_time() from error
        if isinstance(error, ReplyTooLargeError):  # it would be as large again
            raise self._undecodable(_NO_RESPONSE, str(error)) from error
        unseen = error.stage == "connect"
        if self._may_retry(replayable=self._replayable or unseen):
            pause = self._settings.retry.backoff(self._attempts, self._core.rng)
            if self._deadline.allows(pause) and self._afford(throttled=False):
                return pause
        cls = APITimeoutError if error.timed_out else APIConnectionError
        raise self._core.conventions.errors[cls](
            f"No reply: {error}",
            method=self._call.operation.method,
            path=self._call.operation.path,
            attempts=self._attempts,
        ) from error

    def after_response(self, response: Response) -> float | None:
        """Seconds until the next attempt, or None when this reply is the result."""
        status = response.status_code
        if 200 <= status < 300:
            self._core.budget.refund(self._spent)
            return None
        if status == 401 and self._token is not None and not self._renewed:
            self._renewed = True
            self._core.tokens.drop(self._token)
            return 0.0
        retry_after = parse_retry_after(response.headers.get("retry-after"), self._core.time())
        policy = self._settings.retry
        retries = self._may_retry(replayable=True) and policy.retries_status(status, replayable=self._replayable)
        if retries and (retry_after is None or retry_after <= policy.max_retry_after):
            pause = policy.backoff(self._attempts, self._core.rng) if retry_after is None else retry_after
            if self._deadline.allows(pause) and self._afford(throttled=status == 429):
                return pause
        raise self._status_error(response)

    @property
    def refused(self) -> Token | None:
        """The token that the last reply refused, for a shared store to forget."""
        return self._token if self._renewed else None

    def result(self, response: Response) -> T:
        """The reply as a value. Raises ResponseDecodeError when it is not what the document promises."""
        try:
            value: Any = self._decode(response)
        except TandemError:
            raise
        except Exception as problem:  # whatever a decoder meets in a stranger's bytes
            raise self._undecodable(response, f"{type(problem).__name__}: {problem}") from problem
        if isinstance(value, Model | BasePage):
            value._response_meta = self.meta(response)  # pyright: ignore[reportPrivateUsage]  # set here and nowhere else
        return cast("T", value)

    def meta(self, response: Response) -> ResponseMeta:
        elapsed = self._core.monotonic() - self._started
        return ResponseMeta(response.status_code, response.headers, self._attempts, elapsed, self._key)

    def _decode(self, response: Response) -> T:
        operation = self._call.operation
        match operation.reply:
            case "json":
                if not response.content:
                    raise self._undecodable(response, "the reply is empty where JSON was due")
                return operation.decode(dig(_json.loads(response.content), operation.result))
            case "any":
                return operation.decode(_json.loads(response.content) if response.content else None)
            case "text":
                return operation.decode(response.content.decode("utf-8", "replace"))
            case "none":
                return operation.decode(None)
            case _:
                return operation.decode(response.content)

    def _undecodable(self, response: Response, reason: str) -> ResponseDecodeError:
        operation = self._call.operation
        return self._core.conventions.errors[ResponseDecodeError](
            f"The reply cannot be read: {reason[:300]}",
            status_code=response.status_code,
            request_id=response.headers.get("x-request-id"),
            method=operation.method,
            path=operation.path,
            attempts=self._attempts,
            headers=response.headers,
            body=response.content,
        )

    def _status_error(self, response: Response) -> TandemError:
        operation = self._call.operation
        return status_error(
            self._core.conventions.errors,
            response,
            now=self._core.time(),
            attempts=self._attempts,
            method=operation.method,
            path=operation.path,
        )

    def _may_retry(self, *, replayable: bool) -> bool:
        return replayable and self._attempts < self._settings.retry.max_attempts

    def _afford(self, *, throttled: bool) -> bool:
        cost = self._core.budget.take(throttled=throttled)
        self._spent += cost
        return cost > 0

    def _out_of_time(self) -> DeadlineExceededError:
        operation = self._call.operation
        return self._core.conventions.errors[DeadlineExceededError](
            f"Not done within the deadline of {self._settings.deadline} s",
            method=operation.method,
            path=operation.path,
            attempts=self._attempts,
        )

    def _build(self, options: RequestOptions) -> Request:
        core, call, settings = self._core, self._call, self._settings
        url = core.url(call, options.get("extra_query"))
        try:
            content, kind = encode_body(call, options.get("extra_body"))
        except ValueError as problem:
            raise self._refuse(f"the body cannot be sent: {problem}.") from None
        extra = options.get("extra_headers") or {}
        replaced = {name.lower() for name in extra}
        headers = [pair for pair in core.prepared(call.operation).headers if pair[0] not in replaced]
        if kind is not None and "content-type" not in replaced:
            headers.append(("content-type", kind))
        headers += self._own_headers(extra)
        return Request(
            call.operation.method, url, headers, content, settings.timeout, self._deadline, settings.max_response_bytes
        )

    def _own_headers(self, extra: Mapping[str, str]) -> list[tuple[str, str]]:
        conventions = self._core.conventions
        headers: list[tuple[str, str]] = []
        if self._settings.namespace is not None and self._call.operation.namespace and conventions.namespace_header:
            headers.append((conventions.namespace_header, self._settings.namespace))
        if self._key is not None:
            headers.append((conventions.idempotency_header, self._key))
        headers += extra.items()
        for name, value in headers:
            problem = refuse_header(name, value)
            if problem:
                raise self._refuse(problem)
        return headers

    def _refuse(self, reason: str) -> InvalidRequestError:
        return self._core.error(InvalidRequestError, f"{self._call.operation.name}: {reason}")
