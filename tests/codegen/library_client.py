"""Clients of either colour for the generated library package, as a facade would write them."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from tandem import (
    AsyncClient,
    AsyncHttpxTransport,
    Call,
    CallSettings,
    Client,
    Conventions,
    Core,
    Granted,
    HttpxTransport,
    Operation,
)


class KeyGrant:
    """Always the same token; asking for it costs a request, like any other grant."""

    key = "library"

    def fetch(self) -> Call[Any]:
        return Call(_TOKEN)

    def read(self, result: Any) -> Granted:
        return Granted(result["token"], 3600.0)

    def revoke(self, token: str) -> Call[Any]:
        return Call(_TOKEN)


def _as_it_is(value: Any) -> Any:
    return value


_TOKEN: Operation[Any] = Operation(
    name="token", method="POST", path="/token", host="main", decode=_as_it_is, namespace=False, authenticated=False
)


def make_client(library: ModuleType, url: str, *, is_async: bool) -> Any:
    """A client whose both hosts are the given server."""
    conventions = Conventions(
        name="library",
        user_agent="library-test",
        errors=library.errors.FAMILY,
        default_host="main",
        namespace_header="X-Library",
    )
    api: Any = library.AsyncApi if is_async else library.Api
    base: Any = AsyncClient if is_async else Client
    client: Any = type("LibraryClient", (api, base), {})()
    transport: Any = AsyncHttpxTransport if is_async else HttpxTransport
    hosts = {"main": url, "other": f"{url}/other"}
    client._core = Core(conventions, hosts, transport, grant=KeyGrant())
    client._settings = CallSettings(namespace="branch_1")
    return client
