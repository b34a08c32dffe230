"""Lists that fetch their pages as they are walked.

The walks are objects rather than generators: one that is left early needs no cleaning up in any event loop, and one
that met an error can go on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from tandem._calls import Call

from ._pages import AsyncPage, Page, page_call, prefetched

if TYPE_CHECKING:
    from tandem._client import AsyncClient, Client

T = TypeVar("T")


class Pager(Generic[T]):
    """A list that fetches its pages as you walk it. Each walk starts anew.

    `for item in pager` goes through every item of every page; `pager.first_page()` and `pager.pages()` go by page.
    """

    __slots__ = ("_call", "_client")

    def __init__(self, client: Client, call: Call[T]) -> None:
        self._client = client
        self._call = page_call(call, Page)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._call.operation.name}>"

    def __iter__(self) -> Iterator[T]:
        return ItemWalk(self.pages())

    def first_page(self) -> Page[T]:
        """The page that the call asks for: the first, unless it says `page=`."""
        return self._client.page(self._call)

    def pages(self) -> Iterator[Page[T]]:
        """Every page, from the one that the call asks for."""
        most = prefetched(self._call)
        if not most:
            return PageWalk(self)
        from ._prefetch import PrefetchWalk  # most lists are fetched page by page

        return PrefetchWalk[T](self._client, self._call, most)


class PageWalk(Generic[T]):
    """One way through the pages of a list. After an error, the next step tries the same page again."""

    __slots__ = ("_page", "_pager")

    def __init__(self, pager: Pager[T]) -> None:
        self._pager = pager
        self._page: Page[T] | None = None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Page[T]:
        page = self._pager.first_page() if self._page is None else self._page.next_page()
        if page is None:
            raise StopIteration
        self._page = page
        return page


class ItemWalk(Generic[T]):
    """One way through the items of all pages of a list. After an error, the next step tries the same page again."""

    __slots__ = ("_items", "_page", "_pages")

    def __init__(self, pages: Iterator[Page[T]]) -> None:
        self._pages = pages
        self._page: Page[T] | None = None
        self._items: Iterator[T] = iter(())

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        while True:
            for item in self._items:
                return item
            if self._page is None:
                self._page = next(self._pages)
            self._items = iter(self._page.items)
            self._page = None


class AsyncPager(Generic[T]):
    """A list that fetches its pages as you walk it. Each walk starts anew.

    `async for item in pager` goes through every item of every page; `await pager.first_page()` and `pager.pages()` go
    by page.
    """

    __slots__ = ("_call", "_client")

    def __init__(self, client: AsyncClient, call: Call[T]) -> None:
        self._client = client
        self._call = page_call(call, AsyncPage)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._call.operation.name}>"

    def __aiter__(self) -> AsyncIterator[T]:
        return AsyncItemWalk(self.pages())

    async def first_page(self) -> AsyncPage[T]:
        """The page that the call asks for: the first, unless it says `page=`."""
        return await self._client.page(self._call)

    def pages(self) -> AsyncIterator[AsyncPage[T]]:
        """Every page, from the one that the call asks for."""
        most = prefetched(self._call)
        if not most:
            return AsyncPageWalk(self)
        from ._prefetch import AsyncPrefetchWalk  # most lists are fetched page by page

        return AsyncPrefetchWalk[T](self._client, self._call, most)


class AsyncPageWalk(Generic[T]):
    """One way through the pages of a list. After an error, the next step tries the same page again."""

    __slots__ = ("_page", "_pager")

    def __init__(self, pager: AsyncPager[T]) -> None:
        self._pager = pager
        self._page: AsyncPage[T] | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> AsyncPage[T]:
        page = await (self._pager.first_page() if self._page is None else self._page.next_page())
        if page is None:
            raise StopAsyncIteration
        self._page = page
        return page


class AsyncItemWalk(Generic[T]):
    """One way through the items of all pages of a list. After an error, the next step tries the same page again."""

    __slots__ = ("_items", "_page", "_pages")

    def __init__(self, pages: AsyncIterator[AsyncPage[T]]) -> None:
        self._pages = pages
        self._page: AsyncPage[T] | None = None
        self._items: Iterator[T] = iter(())

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        while True:
            for item in self._items:
                return item
            if self._page is None:
                self._page = await anext(self._pages)
            self._items = iter(self._page.items)
            self._page = None
