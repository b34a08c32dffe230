"""Whole replies from arriving ones, within the size and the time that their request allows."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import aclosing, closing, contextmanager
from contextvars import ContextVar

import anyio

from ._deadline import NEVER, Deadline
from ._transport import AsyncReplyStream, Meter, ReplyStream, Request, Response, TransportError, deadline_passed

current_limit: ContextVar[Deadline] = ContextVar("current_limit", default=NEVER)
"""How long this thread may wait for its sockets."""
_TIMER_SLACK = 0.01  # seconds; a timer may fire a moment before the clock says so


def head(reply: ReplyStream | AsyncReplyStream) -> Response:
    """What is known before the body."""
    return Response(reply.status_code, reply.headers, b"")


def read_whole(reply: ReplyStream, request: Request) -> Response:
    """The reply with its body; its connection is free afterwards. Raises `TransportError`."""
    meter = Meter(request)
    with closing(reply):  # noqa: SIM117  # the same text as its twin, which cannot join the two
        with time_limit(request.deadline):
            body = b"".join([meter.check(chunk) for chunk in reply.iter_bytes()])
    return Response(reply.status_code, reply.headers, body)


async def async_read_whole(reply: AsyncReplyStream, request: Request) -> Response:
    """The reply with its body; its connection is free afterwards. Raises `TransportError`."""
    meter = Meter(request)
    async with aclosing(reply):
        with async_time_limit(request.deadline):
            body = b"".join([meter.check(chunk) async for chunk in reply.iter_bytes()])
    return Response(reply.status_code, reply.headers, body)


@contextmanager
def time_limit(deadline: Deadline) -> Generator[None, None, None]:
    """Shortens what this thread waits for its sockets to what the deadline leaves. Raises `TransportError`."""
    if deadline.at is None:
        yield
        return
    token = current_limit.set(deadline)
    try:
        yield
    except TransportError as problem:
        if problem.timed_out and not deadline.allows(_TIMER_SLACK):
            raise deadline_passed() from problem
        raise
    finally:
        current_limit.reset(token)


@contextmanager
def async_time_limit(deadline: Deadline) -> Generator[None, None, None]:
    """Calls off what waits beyond the deadline. Raises `TransportError`."""
    if deadline.at is None:
        yield
        return
    try:
        with anyio.fail_after(deadline.remaining()):
            yield
    except TimeoutError as problem:
        raise deadline_passed() from problem
