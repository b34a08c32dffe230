"""Which function answers which operation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ._errors import RegistryMismatchError, SandboxError

if TYPE_CHECKING:
    from ._api import Api
    from ._context import Context

_H = TypeVar("_H", bound="Callable[[Context], Any]")


@dataclass(frozen=True, slots=True)
class Page:
    """A route that the document does not have: a consent page, a dashboard."""

    method: str
    path: str
    handler: Callable[[Context], Any]


class Registry:
    """The handlers of a platform, by operation name; several registries add up with `include`.

    >>> registry = Registry()
    >>> @registry.handles("books.get")
    ... def get_book(ctx):
    ...     return ctx.store.get("book", ctx.path["book_id"], namespace=ctx.namespace)

    A handler is a plain or an async function of one `Context`. It runs in one transaction of the store: what it
    wrote is undone when it raises. An async handler holds the store while it awaits, so keep its waits short: what
    takes longer is returned as `Later`.
    """

    def __init__(self) -> None:
        self._handlers: dict[str, Callable[[Context], Any]] = {}
        self._pages: list[Page] = []

    def handles(self, name: str) -> Callable[[_H], _H]:
        """Register the function below as the handler of the operation `name`, for instance "rooms.messages.list"."""

        def register(handler: _H) -> _H:
            self._add(name, handler)
            return handler

        return register

    def page(self, method: str, path: str) -> Callable[[_H], _H]:
        """Register the function below for a path of its own, from the root of the server: "/consent/{flow_id}".

        Such a route is public, takes forms as well as JSON, and is not checked against the document.
        """

        def register(handler: _H) -> _H:
            self._pages.append(Page(method.upper(), path, handler))
            return handler

        return register

    def include(self, *others: Registry) -> Registry:
        """Take over all that other registries hold. Returns itself."""
        for other in others:
            for name, handler in other._handlers.items():
                self._add(name, handler)
            self._pages.extend(other._pages)
        return self

    @property
    def pages(self) -> Iterator[Page]:
        """The routes outside of the document."""
        return iter(self._pages)

    def handler(self, name: str) -> Callable[[Context], Any]:
        """The handler of one operation."""
        return self._handlers[name]

    def check(self, api: Api) -> None:
        """Raise `RegistryMismatchError` unless handlers and operations are the same set."""
        self._compare(operation.name for operation in api.operations)

    def _compare(self, names: Iterable[str]) -> None:
        documented = set(names)
        missing = sorted(documented - self._handlers.keys())
        unknown = sorted(self._handlers.keys() - documented)
        if missing or unknown:
            raise RegistryMismatchError(missing, unknown)

    def _add(self, name: str, handler: Callable[[Context], Any]) -> None:
        if name in self._handlers:
            raise SandboxError(f"The operation {name} has two handlers.")
        self._handlers[name] = handler
