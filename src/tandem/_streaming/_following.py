"""What becomes of an event stream whose connection has ended. Pure: the shells connect, read and wait."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Generic, NoReturn, Protocol, TypeVar

from tandem._calls import Call, RequestOptions
from tandem._core import Core
from tandem._deadline import NEVER, Deadline
from tandem._errors import (
    APIConnectionError,
    APIStatusError,
    DeadlineExceededError,
    ResponseDecodeError,
    StreamInterruptedError,
    TandemError,
)
from tandem._replies import tidy
from tandem._settings import CallSettings, apply_options
from tandem._transport import TransportError

from ._events import EventReader, StreamGap, UnknownEvent
from ._sse import EventTooLargeError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
_TIMER_SLACK = 0.01  # seconds; a timer may fire a moment before the clock says so
_LASTING = 10.0  # seconds; proxies cut what is quiet after a minute or so, which is no failure
_GONE = frozenset({404, 410})


class Reader(Protocol[T_co]):
    """Turns bytes into what a stream yields: `EventReader`, or one for another protocol."""

    last_event_id: str | None
    given: int
    lost: bool

    @property
    def retry(self) -> float | None: ...
    @property
    def place(self) -> str | None: ...
    def connected(self) -> None: ...
    def feed(self, chunk: bytes) -> None: ...
    def next_event(self) -> T_co | UnknownEvent | StreamGap | None: ...


class Following(Generic[T]):
    """Holds what a stream has seen, and decides when it connects again.

    A connection that brought an event, or heartbeats for some time, was worth it. As many in a row as the policy allows
    attempts that were not end the stream.
    """

    __slots__ = (
        "_brought",
        "_call",
        "_clean",
        "_core",
        "_failures",
        "_heard",
        "_problem",
        "_reader",
        "_retry_after",
        "_settings",
        "_since",
        "deadline",
    )

    def __init__(
        self, core: Core[Any, Any], call: Call[T], settings: CallSettings, reader: Reader[T] | None = None
    ) -> None:
        self._core = core
        self._call = call = _with_place(call)
        self._settings = apply_options(settings, call.options, core.conventions)
        if reader is None:
            reader = EventReader[T](call, asks_again=self._settings.retry.max_attempts > 1)
        self._reader = reader
        self._failures = self._brought = 0
        self._since = 0.0
        self._clean = self._heard = False
        self._problem: Exception | None = None
        self._retry_after: float | None = None
        self.deadline: Deadline = NEVER

    @property
    def last_event_id(self) -> str | None:
        return self._reader.last_event_id or None

    @property
    def settings(self) -> CallSettings:
        """What holds for every connection of the stream."""
        return self._settings

    @property
    def name(self) -> str:
        """What is followed, as users call it."""
        return self._call.operation.name

    def first_call(self) -> Call[T]:
        """The call that begins the stream. Time runs from now on."""
        self.deadline = Deadline.after(self._settings.deadline, self._core.monotonic)
        return self._call._replace(last_event_id=self._reader.place)

    def next_call(self) -> Call[T]:
        """The call that goes on where the connection has ended, sent once: what comes then is decided here."""
        options: RequestOptions = {**(self._call.options or {}), "retry": replace(self._settings.retry, max_attempts=1)}
        left = self.deadline.remaining()
        if left is not None:
            options["deadline"] = max(left, _TIMER_SLACK)
        return self._call._replace(last_event_id=self._reader.place, options=options)

    def connected(self, *, again: bool) -> None:
        """There is a connection."""
        self._since = self._core.monotonic()
        self._brought, self._heard = self._reader.given, False
        if again:
            self._reader.connected()

    def feed(self, chunk: bytes) -> None:
        """The next bytes, when `next_event` has no more. Raises StreamInterruptedError on an event without end."""
        if self.deadline.expired:
            self._out_of_time()
        self._heard = True
        try:
            self._reader.feed(chunk)
        except EventTooLargeError as problem:  # it would be as large again
            raise self._interrupted(str(problem)) from problem

    def next_event(self) -> T | UnknownEvent | StreamGap | None:
        """The next event of what was fed; None where there is none yet."""
        return self._reader.next_event()

    @property
    def lost(self) -> bool:
        """Whether the connection has left out an event, which another one may bring."""
        return self._reader.lost

    def broke(self, problem: TransportError | None) -> None:
        """The connection has ended: with an error, or (None) because the server was done."""
        lasted = self._heard and self._core.monotonic() - self._since > _LASTING
        worth_it = self._reader.given > self._brought or lasted
        self._failures = 1 if worth_it else self._failures + 1
        self._problem, self._clean, self._retry_after = problem, problem is None, None

    def pause(self) -> float:
        """Seconds until the next connection. Raises DeadlineExceededError or StreamInterruptedError."""
        policy = self._settings.retry
        if not self.deadline.allows(_TIMER_SLACK):
            self._out_of_time()
        if self._failures >= policy.max_attempts or (self._retry_after or 0.0) > policy.max_retry_after:
            raise self._interrupted(self._reason) from self._problem
        pause = self._backoff() if self._retry_after is None else self._retry_after
        if not self.deadline.allows(pause):
            self._out_of_time()
        operation = self._call.operation
        self._core.logger.info(
            "%s %s: connecting again in %.2f s (%s)", operation.method, operation.path, pause, self._reason
        )
        return pause

    def ends_with(self, error: TandemError) -> bool:
        """Whether what a new connection met is the end of the stream. Raises what is neither that nor passing."""
        of_stream = getattr(error, "path", None) == self._call.operation.path
        match error:
            case ResponseDecodeError(status_code=204) if of_stream:
                return True  # by the specification of event streams: there is no more to come
            case APIStatusError(status_code=status) if of_stream and self._clean and status in _GONE:
                return True  # the server ended the stream, and what was followed is no longer there
            case DeadlineExceededError():
                self._out_of_time(error)
            case APIConnectionError() | APIStatusError() if self._passes(error):
                self._failures += 1
                self._problem, self._retry_after = error, getattr(error, "retry_after", None)
                return False
            case _:
                pass
        raise error

    def _passes(self, error: APIConnectionError | APIStatusError) -> bool:
        return isinstance(error, APIConnectionError) or error.status_code in self._settings.retry.statuses

    def _backoff(self) -> float:
        """What the server asked for, if it did; and on top, so that not all come back at once, up to as much again."""
        policy, asked = self._settings.retry, min(self._reader.retry or 0.0, self._settings.retry.max_retry_after)
        spread = replace(policy, base=asked or policy.base, cap=max(asked, policy.cap))
        return asked + spread.backoff(max(1, self._failures), self._core.rng)

    @property
    def _reason(self) -> str:
        return "the server ended it" if self._problem is None else tidy(str(self._problem))

    def _interrupted(self, reason: str) -> StreamInterruptedError:
        times = f", {self._failures} times in a row" if self._failures > 1 else ""
        message = f"The stream broke off{times}: {reason}"
        return self._core.conventions.errors[StreamInterruptedError](message, last_event_id=self.last_event_id)

    def _out_of_time(self, cause: TandemError | None = None) -> NoReturn:
        operation = self._call.operation
        raise self._core.conventions.errors[DeadlineExceededError](
            f"The stream was not over within the deadline of {self._settings.deadline} s",
            method=operation.method,
            path=operation.path,
        ) from (cause or self._problem)


def _with_place(call: Call[T]) -> Call[T]:
    """The call with its beginning where it belongs: a header of the caller's own would be sent every time."""
    headers = (call.options or {}).get("extra_headers") or {}
    places = [name for name in headers if name.lower() == "last-event-id"]
    if not places:
        return call
    rest = {name: value for name, value in headers.items() if name not in places}
    options: RequestOptions = {**(call.options or {}), "extra_headers": rest}
    return call._replace(last_event_id=headers[places[0]], options=options)
