"""What a client tells its owner while it works: records, and the callables that take them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One attempt is over: a reply came (`status_code`), none did (`error`, the name of an error class), or one broke
    off (both).

    `path` is the path's template, `duration` is in seconds, `attempt` counts from 1.
    """

    operation: str
    method: str
    path: str
    namespace: str | None
    status_code: int | None
    error: str | None
    duration: float
    attempt: int
    request_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRecord:
    """The call will be sent again, `pause` seconds from now. The rest tells of the attempt that failed."""

    operation: str
    method: str
    path: str
    namespace: str | None
    status_code: int | None
    error: str | None
    attempt: int
    request_id: str | None
    pause: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRecord:
    """A call is over. `error` is the name of the class that it raised, None for a result.

    `duration` is seconds for the whole call, pauses included; `attempts` counts how often it was sent.
    """

    operation: str
    method: str
    path: str
    namespace: str | None
    status_code: int | None
    error: str | None
    duration: float
    attempts: int
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Hooks:
    """Called in the thread or task of the call, so they must not take long."""

    on_attempt: Callable[[AttemptRecord], object] | None = None
    on_retry: Callable[[RetryRecord], object] | None = None
    on_result: Callable[[ResultRecord], object] | None = None

    @property
    def any(self) -> bool:
        return not (self.on_attempt is None and self.on_retry is None and self.on_result is None)

    def refuse(self) -> str | None:
        """Why these cannot be hooks, or None when they can."""
        for name in self.__slots__:
            hook: object = getattr(self, name)
            if hook is not None and (not callable(hook) or inspect.iscoroutinefunction(hook)):
                return f"{name} is a plain function of one record, in both kinds of client."
        return None


NO_HOOKS = Hooks()
