"""The two clients: settings in, resources out. The calls themselves are generated, the engine is tandem."""

from __future__ import annotations

from typing import Unpack

from interactor._resources._tree import AsyncTree, Tree
from tandem import AsyncAuth, AsyncClient, Auth, Client
from tandem._options import assemble, takes_options
from tandem._wire._choice import async_default_transport, default_transport

from ._settings import Access, AsyncOptions, Options, identify


class InteractorClient(Tree, Client):
    """The Interactor platform, synchronous. Safe to share between threads; `AsyncInteractorClient` is its twin.

    Everything is optional where the environment has it:

        client = InteractorClient(namespace="user_123")
        bot = client.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.")
        for assistant in client.assistants.list(per_page=100):
            print(assistant.name)

    Raises ConfigurationError, naming every setting that is missing.
    """

    @takes_options(Options)
    def __init__(self, **options: Unpack[Options]) -> None:
        self._core, self._settings = assemble(options, Access, identify, default_transport)

    @property
    def auth(self) -> Auth:
        """This client's own access token."""
        return self._auth


class AsyncInteractorClient(AsyncTree, AsyncClient):
    """The Interactor platform, asynchronous. Safe to share between tasks; `InteractorClient` is its twin.

    Everything is optional where the environment has it:

        async with AsyncInteractorClient(namespace="user_123") as client:
            bot = await client.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.")
            async for assistant in client.assistants.list(per_page=100):
                print(assistant.name)

    Raises ConfigurationError, naming every setting that is missing.
    """

    @takes_options(AsyncOptions)
    def __init__(self, **options: Unpack[AsyncOptions]) -> None:
        self._core, self._settings = assemble(options, Access, identify, async_default_transport)

    @property
    def auth(self) -> AsyncAuth:
        """This client's own access token."""
        return self._auth
