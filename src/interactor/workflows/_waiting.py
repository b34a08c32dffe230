"""Waiting for an instance to get somewhere. Pure: the client's methods look, listen and sleep."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, NamedTuple

from interactor_api.errors import InvalidRequestError, ServerError

from tandem._json import is_array, is_object

from ._errors import WorkflowCancelledError, WorkflowFailedError, WorkflowTimeoutError

if TYPE_CHECKING:
    from interactor_api.models import Instance, InstanceThread

    from tandem import RequestOptions

STATUSES = frozenset({"running", "halted", "completed", "failed", "cancelled"})
_OWN_FAULTS = frozenset({"script_error", "script_timeout", "http_error", "http_timeout"})
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
        self.reached: Instance | None = None
        """The instance, when it is what was waited for."""
        self._timeout = timeout
        self._options = options
        self._clock = clock
        self._end = None if timeout is None else clock() + timeout
        self._looks = 0

    def look(self, instance: Instance) -> bool:
        """Whether this is what was waited for. Raises when it will never be, or not in time."""
        if instance.status in self.until or instance.status == "completed" or self._wants_input(instance):
            self.reached = instance
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

    def _wants_input(self, instance: Instance) -> bool:
        # While it waits for its parallel threads an instance is running, though it may be for a person to go on.
        return "halted" in self.until and halt_of(instance) is not None

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


class Halt(NamedTuple):
    """What waits for input: the instance itself, or one of its parallel threads.

    `asking` is the instance as whoever answers should see it: in the state that asks, with what that one asks for.
    """

    asking: Instance
    thread_id: str | None = None


def halt_of(instance: Instance) -> Halt | None:
    """What waits for input; the first thread, where several do. None when nothing does."""
    if instance.status == "halted":
        return Halt(instance)
    if instance.status != "running":
        return None
    waiting = next((thread for thread in _threads(instance) if thread.status == "halted"), None)
    return None if waiting is None else Halt(_seen_from(instance, waiting), waiting.id)


def asking(instance: Instance, thread_id: str) -> Instance | InstanceThread | None:
    """Who says what a thread asks for: the instance does for its main thread, which is the first one."""
    threads = _threads(instance)
    if threads and threads[0].id == thread_id:
        return instance
    return next((thread for thread in threads if thread.id == thread_id), None)


def _threads(instance: Instance) -> list[InstanceThread]:
    # What is no object is left by the models as it came.
    found: Any = instance.threads
    return [thread for thread in found if hasattr(thread, "to_dict")] if is_array(found) else []


def _seen_from(instance: Instance, thread: InstanceThread) -> Instance:
    own = thread.to_dict()
    asked = {name: own.get(name) for name in ("halted_at_state", "halting_presentation", "halted_options")}
    place = {"status": thread.status, "current_state": thread.current_state}
    return type(instance).from_dict({**instance.to_dict(), **place, **asked})


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
