"""One request, as a handler sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ._pages import Paged, paged

if TYPE_CHECKING:
    from tandem._headers import Headers

    from ._api import ApiOperation
    from ._clock import Clock
    from ._ids import Ids
    from ._platform import Platform
    from ._request import Request
    from ._store import Query, Store

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Principal(NamedTuple):
    """Who is calling. `extra` is for whatever else a product reads out of its tokens."""

    client_id: str = ""
    scopes: frozenset[str] = frozenset()
    extra: Mapping[str, Any] = _NOTHING

    def __repr__(self) -> str:
        return f"Principal({self.client_id!r}, {sorted(self.scopes)})"


class Place(Protocol):
    """A namespace of a platform: what work needs that happens in a request (`Context`) or beside one (`Scene`)."""

    @property
    def platform(self) -> Platform: ...
    @property
    def namespace(self) -> str: ...
    @property
    def store(self) -> Store: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def ids(self) -> Ids: ...


@dataclass(frozen=True, slots=True)
class Scene:
    """A namespace of a platform, for work in the background."""

    platform: Platform
    namespace: str

    @property
    def store(self) -> Store:
        return self.platform.store

    @property
    def clock(self) -> Clock:
        return self.platform.clock

    @property
    def ids(self) -> Ids:
        return self.platform.ids


@dataclass(slots=True, eq=False, repr=False, match_args=False)
class Context:
    """One valid request, with the platform around it.

    `query` holds the declared parameters, converted by their schemas and with the documented defaults filled in;
    `headers` all headers, without regard to case; `namespace` is "" when none was given; `body` is None when there
    was none, and bytes when it was neither JSON nor a form.
    """

    request: Request
    operation: ApiOperation
    path: dict[str, str]
    query: dict[str, Any]
    body: Any
    namespace: str
    principal: Principal
    platform: Platform

    @property
    def headers(self) -> Headers:
        return self.request.headers

    @property
    def request_id(self) -> str:
        return self.request.request_id

    @property
    def base_url(self) -> str:
        """`scheme://host:port` as the caller used it."""
        return self.request.base_url

    @property
    def store(self) -> Store:
        return self.platform.store

    @property
    def clock(self) -> Clock:
        return self.platform.clock

    @property
    def ids(self) -> Ids:
        return self.platform.ids

    def page(
        self,
        items: Query | Sequence[Any],
        *,
        show: Callable[[Any], Any] | None = None,
        beside: Mapping[str, Any] = _NOTHING,
    ) -> Paged:
        """The page of `items` that the request asks for, by page number or by cursor as the document says.

        `show` turns each item of the page into what the reply shows; `beside` are values written next to the items.
        """
        return paged(self, items, show, beside)
