"""The two clients: a way in and a server's address in, resources out. The calls are generated, the engine is tandem."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Unpack

from coordinaitor._resources._tree import AsyncTree, Tree
from tandem import AsyncClient, Client
from tandem._options import assemble, takes_options
from tandem._wire._choice import async_default_transport, default_transport

from ._settings import Access, AsyncOptions, Options, identify

if TYPE_CHECKING:
    from ._resources._auth import AsyncAuth, Auth


class OrchestratorClient(Tree, Client):
    """The CoordinAItor platform, synchronous. Safe to share between threads; `AsyncOrchestratorClient` is its twin.

        client = OrchestratorClient(base_url="http://localhost:3000", api_key="ak_…")
        task = client.tasks.create(title="Build user registration", priority="high")
        for each in client.tasks.list(status="active"):
            print(each.title)

    There are three ways in: an `api_key`; `email` and `password`; or the `code` of an OAuth authorization, with the
    application's `client_id` and `client_secret`, and the `redirect_uri` if there was one. What is not passed comes
    from COORDINAITOR_BASE_URL, _API_KEY, _EMAIL and _PASSWORD. Raises ConfigurationError, naming all that is missing.
    """

    @takes_options(Options)
    def __init__(self, **options: Unpack[Options]) -> None:
        self._core, self._settings = assemble(options, Access, identify, default_transport)

    @cached_property
    def auth(self) -> Auth:
        """`client.auth`: This client's own session, and the making of API keys and tokens."""
        from ._resources._auth import Auth

        return Auth(self, self._auth)


class AsyncOrchestratorClient(AsyncTree, AsyncClient):
    """The CoordinAItor platform, asynchronous. Safe to share between tasks; `OrchestratorClient` is its twin.

        async with AsyncOrchestratorClient(base_url="http://localhost:3000", api_key="ak_…") as client:
            task = await client.tasks.create(title="Build user registration", priority="high")
            async for each in client.tasks.list(status="active"):
                print(each.title)

    There are three ways in: an `api_key`; `email` and `password`; or the `code` of an OAuth authorization, with the
    application's `client_id` and `client_secret`, and the `redirect_uri` if there was one. What is not passed comes
    from COORDINAITOR_BASE_URL, _API_KEY, _EMAIL and _PASSWORD. Raises ConfigurationError, naming all that is missing.
    """

    @takes_options(AsyncOptions)
    def __init__(self, **options: Unpack[AsyncOptions]) -> None:
        self._core, self._settings = assemble(options, Access, identify, async_default_transport)

    @cached_property
    def auth(self) -> AsyncAuth:
        """`client.auth`: This client's own session, and the making of API keys and tokens."""
        from ._resources._auth import AsyncAuth

        return AsyncAuth(self, self._auth)
