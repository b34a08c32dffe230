"""Pages that are fetched before the walk comes to them: `options={"prefetch": n}`."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from tandem._calls import Call
from tandem._places import called_off

from ._pages import AsyncPage, BasePage, Page

if TYPE_CHECKING:
    import asyncio

    from tandem._client import AsyncClient, Client

T = TypeVar("T")


def pages_ahead(most: int, page: BasePage[Any]) -> int:
    """How many pages may be on their way while this one is read.

    A list by cursor tells where it goes on only page by page; so does one that does not say how many pages there are.
    Nor are more requests sent than the rate limit has left.
    """
    if page.next_cursor is not None or page.page is None or page.total_pages is None:
        return 1
    limit = page.response_meta.rate_limit
    left = most if limit is None else max(1, limit.remaining)
    return min(most, left, page.total_pages - page.page)


class Flight(Generic[T]):
    """A page on its way, in a thread of its own: no thread waits for work, and none outlives its request. Where no more
    threads can be had, it is fetched when due."""

    __slots__ = ("_arrival", "_fetch", "_off", "call")

    def __init__(self, fetch: Callable[[Call[Any]], Page[T]], call: Call[Any]) -> None:
        self.call = call
        self._fetch = fetch
        self._off = threading.Event()
        self._arrival: Future[Page[T]] | None = Future()
        fly = threading.Thread(target=self._fly, args=(self._arrival,), name="tandem-prefetch", daemon=True)
        try:
            fly.start()
        except RuntimeError:  # there are no more threads
            self._arrival = None

    def result(self) -> Page[T]:
        """The page, once it is there. Raises what its request ended in."""
        if self._arrival is not None:
            with suppress(CancelledError):  # the client was closed at this moment, and says so when it is asked again
                return self._arrival.result()
        return self._fetch(self.call)

    def cancel(self) -> None:
        """Nobody waits for it any more. What was sent comes to its end, unheard; nothing more is sent."""
        self._off.set()

    def _fly(self, arrival: Future[Page[T]]) -> None:
        called_off.set(self._off)
        try:
            arrival.set_result(self._fetch(self.call))
        except BaseException as error:  # whatever it is, it belongs to the one who asks for the page
            arrival.set_exception(error)


class AsyncFlight(Generic[T]):
    """A page on its way, in a task of its own. Where tasks need somebody to look after them, it is fetched when due."""

    __slots__ = ("_fetch", "_loop", "_task", "call")

    def __init__(self, fetch: Callable[[Call[Any]], Coroutine[Any, Any, AsyncPage[T]]], call: Call[Any]) -> None:
        self.call = call
        self._fetch = fetch
        self._task: asyncio.Future[AsyncPage[T]] | None = None
        import asyncio  # at the top it would be most of what the import of this package costs

        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self._task = self._loop.create_task(fetch(call))
        self._task.add_done_callback(_look_at)

    async def result(self) -> AsyncPage[T]:
        """The page, once it is there. Raises what its request ended in."""
        return await (self._fetch(self.call) if self._task is None else self._task)

    def cancel(self) -> None:
        """Nobody waits for it any more: its request is called off."""
        if self._task is not None and not self._task.done() and not self._loop.is_closed():
            # The walk may be let go in another thread, by a garbage collection there.
            self._loop.call_soon_threadsafe(self._task.cancel)


class PrefetchWalk(Generic[T]):
    """One way through the pages of a list, with the next ones on their way. After an error, the next step tries the
    same page again."""

    __slots__ = ("__weakref__", "_ahead", "_call", "_client", "_most", "_page")

    def __init__(self, client: Client, call: Call[Any], most: int) -> None:
        self._client = client
        self._call = call
        self._most = most
        self._page: Page[T] | None = None
        self._ahead: deque[Flight[T]] = deque()
        client.follows(self)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Page[T]:
        call = self._call if self._page is None else self._client.call_after(self._call, self._page)
        if call is None:
            self._let_go()
            raise StopIteration
        ahead = self._ahead
        try:
            page = ahead.popleft().result() if ahead else self._client.page(call)
        except BaseException:  # cancellation too: what else is on its way is let go, then it goes on
            self._let_go()
            raise
        if self._page is not None and not self._page.goes_on_with(page):
            self._let_go()
            raise StopIteration
        self._call, self._page = call, page
        self._look_ahead(page)
        return page

    def hang_up(self) -> None:
        """The client was closed: what is on its way is called off."""
        self._let_go()

    def _look_ahead(self, page: Page[T]) -> None:
        for step in range(len(self._ahead) + 1, pages_ahead(self._most, page) + 1):
            call = self._client.call_after(self._call, page, step)
            if call is not None:
                self._ahead.append(Flight(self._client.page, call))

    def _let_go(self) -> None:
        # The client may be closed by another thread than the one that walks: what that one holds stays whole.
        ahead, self._ahead = self._ahead, deque()
        for flight in tuple(ahead):
            flight.cancel()

    def __del__(self) -> None:
        self._let_go()


class AsyncPrefetchWalk(Generic[T]):
    """One way through the pages of a list, with the next ones on their way. After an error, the next step tries the
    same page again."""

    __slots__ = ("__weakref__", "_ahead", "_call", "_client", "_most", "_page")

    def __init__(self, client: AsyncClient, call: Call[Any], most: int) -> None:
        self._client = client
        self._call = call
        self._most = most
        self._page: AsyncPage[T] | None = None
        self._ahead: deque[AsyncFlight[T]] = deque()
        client.follows(self)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> AsyncPage[T]:
        call = self._call if self._page is None else self._client.call_after(self._call, self._page)
        if call is None:
            self._let_go()
            raise StopAsyncIteration
        ahead = self._ahead
        try:
            page = await (ahead.popleft().result() if ahead else self._client.page(call))
        except BaseException:  # cancellation too: what else is on its way is let go, then it goes on
            self._let_go()
            raise
        if self._page is not None and not self._page.goes_on_with(page):
            self._let_go()
            raise StopAsyncIteration
        self._call, self._page = call, page
        self._look_ahead(page)
        return page

    async def hang_up(self) -> None:
        """The client was closed: what is on its way is called off."""
        self._let_go()

    def _look_ahead(self, page: AsyncPage[T]) -> None:
        for step in range(len(self._ahead) + 1, pages_ahead(self._most, page) + 1):
            call = self._client.call_after(self._call, page, step)
            if call is not None:
                self._ahead.append(AsyncFlight(self._client.page, call))

    def _let_go(self) -> None:
        # The client may be closed by another thread than the one that walks: what that one holds stays whole.
        ahead, self._ahead = self._ahead, deque()
        for flight in tuple(ahead):
            flight.cancel()

    def __del__(self) -> None:
        self._let_go()


def _look_at(task: asyncio.Future[Any]) -> None:
    """An error that nobody asks for any more is no news to the event loop."""
    if not task.cancelled():
        task.exception()
