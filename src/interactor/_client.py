"""The two clients: settings in, resources out. The calls themselves are generated, the engine is tandem."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from interactor_api import Api, AsyncApi

from tandem import (
    AsyncClient,
    AsyncHttpxTransport,
    AsyncTokenStore,
    AsyncTransport,
    CallSettings,
    Client,
    ConfigurationError,
    Core,
    HttpxTransport,
    RetryPolicy,
    TokenStore,
    Transport,
)
from tandem._settings import refuse_settings

from ._platform import CONVENTIONS, ClientCredentials
from ._settings import Identity, resolve


class InteractorClient(Api, Client):
    """The Interactor platform, synchronous. Safe to share between threads; `AsyncInteractorClient` is its twin.

    Everything is optional where the environment has it:

        client = InteractorClient(namespace="user_123")
        bot = client.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.")
        for assistant in client.assistants.list(per_page=100):
            print(assistant.name)

    `timeout` is seconds per attempt, `deadline` seconds for a whole call, retries and body included; None: no limit.
    Raises ConfigurationError, naming every setting that is missing.
    """

    def __init__(
        self,
        *,
        client_id: str | None = None,
        client_secret: str | None = None,
        namespace: str | None = None,
        scopes: Iterable[str] | str | None = None,
        account_server_url: str | None = None,
        core_api_url: str | None = None,
        timeout: float | None = 30.0,
        deadline: float | None = None,
        retry: RetryPolicy | None = None,
        max_connections: int = 100,
        token_refresh_buffer: float = 60.0,
        token_store: TokenStore | None = None,
        transport: Transport | None = None,
    ) -> None:
        identity = resolve(
            client_id=client_id,
            client_secret=client_secret,
            namespace=namespace,
            scopes=scopes,
            account_server_url=account_server_url,
            core_api_url=core_api_url,
        )
        make = _transport_of(transport, lambda: HttpxTransport(max_connections=max_connections))
        self._core = _core(identity, make, token_store, token_refresh_buffer)
        self._settings = _call_settings(identity, timeout, deadline, retry)


class AsyncInteractorClient(AsyncApi, AsyncClient):
    """The Interactor platform, asynchronous. Safe to share between tasks; `InteractorClient` is its twin.

    Everything is optional where the environment has it:

        async with AsyncInteractorClient(namespace="user_123") as client:
            bot = await client.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.")
            async for assistant in client.assistants.list(per_page=100):
                print(assistant.name)

    `timeout` is seconds per attempt, `deadline` seconds for a whole call, retries and body included; None: no limit.
    Raises ConfigurationError, naming every setting that is missing.
    """

    def __init__(
        self,
        *,
        client_id: str | None = None,
        client_secret: str | None = None,
        namespace: str | None = None,
        scopes: Iterable[str] | str | None = None,
        account_server_url: str | None = None,
        core_api_url: str | None = None,
        timeout: float | None = 30.0,
        deadline: float | None = None,
        retry: RetryPolicy | None = None,
        max_connections: int = 100,
        token_refresh_buffer: float = 60.0,
        token_store: AsyncTokenStore | None = None,
        transport: AsyncTransport | None = None,
    ) -> None:
        identity = resolve(
            client_id=client_id,
            client_secret=client_secret,
            namespace=namespace,
            scopes=scopes,
            account_server_url=account_server_url,
            core_api_url=core_api_url,
        )
        make = _transport_of(transport, lambda: AsyncHttpxTransport(max_connections=max_connections))
        self._core = _core(identity, make, token_store, token_refresh_buffer)
        self._settings = _call_settings(identity, timeout, deadline, retry)


def _core(identity: Identity, make_transport: Callable[[], Any], token_store: Any, buffer: float) -> Core[Any, Any]:
    if buffer < 0:
        raise CONVENTIONS.errors[ConfigurationError]("token_refresh_buffer is a number of seconds, 0 or more.")
    grant = ClientCredentials(identity.client_id, identity.client_secret, identity.scopes, identity.hosts["account"])
    return Core(CONVENTIONS, identity.hosts, make_transport, grant, token_store, buffer)


def _transport_of(given: Any, make: Callable[[], Any]) -> Callable[[], Any]:
    return make if given is None else lambda: given


def _call_settings(
    identity: Identity, timeout: float | None, deadline: float | None, retry: RetryPolicy | None
) -> CallSettings:
    settings: dict[str, Any] = {"timeout": timeout, "deadline": deadline, "retry": retry or RetryPolicy()}
    problem = refuse_settings(settings, CONVENTIONS)
    if problem:
        raise CONVENTIONS.errors[ConfigurationError](problem)
    return CallSettings(namespace=identity.namespace, **settings)
