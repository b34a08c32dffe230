"""What a handler may answer with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

_NONE: Mapping[str, str] = MappingProxyType({})


class Reply(NamedTuple):
    """A value with a status or headers of its own.

    `value` is placed under the operation's result path (usually `data`), exactly like a plain return value;
    with `whole=True` it is the entire body. `status=None` is the operation's documented success status.
    """

    value: Any = None
    status: int | None = None
    headers: Mapping[str, str] = _NONE
    whole: bool = False


class RawReply(NamedTuple):
    """Bytes as they are: a page, a redirect, a file. Its body is not checked against the document."""

    content: bytes
    media_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = _NONE


class Later(NamedTuple):
    """A result that takes time: what the handler has written is committed, and nobody waits but the caller.

    `result` runs after the handler's transaction is over, in none, and gives whatever a handler may return.
    """

    result: Awaitable[Any]


class ServerEvent(NamedTuple):
    """One server-sent event. An event without data but with a comment is a heartbeat."""

    data: Any = None
    event: str | None = None
    id: str | None = None
    retry: int | None = None  # milliseconds
    comment: str | None = None


class EventStream(NamedTuple):
    """A reply of server-sent events, written as the source yields them.

    The source runs after the handler's transaction is over, and is closed (`aclose`) when the reader goes away.
    A comment line goes out after `heartbeat` real seconds of silence (None: never).
    """

    source: AsyncIterator[ServerEvent]
    heartbeat: float | None = 15.0
    headers: Mapping[str, str] = _NONE


class Problem(Exception):
    """A documented error: what a handler or a hook raises to answer with the product's error envelope.

    `code` and `details` are the product's own; `Platform.problem_body` turns them into the body. With `done`, a write
    was done in spite of it, which a `Later` may find out: its idempotency key stands for this reply from now on.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: Any = None,
        headers: Mapping[str, str] | None = None,
        *,
        done: bool = False,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.headers: Mapping[str, str] = headers or {}
        self.done = done


@dataclass(slots=True, eq=False, repr=False, match_args=False)
class WireReply:
    """A whole reply, ready to be written: what every answer but a stream becomes in the end."""

    status: int
    body: bytes = b""
    media_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    value: Any = None  # what the body says, where it is at hand: the journal need not parse it again
