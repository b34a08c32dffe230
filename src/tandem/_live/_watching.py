"""What one who follows a thing until it is done does next. Pure: the shells listen, ask and wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Generic, NoReturn, Protocol, TypeVar, cast

from tandem._calls import Call, RequestOptions
from tandem._conventions import shorten
from tandem._core import Core
from tandem._deadline import Deadline
from tandem._errors import (
    APIConnectionError,
    APIStatusError,
    ConfigurationError,
    DeadlineExceededError,
    InvalidRequestError,
    StreamInterruptedError,
    TandemError,
)
from tandem._settings import CallSettings, apply_options

U = TypeVar("U")
U_co = TypeVar("U_co", covariant=True)
_LOOKS = 30.0  # seconds without news, after which the state is asked for although the connection seems well
_LASTING = 10.0  # seconds after which a connection was worth it even if it brought nothing
_LONGEST = 1e9  # seconds; what is beyond overflows the clocks of the operating system
_TIMER_SLACK = 0.01  # seconds; a timer may fire a moment before the clock says so
_SHARED = frozenset({"timeout", "deadline", "idle_timeout", "extra_headers"})


class Tracker(Protocol[U_co]):
    """Knows what has been told of the thing, and makes updates of what is new."""

    def told(self, message: Any) -> U_co | None:
        """The update that a message brings; None when it brings nothing new, or is about something else."""
        ...

    def found(self, state: Any) -> U_co | None:
        """The update that an answer brings; None when it brings nothing new."""
        ...

    @property
    def done(self) -> bool:
        """Whether the last update is the last of all."""
        ...


class Watching(Generic[U]):
    """Listens where it can and asks where it must: after every gap, in the place of a channel, and when all is quiet.

    The watch goes on as long as the platform answers: only as many questions in a row without an answer as the policy
    allows attempts end it.
    """

    def __init__(
        self,
        core: Core[Any, Any],
        settings: CallSettings,
        look: Call[Any],
        live: Call[Any],
        greeting: Sequence[Any],
        tracker: Tracker[U],
        interval: float,
    ) -> None:
        if not _is_seconds(interval):
            raise core.error(InvalidRequestError, f"interval is a number of seconds above 0, not {shorten(interval)}.")
        self._core = core
        self._settings = apply_options(settings, look.options, core.conventions)
        self._look, self._live = look, live
        self.greeting = greeting
        self.tracker = tracker
        self._interval = float(interval)
        self._news = self._since = core.monotonic()
        self._bad_connections = self._bad_looks = 0
        self._retry_after = 0.0
        self._stands = self._brought = False
        self.listens = True
        """Whether a channel is worth trying."""
        self.looks = False
        """Whether the state is to be asked for now."""
        self.deadline = Deadline()

    def begin(self) -> None:
        """Time runs from now on."""
        self.deadline = Deadline.after(self._settings.deadline, self._core.monotonic)

    # -- what to call

    def look(self) -> Call[Any]:
        """The question for the state of the thing."""
        return self._look._replace(options=self._within(self._look.options or {}))

    def channel(self) -> Call[Any]:
        """What opens the channel, once: what comes then is decided here."""
        options = self._within(self._look.options or {})
        shared = {name: value for name, value in options.items() if name in _SHARED}
        once = {**shared, "retry": replace(self._settings.retry, max_attempts=1)}
        return self._live._replace(options=cast("RequestOptions", once))

    # -- what happened

    def connected(self) -> None:
        """The channel stands. What happened before is to be asked for."""
        self._since, self._stands, self.looks = self._core.monotonic(), True, True

    def mute(self) -> None:
        """The channel may not stand yet. Once anything comes, what happened till then is to be asked for, too."""
        self._stands = False

    def told(self, message: Any) -> U | None:
        """A message came."""
        self._brought = True
        if not self._stands:
            self.connected()
        try:
            update = self.tracker.told(message)
        except Exception:  # whatever a tracker meets in a stranger's message: the state says what is so
            self.looks = True
            return None
        return self._noted(update)

    def quiet(self) -> None:
        """The connection lives, but may have nothing to say. A server may have lost the subscription, too."""
        if not self._stands:
            self.connected()
        self.looks = self.looks or self._core.monotonic() - self._news >= _LOOKS

    def found(self, state: Any) -> U | None:
        """The platform has answered."""
        self._bad_looks, self._retry_after, self.looks, self._news = 0, 0.0, False, self._core.monotonic()
        return self._noted(self.tracker.found(state))

    def not_found(self, error: TandemError) -> None:
        """It has not. Raises what does not pass, and what goes on for too long."""
        self._ran_out(error)
        self._bad_looks += 1
        self._retry_after = getattr(error, "retry_after", None) or 0.0
        policy = self._settings.retry
        lasts = self._bad_looks >= policy.max_attempts or self._retry_after > policy.max_retry_after
        if lasts or not self._passes(error):
            raise error
        self._core.logger.info("%s: no answer, asking again (%s)", self._look.operation.name, type(error).__name__)

    def broke(self, error: TandemError) -> None:
        """The channel has ended, or never stood. Raises what is neither its end nor a reason to do without."""
        self._ran_out(error)
        if isinstance(error, InvalidRequestError):
            raise error
        lasted = self._stands and self._core.monotonic() - self._since > _LASTING
        self._bad_connections = 1 if self._brought or lasted else self._bad_connections + 1
        # One that stood is replaced first, and then asked after.
        self.looks, self._stands, self._brought = not self._stands, False, False
        waits = (getattr(error, "retry_after", None) or 0.0) > self._interval  # to ask is quicker
        if isinstance(error, StreamInterruptedError) or (self._passes(error) and not waits):
            return
        self.listens, self.looks = False, True
        level = self._core.logger.warning if isinstance(error, ConfigurationError) else self._core.logger.info
        level("%s: asking every %g s instead of listening: %s", self._look.operation.name, self._interval, error)

    def pause(self) -> float:
        """Seconds until the next connection, or the next question. Raises DeadlineExceededError."""
        policy = self._settings.retry
        pause = self._interval
        if self.listens:
            pause = min(pause, policy.backoff(max(1, self._bad_connections), self._core.rng))
        pause = max(pause, self._retry_after)
        if not self.deadline.allows(max(pause, _TIMER_SLACK)):
            self._out_of_time()
        if not self.listens:
            self.looks = True
        return pause

    # -- judgement

    def _noted(self, update: U | None) -> U | None:
        if update is not None:
            self._news = self._core.monotonic()
        return update

    def _passes(self, error: TandemError) -> bool:
        if isinstance(error, APIStatusError):
            return error.status_code in self._settings.retry.statuses
        return isinstance(error, APIConnectionError) and not isinstance(error, DeadlineExceededError)

    def _within(self, options: RequestOptions) -> RequestOptions:
        left = self.deadline.remaining()
        if left is None:
            return options
        if left <= _TIMER_SLACK:
            self._out_of_time()
        return {**options, "deadline": left}

    def _ran_out(self, error: TandemError) -> None:
        """Raises the whole watch's DeadlineExceededError in the place of one that knows only what was left of it."""
        if isinstance(error, DeadlineExceededError) and self._settings.deadline is not None:
            self._out_of_time(error)

    def _out_of_time(self, cause: TandemError | None = None) -> NoReturn:
        operation = self._look.operation
        raise self._core.conventions.errors[DeadlineExceededError](
            f"It was not done within the deadline of {self._settings.deadline} s",
            method=operation.method,
            path=operation.path,
        ) from cause


def _is_seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= _LONGEST
