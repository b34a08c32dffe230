"""Whole replies from arriving ones, within the size and the time that their request allows."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import aclosing, closing, contextmanager

import anyio

from ._deadline import Deadline
from ._transport import AsyncReplyStream, Meter, ReplyStream, Request, Response, deadline_passed


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
    """Does nothing: a thread that waits cannot be called off. Timeouts and the meter end it at the next byte."""
    yield


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
