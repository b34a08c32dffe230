"""The two clients: settings in, resources out. The calls themselves are generated, the engine is tandem."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from os import PathLike
from typing import TYPE_CHECKING, Any

from interactor._resources._tree import AsyncTree, Tree
from tandem import (
    AsyncClient,
    AsyncHttpxTransport,
    AsyncTokenStore,
    AsyncTransport,
    AttemptRecord,
    CallSettings,
    CircuitBreaker,
    Client,
    ConfigurationError,
    Core,
    Hooks,
    HttpxTransport,
    ResultRecord,
    RetryPolicy,
    RetryRecord,
    TokenStore,
    Transport,
)
from tandem._conventions import shorten
from tandem._hooks import NO_HOOKS
from tandem._settings import refuse_settings
from tandem._wire._httpx import refuse_wiring

from ._platform import CONVENTIONS, ClientCredentials
from ._settings import Identity, resolve

if TYPE_CHECKING:
    from tandem._wire._tls import ClientCert


class InteractorClient(Tree, Client):
    """The Interactor platform, synchronous. Safe to share between threads; `AsyncInteractorClient` is its twin.

    Everything is optional where the environment has it:

        client = InteractorClient(namespace="user_123")
        bot = client.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.")
        for assistant in client.assistants.list(per_page=100):
            print(assistant.name)

    `timeout` is seconds per attempt, `deadline` seconds for a whole call, retries and body included; None: no limit.
    `max_response_bytes` bounds a reply's body (None: no bound).

    `proxy` (a URL), `ca_bundle` (a file or directory) and `client_cert` (a file, or certificate, key and password) say
    how to reach the servers; without them, and with `trust_env`, the environment does. A `transport` of your own has
    its own ways. `allow_insecure` permits http:// to other machines. `follow_redirects` follows up to five, for calls
    that are safe or carry an idempotency key, and shows no credential to another origin.

    `on_attempt`, `on_retry` and `on_result` are called with a record. `throttle` paces calls before the server has to
    refuse them. `circuit_breaker` leaves a server that keeps failing alone for a while.
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
        max_response_bytes: int | None = 64 * 1024 * 1024,
        token_refresh_buffer: float = 60.0,
        token_store: TokenStore | None = None,
        transport: Transport | None = None,
        proxy: str | None = None,
        trust_env: bool = True,
        ca_bundle: str | PathLike[str] | None = None,
        client_cert: ClientCert | None = None,
        allow_insecure: bool = False,
        follow_redirects: bool = False,
        on_attempt: Callable[[AttemptRecord], object] | None = None,
        on_retry: Callable[[RetryRecord], object] | None = None,
        on_result: Callable[[ResultRecord], object] | None = None,
        throttle: bool = False,
        circuit_breaker: CircuitBreaker | None = None,
    ) -> None:
        identity = resolve(
            client_id=client_id,
            client_secret=client_secret,
            namespace=namespace,
            scopes=scopes,
            account_server_url=account_server_url,
            core_api_url=core_api_url,
            allow_insecure=allow_insecure,
        )
        if transport is None:
            _refuse(refuse_wiring(proxy=proxy, trust_env=trust_env, ca_bundle=ca_bundle, client_cert=client_cert))

        def make_transport() -> Transport:
            return transport or HttpxTransport(
                max_connections=max_connections,
                proxy=proxy,
                trust_env=trust_env,
                ca_bundle=ca_bundle,
                client_cert=client_cert,
            )

        self._core = _core(
            identity,
            make_transport,
            token_store,
            token_refresh_buffer,
            Hooks(on_attempt, on_retry, on_result),
            throttle,
            circuit_breaker,
        )
        self._settings = _call_settings(
            identity,
            timeout=timeout,
            deadline=deadline,
            retry=retry or RetryPolicy(),
            max_response_bytes=max_response_bytes,
            follow_redirects=follow_redirects,
        )


class AsyncInteractorClient(AsyncTree, AsyncClient):
    """The Interactor platform, asynchronous. Safe to share between tasks; `InteractorClient` is its twin.

    Everything is optional where the environment has it:

        async with AsyncInteractorClient(namespace="user_123") as client:
            bot = await client.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.")
            async for assistant in client.assistants.list(per_page=100):
                print(assistant.name)

    `timeout` is seconds per attempt, `deadline` seconds for a whole call, retries and body included; None: no limit.
    `max_response_bytes` bounds a reply's body (None: no bound).

    `proxy` (a URL), `ca_bundle` (a file or directory) and `client_cert` (a file, or certificate, key and password) say
    how to reach the servers; without them, and with `trust_env`, the environment does. A `transport` of your own has
    its own ways. `allow_insecure` permits http:// to other machines. `follow_redirects` follows up to five, for calls
    that are safe or carry an idempotency key, and shows no credential to another origin.

    `on_attempt`, `on_retry` and `on_result` are called with a record. `throttle` paces calls before the server has to
    refuse them. `circuit_breaker` leaves a server that keeps failing alone for a while.
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
        max_response_bytes: int | None = 64 * 1024 * 1024,
        token_refresh_buffer: float = 60.0,
        token_store: AsyncTokenStore | None = None,
        transport: AsyncTransport | None = None,
        proxy: str | None = None,
        trust_env: bool = True,
        ca_bundle: str | PathLike[str] | None = None,
        client_cert: ClientCert | None = None,
        allow_insecure: bool = False,
        follow_redirects: bool = False,
        on_attempt: Callable[[AttemptRecord], object] | None = None,
        on_retry: Callable[[RetryRecord], object] | None = None,
        on_result: Callable[[ResultRecord], object] | None = None,
        throttle: bool = False,
        circuit_breaker: CircuitBreaker | None = None,
    ) -> None:
        identity = resolve(
            client_id=client_id,
            client_secret=client_secret,
            namespace=namespace,
            scopes=scopes,
            account_server_url=account_server_url,
            core_api_url=core_api_url,
            allow_insecure=allow_insecure,
        )
        if transport is None:
            _refuse(refuse_wiring(proxy=proxy, trust_env=trust_env, ca_bundle=ca_bundle, client_cert=client_cert))

        def make_transport() -> AsyncTransport:
            return transport or AsyncHttpxTransport(
                max_connections=max_connections,
                proxy=proxy,
                trust_env=trust_env,
                ca_bundle=ca_bundle,
                client_cert=client_cert,
            )

        self._core = _core(
            identity,
            make_transport,
            token_store,
            token_refresh_buffer,
            Hooks(on_attempt, on_retry, on_result),
            throttle,
            circuit_breaker,
        )
        self._settings = _call_settings(
            identity,
            timeout=timeout,
            deadline=deadline,
            retry=retry or RetryPolicy(),
            max_response_bytes=max_response_bytes,
            follow_redirects=follow_redirects,
        )


def _core(
    identity: Identity,
    make_transport: Callable[[], Any],
    token_store: Any,
    buffer: float,
    hooks: Hooks,
    throttle: bool,
    breaker: CircuitBreaker | None,
) -> Core[Any, Any]:
    problem = hooks.refuse()
    if buffer < 0:
        problem = "token_refresh_buffer is a number of seconds, 0 or more."
    if breaker is not None and not isinstance(breaker, CircuitBreaker):  # pyright: ignore[reportUnnecessaryIsInstance]  # not everyone checks types
        problem = f"circuit_breaker is a CircuitBreaker, not {shorten(breaker)}."
    _refuse(problem)
    grant = ClientCredentials(identity.client_id, identity.client_secret, identity.scopes, identity.hosts["account"])
    return Core(
        CONVENTIONS,
        identity.hosts,
        make_transport,
        grant,
        token_store,
        buffer,
        hooks=hooks if hooks.any else NO_HOOKS,
        throttled=throttle,
        breaker=breaker,
    )


def _call_settings(identity: Identity, **settings: Any) -> CallSettings:
    _refuse(refuse_settings(settings, CONVENTIONS))
    return CallSettings(namespace=identity.namespace, **settings)


def _refuse(problem: str | None) -> None:
    if problem:
        raise CONVENTIONS.errors[ConfigurationError](problem)
