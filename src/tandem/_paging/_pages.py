"""Pages of a list: read from a reply, each leading to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tandem._calls import Call
from tandem._json import is_array, is_object
from tandem._meta import ResponseMeta
from tandem._replies import dig

from ._items import UnreadItems

if TYPE_CHECKING:
    from tandem._client import AsyncClient, Client
    from tandem._errors import TandemError

T = TypeVar("T")
_SIZES = ("per_page", "limit")
_WORDS = {"true": True, "false": False}
_MOST_DIGITS = 18


class BasePage(Generic[T]):
    """One page. Numbers are None where the platform does not give them: lists that go by cursor have no page number."""

    __slots__ = ("_info", "_items", "_more", "_raw", "_response_meta", "_unread")

    def __init__(self, items: list[T], info: Mapping[str, Any], decode: Callable[[Any], T] | None = None) -> None:
        self._items: list[Any] = items  # as they came, while they are unread
        self._unread = None if decode is None else UnreadItems(items, decode)
        self._info = info
        self._more = self._told()
        self._raw = items if self._more is None else None
        self._response_meta: ResponseMeta | None = None

    @property
    def items(self) -> list[T]:
        """What the page brings, decoded when you first ask for it: who wants `total` alone does not wait for that.

        Raises ResponseDecodeError when an item is not what the document promises.
        """
        unread = self._unread
        if unread is not None:
            self._items = unread.decoded()
            self._unread = None
        return self._items

    @property
    def page(self) -> int | None:
        """The number of this page, counted from 1."""
        return _whole(self._info, "page", "current_page")

    @property
    def per_page(self) -> int | None:
        """How many items a page takes."""
        return _whole(self._info, *_SIZES)

    @property
    def total(self) -> int | None:
        """How many items all pages have together."""
        return _whole(self._info, "total", "total_count")

    @property
    def total_pages(self) -> int | None:
        """How many pages there are."""
        return _whole(self._info, "total_pages", "pages")

    @property
    def next_cursor(self) -> str | None:
        """Where the next page begins, in a list that goes by cursor."""
        cursor = self._info.get("next_cursor", self._info.get("nextCursor"))
        return cursor if isinstance(cursor, str) and cursor else None

    @property
    def links(self) -> dict[str, str]:
        """The URLs of other pages by their relation, such as `next`; empty where the platform gives none."""
        found = self._info.get("links")
        return {name: url for name, url in found.items() if isinstance(url, str)} if is_object(found) else {}

    @property
    def response_meta(self) -> ResponseMeta:
        """Status, headers, request id, attempts and rate limit of the reply that brought this page."""
        assert self._response_meta is not None  # noqa: S101  # set by the client before anyone sees the page
        return self._response_meta

    @property
    def has_more(self) -> bool:
        """Whether there is a page after this one. Where the platform says nothing, a full page may have one."""
        return self._is_full() if self._more is None else self._more

    @property
    def has_next(self) -> bool:
        """Whether there is a page after this one: the same as `has_more`."""
        return self.has_more

    @property
    def has_prev(self) -> bool:
        """Whether there is a page before this one, as far as the platform says, or the page's number."""
        stated = _answer(self._info.get("has_prev", self._info.get("hasPrev")))
        return stated if stated is not None else self.page is not None and self.page > 1

    def comes_from(
        self, meta: ResponseMeta, refuse: Callable[[Exception], TandemError], again: Callable[[], BasePage[T]]
    ) -> None:
        """What is known of the reply, the error that tells of it, and how it is read again."""
        self._response_meta = meta
        if self._unread is not None:
            self._unread.refuse = refuse
            # Items that are still to be compared have to stay as they are.
            self._unread.again = None if self._raw is not None else lambda: again()._items

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __repr__(self) -> str:
        page, pages = ("?" if number is None else number for number in (self.page, self.total_pages))
        place = f"{page} of {pages}" if self.next_cursor is None else "by cursor"
        return f"<{type(self).__name__} {place}, {len(self._items)} {self._noun()}>"

    def _noun(self) -> str:
        """What the items are: "things" for `things.list`."""
        call: Call[Any] | None = getattr(self, "_call", None)
        resource = "" if call is None else call.operation.name.rpartition(".")[0].rpartition(".")[2]
        noun = resource.replace("_", " ") or "items"
        return noun.removesuffix("s") if len(self._items) == 1 else noun

    def goes_on_with(self, page: BasePage[Any]) -> bool:
        """Whether what was asked for as the next page is one. Who takes no page numbers sends the same again."""
        if self._raw is None or self._raw != page._raw:
            return True
        self._more = False
        return False

    def _told(self) -> bool | None:
        """Whether there is more, as far as the platform says."""
        info = self._info
        if not self._items and self.next_cursor is None:
            return False  # whatever is stated: after nothing comes nothing, and a walk must end
        stated = _answer(info.get("has_more", info.get("hasNext")))
        if stated is not None:
            return stated
        if self.next_cursor is not None:
            return True
        if self.page is not None and self.total_pages is not None:
            return self.page < self.total_pages
        if self.page is not None and self.per_page is not None and self.total is not None:
            return self.page * self.per_page < self.total
        links = info.get("links")
        return bool(links["next"]) if is_object(links) and "next" in links else None

    def _is_full(self) -> bool:
        """Whether there are as many items as a page takes, and not known to be all."""
        call: Call[Any] | None = getattr(self, "_call", None)
        if call is not None and call.operation.paginate != "page":
            return False
        asked = None if call is None else _whole(call.query, *_SIZES)
        size, count = self.per_page or asked, len(self._items)
        return size is not None and 0 < size <= count and count != self.total and self.total_pages != 1


def _answer(stated: object) -> bool | None:
    """Yes or no, where it is one."""
    if isinstance(stated, bool):
        return stated
    return _WORDS.get(stated.lower()) if isinstance(stated, str) else None


def _whole(info: Mapping[str, Any], *names: str) -> int | None:
    for name in names:
        value = info.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and len(value) <= _MOST_DIGITS and value.isdecimal():
            return int(value)
    return None


def page_info(reply: Any, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """What a reply tells about its page: in `meta` or `pagination`, beside envelope or items; and its `links`."""
    info: Mapping[str, Any] = {}
    for place in (reply,) if len(keys) < 2 else (reply, dig(reply, keys[:-1])):
        if is_object(place):
            for found in (place.get("meta"), place.get("pagination")):
                if is_object(found):
                    info = {**info, **found} if info else found
    links = reply.get("links") if is_object(reply) else None
    return info if links is None else {**info, "links": links}


def page_items(reply: Any, keys: tuple[str, ...]) -> list[Any]:
    """The items where they are due, or a bare list in their place. Raises ValueError when there is none."""
    found = dig(reply, keys)
    if not is_array(found):
        raise ValueError(f"a list was due at {'.'.join(keys) or 'the top level'}")
    return found


def page_call(call: Call[T], make: Callable[[list[Any], Mapping[str, Any], Callable[[Any], T]], Any]) -> Call[Any]:
    """The call whose result is a whole page rather than an item."""
    operation = call.operation
    paged = operation.paged.get(make)
    if paged is None:
        result, decode_item = operation.result, operation.decode

        def decode(reply: Any) -> Any:
            return make(page_items(reply, result), page_info(reply, result), decode_item)

        paged = operation.paged[make] = replace(operation, decode=decode, result=())
    return call._replace(operation=paged)


def prefetched(call: Call[Any]) -> int:
    """How many pages a call wants to be fetched ahead."""
    return (call.options or {}).get("prefetch", 0)


def call_after(
    call: Call[Any], page: BasePage[Any], step: int = 1, *, page_param: str, cursor_param: str
) -> Call[Any] | None:
    """The call for the page after this one (where pages have numbers, also for the one `step` pages on), or None after
    the last.

    A server that repeats itself, the same cursor or an earlier page again, ends the list: it would never end otherwise.
    """
    if not page.has_more or call.operation.paginate == "none":
        return None
    if call.operation.paginate == "cursor":
        if page.next_cursor is None or page.next_cursor == call.query.get(cursor_param):
            return None
        return call._replace(query={**call.query, cursor_param: page.next_cursor}, drafted=None)
    asked = call.query.get(page_param)
    if not isinstance(asked, int):
        asked = page.page if page.page is not None else 1
    if page.page is not None and page.page < asked:
        return None
    return call._replace(query={**call.query, page_param: asked + step}, drafted=None)


class Page(BasePage[T]):
    """One page of a list: `items`, `page`, `per_page`, `total`, `total_pages`, `has_more`, `links`."""

    __slots__ = ("_call", "_client")

    _client: Client
    _call: Call[Any]

    def next_page(self) -> Page[T] | None:
        """The page after this one, or None after the last."""
        call = self._client.call_after(self._call, self)
        page = None if call is None else self._client.page(call)
        return page if page is not None and self.goes_on_with(page) else None


class AsyncPage(BasePage[T]):
    """One page of a list: `items`, `page`, `per_page`, `total`, `total_pages`, `has_more`, `links`."""

    __slots__ = ("_call", "_client")

    _client: AsyncClient
    _call: Call[Any]

    async def next_page(self) -> AsyncPage[T] | None:
        """The page after this one, or None after the last."""
        call = self._client.call_after(self._call, self)
        page = None if call is None else await self._client.page(call)
        return page if page is not None and self.goes_on_with(page) else None
