"""What every generated resource class is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._client import AsyncClient, Client


class Resource:
    """A group of methods of a client, such as `client.auth`."""

    __slots__ = ("__dict__", "_client")

    def __init__(self, client: Client) -> None:
        self._client = client

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._client!r}>"


class AsyncResource:
    """A group of methods of an asynchronous client."""

    __slots__ = ("__dict__", "_client")

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._client!r}>"
