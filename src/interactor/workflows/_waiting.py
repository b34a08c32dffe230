"""Waiting for an instance to get somewhere. Pure: the client's methods look, listen and sleep."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from interactor_api.errors import InvalidRequestError

from ._errors import WorkflowCancelledError, WorkflowFailedError, WorkflowTimeoutError

if TYPE_CHECKING:
    from interactor_api.models import Instance

    from tandem import RequestOptions

STATUSES = frozenset({"running", "halted", "completed", "failed", "cancelled"})
_ENDED = frozenset({"completed", "failed", "cancelled"})
# How long a stream is listened to before the instance is looked at all the same: no platform tells everything.
_LISTEN = 30.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0


class Watch:
    """One wait: until when, for what, and how often to look."""

    def __init__(
        self,
        instance_id: str,
        until: Collection[str],
        timeout: float | None,
        options: RequestOptions | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.until = frozenset((until,) if isinstance(until, str) else until)
        if not self.until or not self.until <= STATUSES:
            raise InvalidRequestError(f"until is some of {', '.join(sorted(STATUSES))}, not {sorted(self.until)}.")
        self.instance_id = instance_id
        self.streams = True
        """Whether the instance's events can be listened to; else it is looked at again and again."""
        self.seen: Instance | None = None
        self._timeout = timeout
        self._options = options
        self._clock = clock
        self._end = None if timeout is None else clock() + timeout
        self._looks = 0

    def over(self, instance: Instance) -> bool:
        """Whether this is what was waited for. Raises when it will never be, or not in time."""
        self.seen = instance
        if instance.status in self.until or instance.status == "completed":
            return True
        if instance.status == "failed":
            why = f": {instance.error}" if instance.error else ""
            raise WorkflowFailedError(f"{instance.id} failed in {instance.current_state}{why}", instance=instance)
        if instance.status == "cancelled":
            raise WorkflowCancelledError(f"{instance.id} was cancelled in {instance.current_state}", instance=instance)
        if self.left == 0.0:
            raise WorkflowTimeoutError(
                f"{instance.id} is {instance.status} in {instance.current_state} after {self._timeout:g} seconds",
                instance=instance,
            )
        return False

    @property
    def left(self) -> float | None:
        """Seconds that are left; None for no limit."""
        return None if self._end is None else max(0.0, self._end - self._clock())

    def listening(self) -> RequestOptions:
        """The options of a stream that ends when it is time to look."""
        seconds = _LISTEN if self.left is None else min(_LISTEN, self.left)
        return {**(self._options or {}), "deadline": max(0.001, seconds)}

    def pause(self) -> float:
        """Seconds until the next look, longer each time, and never beyond the end."""
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 1.5**self._looks)
        self._looks += 1
        return pause if self.left is None else min(pause, self.left)


def matters(event: Any) -> bool:
    """Whether an event may mean that the instance's status is another one."""
    return not str(getattr(event, "type", "")).startswith("message.")
