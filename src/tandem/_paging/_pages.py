"""Pages of a list: read from a reply, each leading to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tandem._calls import Call, Operation
from tandem._json import is_array, is_object
from tandem._meta import ResponseMeta
from tandem._replies import dig

if TYPE_CHECKING:
    from tandem._client import AsyncClient, Client

T = TypeVar("T")


class BasePage(Generic[T]):
    """One page. Numbers are None where the platform does not give them: lists that go by cursor have no page number."""

    __slots__ = ("_response_meta", "has_more", "items", "next_cursor", "page", "per_page", "total", "total_pages")

    def __init__(self, items: list[T], info: Mapping[str, Any]) -> None:
        self.items = items
        self.page = _whole(info, "page", "current_page")
        self.per_page = _whole(info, "per_page", "limit")
        self.total = _whole(info, "total", "total_count")
        self.total_pages = _whole(info, "total_pages", "pages")
        cursor = info.get("next_cursor", info.get("nextCursor"))
        self.next_cursor = cursor if isinstance(cursor, str) and cursor else None
        self.has_more = self._more(info)
        self._response_meta: ResponseMeta | None = None

    @property
    def response_meta(self) -> ResponseMeta:
        """Status, headers, request id, attempts and rate limit of the reply that brought this page."""
        assert self._response_meta is not None  # noqa: S101  # set by the client before anyone sees the page
        return self._response_meta

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __repr__(self) -> str:
        place = f"{self.page or '?'} of {self.total_pages or '?'}" if self.next_cursor is None else "by cursor"
        return f"<{type(self).__name__} {place}, {len(self.items)} {self._noun()}>"

    def _noun(self) -> str:
        """What the items are: "assistants" for `assistants.list`."""
        call: Call[Any] | None = getattr(self, "_call", None)
        resource = "" if call is None else call.operation.name.rpartition(".")[0].rpartition(".")[2]
        noun = resource.replace("_", " ") or "items"
        return noun.removesuffix("s") if len(self.items) == 1 else noun

    def _more(self, info: Mapping[str, Any]) -> bool:
        if self.next_cursor is None and not self.items:
            return False  # whatever is stated: after nothing comes nothing, and a walk must end
        stated = info.get("has_more", info.get("hasNext"))
        if isinstance(stated, bool):
            return stated
        if self.next_cursor is not None:
            return True
        if self.page is not None and self.total_pages is not None:
            return self.page < self.total_pages
        if self.page is not None and self.per_page is not None and self.total is not None:
            return self.page * self.per_page < self.total
        return False


def _whole(info: Mapping[str, Any], *names: str) -> int | None:
    for name in names:
        value = info.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None


def page_info(reply: Any, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """What a reply tells about its page: beside the envelope or beside the items, as `meta` or as `pagination`."""
    info: dict[str, Any] = {}
    for place in (reply, dig(reply, keys[:-1])):
        for name in ("meta", "pagination"):
            found = place.get(name) if is_object(place) else None
            if is_object(found):
                info.update(found)
    return info


def page_items(reply: Any, keys: tuple[str, ...]) -> list[Any]:
    """The items where they are due, or a bare list in their place. Raises ValueError when there is none."""
    found = dig(reply, keys)
    if not is_array(found):
        raise ValueError(f"a list was due at {'.'.join(keys) or 'the top level'}")
    return found


def page_call(call: Call[T], make: Callable[[list[T], Mapping[str, Any]], Any]) -> Call[Any]:
    """The call whose result is a whole page rather than an item."""
    operation = call.operation

    def decode(reply: Any) -> Any:
        decode_item = operation.decode
        items = [decode_item(item) for item in page_items(reply, operation.result)]
        return make(items, page_info(reply, operation.result))

    paged: Operation[Any] = replace(operation, decode=decode, result=())
    return replace(call, operation=paged)


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
        return replace(call, query={**call.query, cursor_param: page.next_cursor})
    asked = call.query.get(page_param)
    if not isinstance(asked, int):
        asked = page.page if page.page is not None else 1
    if page.page is not None and page.page < asked:
        return None
    return replace(call, query={**call.query, page_param: asked + step})


class Page(BasePage[T]):
    """One page of a list: `items`, `page`, `per_page`, `total`, `total_pages`, `has_more`."""

    __slots__ = ("_call", "_client")

    _client: Client
    _call: Call[Any]

    def next_page(self) -> Page[T] | None:
        """The page after this one, or None after the last."""
        call = self._client.call_after(self._call, self)
        return None if call is None else self._client.page(call)


class AsyncPage(BasePage[T]):
    """One page of a list: `items`, `page`, `per_page`, `total`, `total_pages`, `has_more`."""

    __slots__ = ("_call", "_client")

    _client: AsyncClient
    _call: Call[Any]

    async def next_page(self) -> AsyncPage[T] | None:
        """The page after this one, or None after the last."""
        call = self._client.call_after(self._call, self)
        return None if call is None else await self._client.page(call)
