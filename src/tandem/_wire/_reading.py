"""Whole replies from arriving ones, within the size and the time that their request allows."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import AbstractContextManager, aclosing, closing, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

import anyio

from tandem._deadline import NEVER, Deadline
from tandem._transport import AsyncReplyStream, Meter, ReplyStream, Request, Response, TransportError, deadline_passed

current_limit: ContextVar[Deadline] = ContextVar("current_limit", default=NEVER)
"""How long this thread may wait for its sockets."""
_NO_LIMIT = nullcontext()
_TIMER_SLACK = 0.01  # seconds; a timer may fire a moment before the clock says so


def head(reply: ReplyStream | AsyncReplyStream) -> Response:
    """What is known before the body."""
    return Response(reply.status_code, reply.headers, b"")


def read_whole(reply: ReplyStream, request: Request) -> Response:
    """The reply with its body; its connection is free afterwards. Raises `TransportError`."""
    meter = Meter(request)
    with closing(reply):
        try:
            with time_limit(request.deadline, reply):
                body = b"".join([meter.check(chunk) for chunk in reply.iter_bytes()])
        except TransportError as problem:
            problem.reply = head(reply)
            raise
    return Response(reply.status_code, reply.headers, body)


async def async_read_whole(reply: AsyncReplyStream, request: Request) -> Response:
    """The reply with its body; its connection is free afterwards. Raises `TransportError`."""
    meter = Meter(request)
    async with aclosing(reply):
        try:
            with async_time_limit(request.deadline, reply):
                body = b"".join([meter.check(chunk) async for chunk in reply.iter_bytes()])
        except TransportError as problem:
            problem.reply = head(reply)
            raise
    return Response(reply.status_code, reply.headers, body)


def time_limit(deadline: Deadline, reply: Any = None) -> AbstractContextManager[None]:
    """Shortens what this thread waits for its sockets to what the deadline leaves. Raises `TransportError`.

    A `reply` whose connection does not heed that is cut off when the time has come.
    """
    return _NO_LIMIT if deadline.at is None else _limited(deadline, reply)


@contextmanager
def _limited(deadline: Deadline, reply: Any) -> Generator[None, None, None]:
    token = current_limit.set(deadline)
    alarm = None if getattr(reply, "limited", True) else Alarm(deadline, reply)
    try:
        yield
        if alarm is not None and alarm.rang:  # what ends where its connection ends looks whole
            raise deadline_passed()
    except TransportError as problem:
        if deadline.expired or (problem.timed_out and not deadline.allows(_TIMER_SLACK)):
            raise deadline_passed() from problem
        raise
    finally:
        current_limit.reset(token)
        if alarm is not None:
            alarm.stop()


def async_time_limit(deadline: Deadline, reply: Any = None) -> AbstractContextManager[None]:
    """Calls off what waits beyond the deadline. Raises `TransportError`."""
    return _NO_LIMIT if deadline.at is None else _async_limited(deadline)


@contextmanager
def _async_limited(deadline: Deadline) -> Generator[None, None, None]:
    try:
        with anyio.fail_after(deadline.remaining()):
            yield
    except TimeoutError as problem:
        raise deadline_passed() from problem


class Alarm:
    """Hangs up on a reply at a deadline, from a thread of its own."""

    def __init__(self, deadline: Deadline, reply: Any) -> None:
        self.rang = False
        self._reply = reply
        self._timer = threading.Timer(deadline.remaining() or 0.0, self._ring)
        self._timer.daemon = True
        self._timer.start()

    def _ring(self) -> None:
        self.rang = True
        self._reply.hang_up()

    def stop(self) -> None:
        """It does not ring any more once this has returned."""
        self._timer.cancel()
        self._timer.join()
