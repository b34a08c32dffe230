"""Connecting, for as long as somebody waits for it."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import anyio

from tandem._places import called_off

if TYPE_CHECKING:
    from tandem._meta import ResponseMeta
    from tandem._transport import AsyncReplyStream, ReplyStream

    Opened = tuple[ReplyStream, ResponseMeta]
    AsyncOpened = tuple[AsyncReplyStream, ResponseMeta]


class CalledOff(Exception):  # no error: it is what was wanted
    """Nobody waits for the connection any more."""


class Connecting:
    """One connection after another, each made in a thread of its own: the one that waits for it can be woken, which one
    that connects, or waits for a server's answer, cannot. Where no more threads can be had, it is made in this one.
    """

    __slots__ = ("_arrival", "_off")

    def __init__(self) -> None:
        self._off = threading.Event()
        self._arrival: Future[Opened] | None = None

    def run(self, work: Callable[[], Opened]) -> Opened:
        """What `work` opens. Raises what it raises, or CalledOff."""
        self._arrival = arrival = Future[Any]()
        if self._off.is_set():
            raise CalledOff
        # Whoever works sees the context variables of whoever asked: traces stay whole.
        act = copy_context().run
        try:
            threading.Thread(target=act, args=(self._work, work, arrival), name="tandem-live", daemon=True).start()
        except RuntimeError:  # there are no more threads
            return work()
        try:
            opened: Opened = arrival.result()
        except CancelledError:
            raise CalledOff from None
        except BaseException:  # an interrupted wait too: nobody waits for it any more
            arrival.cancel()
            raise
        return opened

    def call_off(self) -> None:
        """Nothing more is waited for. What was sent comes to its end, unheard; nothing more is sent."""
        self._off.set()
        if self._arrival is not None:
            self._arrival.cancel()

    def _work(self, work: Callable[[], Opened], arrival: Future[Opened]) -> None:
        called_off.set(self._off)
        try:
            opened = work()
        except BaseException as error:  # whatever it is, it belongs to the one who waits
            with suppress(InvalidStateError):
                arrival.set_exception(error)
            return
        try:
            arrival.set_result(opened)
        except InvalidStateError:  # nobody waits for it any more
            with suppress(Exception):
                opened[0].close()


class AsyncConnecting:
    """One connection after another, made by the task that waits for it."""

    __slots__ = ("_off", "_scope")

    def __init__(self) -> None:
        self._off = False
        self._scope: anyio.CancelScope | None = None

    async def run(self, work: Callable[[], Awaitable[AsyncOpened]]) -> AsyncOpened:
        """What `work` opens. Raises what it raises, or CalledOff."""
        if self._off:
            raise CalledOff
        with anyio.CancelScope() as self._scope:
            return await work()
        raise CalledOff

    def call_off(self) -> None:
        """Nothing more is waited for: the attempt is cancelled."""
        self._off = True
        if self._scope is not None:
            self._scope.cancel()
