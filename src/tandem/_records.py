"""What the hooks of a client are told: of each attempt, of each that follows, and of the end of a call."""

from __future__ import annotations

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
