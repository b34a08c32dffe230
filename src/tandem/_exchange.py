"""One logical call from its first attempt to its result. Pure: the client's shells send and sleep."""

from __future__ import annotations

from typing import Any, Generic, TypeVar, cast

from . import _json
from ._calls import Call
from ._core import Core
from ._deadline import Deadline
from ._drafts import draft
from ._errors import (
    APIConnectionError,
    APITimeoutError,
    DeadlineExceededError,
    ResponseDecodeError,
    TandemError,
)
from ._headers import Headers
from ._meta import ResponseMeta
from ._pages import BasePage
from ._replies import dig, is_event_stream, status_error, tidy
from ._retry import parse_retry_after
from ._settings import CallSettings, apply_options
from ._tokens import Token
from ._transport import ReplyTooLargeError, Request, Response, TransportError
from .models import attach_meta

T = TypeVar("T")
_NO_RESPONSE = Response(0, Headers(), b"")
_TIMER_SLACK = 0.01  # seconds


class Exchange(Generic[T]):
    """Holds what has happened so far and decides what happens next.

    `attempt()` gives the next request; `after_failure` and `after_response` give the pause before another attempt, or
    end the call: by raising, or (None) with a reply for `result`.
    """

    __slots__ = (
        "_attempts",
        "_call",
        "_core",
        "_draft",
        "_renewed",
        "_settings",
        "_spent",
        "_started",
        "_token",
        "deadline",
        "refused",
    )

    def __init__(self, core: Core[Any, Any], call: Call[T], settings: CallSettings) -> None:
        core.check_open()
        self._core = core
        self._call = call
        self._settings = apply_options(settings, call.options, core.conventions)
        self._started = core.monotonic()
        self.deadline = Deadline.after(self._settings.deadline, core.monotonic)
        self._draft = draft(core, call, self._settings, self.deadline)
        self._attempts = self._spent = 0
        self._token: Token | None = None
        self._renewed = False
        self.refused: Token | None = None
        """The token that the last reply refused, for a shared store to forget."""

    @property
    def authenticated(self) -> bool:
        return self._draft.authenticated

    def attempt(self, token: Token | None) -> Request:
        """The request to send now. Raises DeadlineExceededError when there is no time left for it."""
        if self.deadline.expired:
            raise self._out_of_time()
        self._attempts += 1
        self._token = token
        self.refused = None
        return self._draft.signed(token)

    def after_failure(self, error: TransportError) -> float:
        """Seconds until the next attempt, after one without a reply."""
        # A timer may fire a moment before the clock says so.
        if self.deadline.expired or (error.timed_out and not self.deadline.allows(_TIMER_SLACK)):
            raise self._out_of_time() from error
        if isinstance(error, ReplyTooLargeError):  # it would be as large again
            raise self._undecodable(_NO_RESPONSE, str(error)) from error
        unseen = error.stage == "connect"
        if self._may_retry(replayable=self._draft.replayable or unseen):
            pause = self._settings.retry.backoff(self._attempts, self._core.rng)
            if self.deadline.allows(pause) and self._afford(throttled=False):
                return pause
        cls = APITimeoutError if error.timed_out else APIConnectionError
        raise self._core.conventions.errors[cls](
            f"No reply: {tidy(str(error))}",
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
            self.refused = self._token
            self._core.tokens.drop(self._token)
            return 0.0
        retry_after = parse_retry_after(response.headers.get("retry-after"), self._core.time())
        policy = self._settings.retry
        retries = self._may_retry(replayable=policy.retries_status(status, replayable=self._draft.replayable))
        if retries and (retry_after is None or retry_after <= policy.max_retry_after):
            pause = policy.backoff(self._attempts, self._core.rng) if retry_after is None else retry_after
            if self.deadline.allows(pause) and self._afford(throttled=status == 429):
                return pause
        raise self._status_error(response)

    def result(self, response: Response) -> T:
        """The reply as a value. Raises ResponseDecodeError when it is not what the document promises."""
        try:
            value: Any = self._decode(response)
        except TandemError:
            raise
        except Exception as problem:  # whatever a decoder meets in a stranger's bytes
            raise self._undecodable(response, f"{type(problem).__name__}: {problem}") from problem
        if isinstance(value, BasePage):
            value._response_meta = self.meta(response)  # pyright: ignore[reportPrivateUsage]  # set here and nowhere else
        else:
            attach_meta(value, self.meta(response))
        return cast("T", value)

    def opened(self, response: Response) -> ResponseMeta:
        """What is known of a stream that this reply begins. Raises ResponseDecodeError when it begins none."""
        if not is_event_stream(response):
            kind = response.headers.get("content-type", "")
            raise self._undecodable(response, f"it is {kind}, not an event stream")
        return self.meta(response)

    def meta(self, response: Response) -> ResponseMeta:
        elapsed = self._core.monotonic() - self._started
        return ResponseMeta(response.status_code, response.headers, self._attempts, elapsed, self._draft.key)

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
            f"The reply cannot be read: {tidy(reason[:300])}",
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
