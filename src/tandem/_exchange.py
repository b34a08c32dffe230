"""One logical call from its first attempt to its result. Pure: the client's shells send and sleep."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Generic, TypeVar, cast

from . import _deprecation, _json
from ._calls import Call
from ._core import Core
from ._deadline import Deadline
from ._drafts import draft
from ._errors import TandemError
from ._failures import Failures
from ._headers import Headers
from ._meta import ResponseMeta
from ._paging._pages import BasePage
from ._redirects import redirect
from ._replies import dig, is_event_stream, is_refusal, read_body, retry_after_of
from ._settings import CallSettings, apply_options
from ._tokens import Token
from ._transport import ReplyTooLargeError, Request, Response, TransportError
from .models import attach_meta

T = TypeVar("T")
_NO_RESPONSE = Response(0, Headers(), b"")
_TIMER_SLACK = 0.01  # seconds
_SECRET = 8  # characters; what is shorter is found in any text
_WITHOUT_BODY = frozenset({202, 204, 205})  # what was asked for is done, or will be: there may be no more to say


class Exchange(Generic[T]):
    """Holds what has happened so far and decides what happens next.

    `turn()` gives the pause before an attempt, `attempt()` the request; `after_failure` and `after_response` give the
    pause before another attempt, or end the call: by raising, or (None) with a reply for `result`. As a context, it
    tells whoever watches how the call ended.
    """

    __slots__ = (
        "_call",
        "_core",
        "_draft",
        "_failures",
        "_followed",
        "_redirected",
        "_renewed",
        "_request",
        "_settings",
        "_spent",
        "_started",
        "_token",
        "_told",
        "_witness",
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
        self._draft = call.drafted or draft(core, call, self._settings)
        self._failures = Failures(core.conventions.errors, call.operation, core.conventions.meanings)
        self._witness = core.witness(call.operation, self._namespace)
        self._spent = 0
        self._token: Token | None = None
        self._renewed = False
        self._request: Request | None = None
        self._redirected: Request | None = None
        self._told: Any = None
        self._followed: list[str] = []
        self.refused: Token | None = None
        """The token that the last reply refused, for a shared store to forget."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if self._witness is not None:
            self._witness.end(error)

    @property
    def authenticated(self) -> bool:
        return self._draft.authenticated

    def turn(self) -> float:
        """Seconds until the next attempt may go. Raises DeadlineExceededError when that is too late."""
        throttle = self._core.throttle
        if throttle is None or self._redirected is not None:
            return 0.0
        pause = throttle.reserve(self._kind, self._core.monotonic())
        if pause and not self.deadline.allows(pause):
            throttle.give_back(self._kind)
            raise self._failures.out_of_time(self._settings.deadline)
        return pause

    def attempt(self, token: Token | None) -> Request:
        """The request to send now. Raises DeadlineExceededError or CircuitOpenError when it must not be sent."""
        if self.deadline.expired:
            raise self._failures.out_of_time(self._settings.deadline)
        self.refused = None
        request, self._redirected = self._redirected, None
        if request is None:
            self._pass_breaker()
            self._failures.attempts += 1
            self._token = token
            request = self._draft.signed(token, self.deadline)
            self._followed = []
        self._request = request
        if self._witness is not None:
            self._witness.begin(self._failures.attempts)
        return request

    def after_failure(self, error: TransportError) -> float:
        """Seconds until the next attempt, after one without a reply."""
        if self._witness is not None:
            self._witness.failed(self._failures.no_reply_class(error), error.reply)
        self._check_upload()
        # A timer may fire a moment before the clock says so.
        if self.deadline.expired or (error.timed_out and not self.deadline.allows(_TIMER_SLACK)):
            raise self._failures.out_of_time(self._settings.deadline, error) from error
        if isinstance(error, ReplyTooLargeError):  # it would be as large again
            raise self._failures.undecodable(error.reply or _NO_RESPONSE, str(error)) from error
        self._note_health(failed=True)
        unseen = error.stage == "connect"
        if self._may_retry(replayable=self._draft.replayable or unseen):
            pause = self._settings.retry.backoff(self._failures.attempts, self._core.rng)
            if self.deadline.allows(pause) and self._afford(throttled=False):
                return self._again(pause, "no reply in time" if error.timed_out else "no reply")
        raise self._failures.no_reply(error) from error

    def after_response(self, response: Response) -> float | None:
        """Seconds until the next attempt, or None when this reply is the result."""
        status = response.status_code
        self._heed(response)
        self._check_upload()
        if 200 <= status < 300 or status == 101:
            self._core.budget.refund(self._spent)
            return None
        if 300 <= status < 400 and self._follow(response):
            return 0.0
        if status == 401 and self._token is not None and not self._renewed:
            self._renewed = True
            self._core.tokens.drop(self._token)
            if self._can_send():
                self.refused = self._token
                return self._again(0.0, "the token was refused")
        retry_after = retry_after_of(response, self._core.time())
        policy = self._settings.retry
        repeats = policy.retries_status(
            status, replayable=self._draft.replayable, refusals=self._core.conventions.refusals
        )
        retries = self._may_retry(replayable=repeats)
        if retries and (retry_after is None or retry_after <= policy.max_retry_after):
            pause = policy.backoff(self._failures.attempts, self._core.rng) if retry_after is None else retry_after
            if self.deadline.allows(pause) and self._afford(throttled=status == 429):
                return self._again(pause, f"status {status}")
        raise self._failures.status(self._masked(response), self._core.time())

    def result(self, response: Response) -> T:
        """The reply as a value. Raises ResponseDecodeError when it is not what the document promises."""
        try:
            value: Any = self._decode(response)
        except TandemError:
            raise
        except Exception as problem:  # whatever a decoder meets in a stranger's bytes
            raise self._unreadable(response, problem) from problem
        if isinstance(value, BasePage):
            page = cast("BasePage[Any]", value)  # type: ignore[redundant-cast]  # not to pyright
            again = cast("Callable[[], BasePage[Any]]", partial(self._decode, response))
            page.comes_from(self.meta(response), partial(self._unreadable, response), again)
        else:
            attach_meta(value, self.meta(response))
        return cast("T", value)

    def _unreadable(self, response: Response, problem: Exception) -> TandemError:
        return self._failures.undecodable(self._masked(response), f"{type(problem).__name__}: {problem}")

    def _masked(self, response: Response) -> Response:
        """The reply as errors may show it: some servers repeat what they were sent."""
        content, names = response.content, self._core.conventions.credential_headers
        for name, value in self._request.headers if self._request is not None else ():
            secret = value.removeprefix("Bearer ").encode()
            if name.lower() in names and len(secret) >= _SECRET:
                content = content.replace(secret, b"***")
        return Response(response.status_code, response.headers, content)

    def opened(self, response: Response) -> ResponseMeta:
        """What is known of a stream that this reply begins. Raises ResponseDecodeError when it begins none."""
        live = self._call.operation.reply == "live"
        if not (response.status_code == 101 if live else is_event_stream(response)):
            kind = response.headers.get("content-type", "")
            wanted = "a WebSocket" if live else "an event stream"
            raise self._failures.undecodable(response, f"it is {kind or 'empty'}, not {wanted}")
        return self.meta(response)

    def meta(self, response: Response) -> ResponseMeta:
        elapsed = self._core.monotonic() - self._started
        attempts, key = self._failures.attempts, self._draft.key
        return ResponseMeta(response.status_code, response.headers, attempts, elapsed, key, self._told)

    def _decode(self, response: Response) -> T:
        operation = self._call.operation
        match operation.reply:
            case "json":
                if not response.content:
                    if response.status_code in _WITHOUT_BODY and not self._draft.safe:
                        return operation.decode({})
                    raise self._failures.undecodable(response, "the reply is empty where JSON was due")
                return operation.decode(dig(self._read(response), operation.result))
            case "any":
                return operation.decode(self._read(response) if response.content else None)
            case "text":
                return operation.decode(response.content.decode("utf-8", "replace"))
            case "none":
                self._pass(response, read_body(response) if response.content else None)
                return operation.decode(None)
            case _:
                return operation.decode(response.content)

    def _read(self, response: Response) -> Any:
        reply = _json.loads(response.content)
        self._pass(response, reply)
        self._told = reply.get("meta") if _json.is_object(reply) else None
        return reply

    def _pass(self, response: Response, reply: Any) -> None:
        """Raises APIStatusError on a refusal in the clothes of a success."""
        if is_refusal(reply, self._core.conventions.success_field):
            raise self._failures.status(self._masked(response), self._core.time())

    @property
    def _namespace(self) -> str | None:
        return self._settings.namespace if self._call.operation.namespace else None

    @property
    def _kind(self) -> tuple[str, str | None]:
        return self._call.operation.name, self._namespace

    def _heed(self, response: Response) -> None:
        """What every reply may tell, whatever its status."""
        core, headers = self._core, response.headers
        core.limits.note(headers)
        if core.throttle is not None:
            core.throttle.hear(self._kind, headers, core.monotonic(), core.time())
        if self._witness is not None:
            self._witness.replied(response)
        self._note_health(failed=response.status_code >= 500)
        if headers.has_any(_deprecation.NAMES):
            _deprecation.heed(headers, self._call.operation, core.conventions.packages)

    def _check_upload(self) -> None:
        """Raises what went wrong while the body was read and its progress told."""
        upload = self._draft.upload
        if upload is not None and upload.problem is not None:
            raise self._failures.unsent(upload.problem, late=upload.late) from upload.problem.__cause__

    def _pass_breaker(self) -> None:
        host, circuits = self._call.operation.host, self._core.circuits
        seconds = None if circuits is None else circuits.refuse(host, self._core.monotonic())
        if seconds is not None:
            raise self._failures.circuit_open(host, seconds)

    def _note_health(self, *, failed: bool) -> None:
        host, circuits = self._call.operation.host, self._core.circuits
        if circuits is None:
            return
        if failed:
            circuits.failed(host, self._core.monotonic())
        else:
            circuits.succeeded(host)

    def _follow(self, response: Response) -> bool:
        """Whether the next request is the one that this redirect asks for."""
        draft, request = self._draft, self._request
        if not self._settings.follow_redirects or request is None or not (draft.safe or draft.key is not None):
            return False
        self._followed.append(request.url)
        private = self._core.conventions.private_headers | draft.given.keys()
        self._redirected = redirect(request, response, self._followed, private=private)
        if self._redirected is None:
            return False
        if "authorization" not in {name.lower() for name, _ in self._redirected.headers}:
            self._token = None  # whoever answers now has not seen it, and cannot refuse it
        return True

    def _may_retry(self, *, replayable: bool) -> bool:
        if not replayable or self._failures.attempts >= self._settings.retry.max_attempts:
            return False
        circuits = self._core.circuits
        blocked = circuits is not None and circuits.blocks(self._call.operation.host, self._core.monotonic())
        return not blocked and self._can_send()

    def _can_send(self) -> bool:
        """Whether there is a body to send again; the error says so when there is none."""
        upload = self._draft.upload
        self._failures.spent = upload is not None and not upload.rewinds
        return not self._failures.spent

    def _afford(self, *, throttled: bool) -> bool:
        cost = self._core.budget.take(throttled=throttled)
        self._spent += cost
        return cost > 0

    def _again(self, pause: float, reason: str) -> float:
        if self._witness is not None:
            self._witness.again(pause, reason)
        return pause
