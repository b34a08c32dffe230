"""Waiting for an instance to get somewhere. Pure: `_resources._instance_runs` looks, listens and sleeps."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from interactor_api.errors import (
    APIStatusError,
    DeadlineExceededError,
    InteractorError,
    InvalidRequestError,
    ServerError,
)

from interactor._functions._shapes import is_number
from tandem._conventions import shorten
from tandem._json import is_object

from ._errors import WorkflowCancelledError, WorkflowFailedError, WorkflowTimeoutError
from ._halts import halt_of

if TYPE_CHECKING:
    from interactor_api.models import Instance

    from tandem import RequestOptions

STATUSES = frozenset({"running", "halted", "completed", "failed", "cancelled"})
UNTIL: Collection[str] = ("halted", "completed")
_OWN_FAULTS = frozenset({"script_error", "script_timeout", "http_error", "http_timeout"})
# How long a stream is listened to before the instance is looked at all the same: no platform tells everything.
_LISTEN = 30.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0
# Seconds that a look has though the time is up: who waits for 0 seconds wants one, over a connection yet to be made.
_FIRST_LOOK, _LAST_LOOK = 1.0, 0.3
_TIMER_SLACK = 0.05  # seconds; a deadline may end a call a moment before the clock says so
_LONGEST_CALL = 3600.0  # seconds; beyond some limit clocks overflow


class Patience:
    """The time that is left for some calls together, whatever time each has of its own."""

    def __init__(self, timeout: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        if timeout is not None and not is_number(timeout):
            raise InvalidRequestError(f"timeout is a number of seconds, or None for no limit, not {shorten(timeout)}.")
        self.timeout = timeout
        self._clock = clock
        self._end = None if timeout is None else clock() + timeout

    @property
    def left(self) -> float | None:
        """Seconds that are left; None for no limit."""
        return None if self._end is None else max(0.0, self._end - self._clock())

    def bound(self, own: RequestOptions, *, most: float | None = None, least: float = 0.001) -> RequestOptions:
        """The options of a call that ends in time; `own` says what time it has otherwise."""
        limits = [limit for limit in (self.left, most) if limit is not None]
        if not limits:
            return own
        seconds = max(least, min([*limits, _LONGEST_CALL]))
        deadline = own.get("deadline")
        return {**own, "deadline": seconds if deadline is None else min(deadline, seconds)}

    def ended(self, error: InteractorError) -> bool:
        """Whether a call failed because no time was left for it, or for its next attempt."""
        if self.left is None or not isinstance(error, DeadlineExceededError | APIStatusError):
            return False
        return self.left <= max(_TIMER_SLACK, getattr(error, "retry_after", None) or 0.0)


class Watch:
    """One wait: until when, for what, and how often to look."""

    def __init__(self, until: Collection[str], patience: Patience) -> None:
        self.until = _statuses(until)
        self.streams = True
        """Whether the instance's events can be listened to; else it is looked at again and again."""
        self.reached: Instance | None = None
        """The instance, when it is what was waited for."""
        self._patience = patience
        self._seen: Instance | None = None
        self._looks = 0

    def look(self, instance: Instance) -> bool:
        """Whether this is what was waited for. Raises when it will never be, or not in time."""
        self._seen = instance
        if instance.status in self.until or instance.status == "completed" or self._wants_input(instance):
            self.reached = instance
            return True
        if instance.status == "failed":
            why = f": {instance.error}" if instance.error else ""
            raise WorkflowFailedError(f"{instance.id} failed in {instance.current_state}{why}", instance=instance)
        if instance.status == "cancelled":
            raise WorkflowCancelledError(f"{instance.id} was cancelled in {instance.current_state}", instance=instance)
        if self._patience.left == 0.0:
            raise timed_out(instance, self._patience)
        return False

    def too_late(self, error: InteractorError) -> WorkflowTimeoutError | None:
        """What the error of a look comes to, when that could not be taken in time; None when it is about itself."""
        if self._seen is None or not self._patience.ended(error):
            return None
        return timed_out(self._seen, self._patience)

    def _wants_input(self, instance: Instance) -> bool:
        # While it waits for its parallel threads an instance is running, though it may be for a person to go on.
        return "halted" in self.until and halt_of(instance) is not None

    def looking(self, own: RequestOptions) -> RequestOptions:
        """The options of a look that ends when the time is up; `own` as for any other call."""
        return self._patience.bound(own, least=_FIRST_LOOK if self._seen is None else _LAST_LOOK)

    def listening(self, own: RequestOptions) -> RequestOptions:
        """The options of a stream that ends when it is time to look."""
        return self._patience.bound(own, most=_LISTEN)

    def pause(self) -> float:
        """Seconds until the next look, longer each time, and never beyond the end."""
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 1.5**self._looks)
        self._looks += 1
        left = self._patience.left
        return pause if left is None else min(pause, left)


def timed_out(instance: Instance, patience: Patience) -> WorkflowTimeoutError:
    """The time is up, and this is how the instance was seen last."""
    return WorkflowTimeoutError(
        f"{instance.id} is {instance.status} in {instance.current_state} after {patience.timeout:g} seconds",
        instance=instance,
    )


def _statuses(until: Collection[str]) -> frozenset[str]:
    named: list[Any]
    try:
        named = [until] if isinstance(until, str) else [*until]
    except TypeError:  # not everyone checks types
        named = []
    if not named or not all(isinstance(each, str) and each in STATUSES for each in named):
        raise InvalidRequestError(f"until is some of {', '.join(sorted(STATUSES))}, not {shorten(until)}.")
    return frozenset(named)


def failed_instance(error: ServerError) -> str:
    """The id of the instance whose own logic this error tells of. Any other error is raised."""
    details = error.details if is_object(error.details) else {}
    instance_id = details.get("instance_id")
    if str(error.code).lower() not in _OWN_FAULTS or not isinstance(instance_id, str):
        raise error
    return instance_id


def matters(event: Any) -> bool:
    """Whether an event may mean that the instance's status is another one."""
    return not str(getattr(event, "type", "")).startswith("message.")
