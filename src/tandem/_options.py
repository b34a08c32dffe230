"""What every product's client takes beside its own credentials, and what a client is made of."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict, TypeVar

from ._conventions import Conventions, shorten
from ._core import Core
from ._errors import ConfigurationError
from ._hooks import NO_HOOKS, Hooks
from ._retry import RetryPolicy
from ._secrets import Secret
from ._settings import CallSettings, refuse_settings
from ._tokens import AsyncTokenStore, Grant, TokenStore
from ._transport import AsyncTransport, Transport
from ._wire._httpx import refuse_wiring

if TYPE_CHECKING:
    from ._breaker import CircuitBreaker
    from ._records import AttemptRecord, ResultRecord, RetryRecord
    from ._wire._tls import ClientCert

InitT = TypeVar("InitT", bound=Callable[..., None])


class SharedOptions(TypedDict, total=False):
    """Every option may be left out.

    `timeout` is seconds per attempt, `deadline` seconds for a whole call, retries and body included; None: no limit.
    `retry` says when a call is sent again. `max_connections` are open at most; further calls wait for their turn.
    `max_response_bytes` bounds a reply's body (None: no bound). A token is renewed `token_refresh_buffer` seconds
    before it expires; a `token_store` shares it with other processes.

    `proxy` (a URL), `ca_bundle` (a file or directory) and `client_cert` (a file, or certificate, key and password) say
    how to reach the servers; without them, and with `trust_env`, the environment does. A `transport` of your own has
    its own ways. `allow_insecure` permits http:// to other machines. `follow_redirects` follows up to five, for calls
    that are safe or carry an idempotency key, and shows no credential to another origin.

    `on_attempt`, `on_retry` and `on_result` are called with a record. `throttle` paces calls before the server has to
    refuse them. `circuit_breaker` leaves a server that keeps failing alone for a while.
    """

    timeout: float | None
    deadline: float | None
    retry: RetryPolicy | None
    max_connections: int
    max_response_bytes: int | None
    token_refresh_buffer: float
    proxy: str | None
    trust_env: bool
    ca_bundle: str | PathLike[str] | None
    client_cert: ClientCert | None
    allow_insecure: bool
    follow_redirects: bool
    on_attempt: Callable[[AttemptRecord], object] | None
    on_retry: Callable[[RetryRecord], object] | None
    on_result: Callable[[ResultRecord], object] | None
    throttle: bool
    circuit_breaker: CircuitBreaker | None


class ClientOptions(SharedOptions, total=False):
    """The options of a synchronous client."""

    token_store: TokenStore | None
    transport: Transport | None


class AsyncClientOptions(SharedOptions, total=False):
    """The options of an asynchronous client."""

    token_store: AsyncTokenStore | None
    transport: AsyncTransport | None


DEFAULTS: Mapping[str, Any] = {
    "timeout": 30.0,
    "deadline": None,
    "retry": None,
    "max_connections": 100,
    "max_response_bytes": 64 * 1024 * 1024,
    "token_refresh_buffer": 60.0,
    "token_store": None,
    "transport": None,
    "proxy": None,
    "trust_env": True,
    "ca_bundle": None,
    "client_cert": None,
    "allow_insecure": False,
    "follow_redirects": False,
    "on_attempt": None,
    "on_retry": None,
    "on_result": None,
    "throttle": False,
    "circuit_breaker": None,
}
"""Each option's default, in the order in which a client's signature shows them."""
_WIRING = ("proxy", "trust_env", "ca_bundle", "client_cert")
_SWITCHES = ("trust_env", "allow_insecure", "follow_redirects", "throttle")
_PARTS = {"transport": ("send", "open"), "token_store": ("load", "save", "discard")}
_CALLS = ("timeout", "deadline", "max_response_bytes", "follow_redirects")


class Identity(NamedTuple):
    """Who calls, and where. What a product makes of its own arguments and of the environment."""

    conventions: Conventions
    hosts: Mapping[str, str]
    grant: Grant | None = None
    api_key: Secret | None = None
    namespace: str | None = None


def takes_options(options: type) -> Callable[[InitT], InitT]:
    """For a constructor of nothing but `**options`: its signature and docstring tell of each one, with its default."""
    kinds: dict[str, Any] = options.__annotations__

    def decorate(init: InitT) -> InitT:
        own = inspect.signature(init)
        (first, *_), kind = own.parameters.values(), inspect.Parameter.KEYWORD_ONLY
        told = [
            inspect.Parameter(name, kind, default=DEFAULTS.get(name), annotation=kinds[name].__forward_arg__)
            for name in [*(name for name in kinds if name not in DEFAULTS), *DEFAULTS]
        ]
        init.__signature__ = own.replace(parameters=[first, *told])  # type: ignore[attr-defined]  # where help() looks
        init.__doc__ = inspect.cleandoc(SharedOptions.__doc__ or "")
        return init

    return decorate


def assemble(
    options: Mapping[str, Any], access: type, identify: Callable[..., Identity], make: Callable[..., Any]
) -> tuple[Core[Any, Any], CallSettings]:
    """The parts of a client.

    `access` has the names of the product's own options, of which `identify` makes who calls; `make` makes a transport.
    Raises ConfigurationError, and TypeError on an option that does not exist.
    """
    own = {name: options.get(name) for name in access.__annotations__}
    unknown = options.keys() - own.keys() - DEFAULTS.keys()
    if unknown:
        raise TypeError(f"There is no option {shorten(min(unknown))}. There are: {', '.join([*own, *DEFAULTS])}.")
    chosen: dict[str, Any] = {**DEFAULTS, **options}
    who = identify(**own, allow_insecure=chosen["allow_insecure"])
    hooks = Hooks(chosen["on_attempt"], chosen["on_retry"], chosen["on_result"])
    settings: dict[str, Any] = {name: chosen[name] for name in _CALLS}
    settings["retry"] = chosen["retry"] or RetryPolicy()
    problem = _refuse(chosen, hooks) or refuse_settings(settings, who.conventions)
    if problem:
        raise who.conventions.errors[ConfigurationError](problem)
    wiring = {name: chosen[name] for name in ("max_connections", *_WIRING)}
    core: Core[Any, Any] = Core(
        who.conventions,
        who.hosts,
        lambda: chosen["transport"] or make(who.conventions, **wiring),
        who.grant,
        chosen["token_store"],
        chosen["token_refresh_buffer"],
        hooks=hooks if hooks.any else NO_HOOKS,
        throttled=chosen["throttle"],
        breaker=chosen["circuit_breaker"],
        api_key=who.api_key,
    )
    return core, CallSettings(namespace=who.namespace, **settings)


def _refuse(chosen: Mapping[str, Any], hooks: Hooks) -> str | None:
    """Why no client can be made this way, or None."""
    if chosen["transport"] is None and (problem := refuse_wiring(**{name: chosen[name] for name in _WIRING})):
        return problem
    breaker = chosen["circuit_breaker"]
    if breaker is not None:
        from ._breaker import CircuitBreaker  # most clients have none

        if not isinstance(breaker, CircuitBreaker):
            return f"circuit_breaker is a CircuitBreaker, not {shorten(breaker)}."
    return _refuse_kinds(chosen) or hooks.refuse()


def _refuse_kinds(chosen: Mapping[str, Any]) -> str | None:
    """Which of these is something else than it has to be, or None."""
    for name in _SWITCHES:
        if not isinstance(chosen[name], bool):  # "false" would mean yes
            return f"{name} is True or False, not {shorten(chosen[name])}."
    most, early = chosen["max_connections"], chosen["token_refresh_buffer"]
    if not isinstance(most, int) or isinstance(most, bool) or most < 1:
        return f"max_connections is a whole number above 0, not {shorten(most)}."
    if not isinstance(early, int | float) or isinstance(early, bool) or not 0 <= early < math.inf:
        return f"token_refresh_buffer is a number of seconds, 0 or more, not {shorten(early)}."
    for name, verbs in _PARTS.items():
        part = chosen[name]
        lacking = [verb for verb in verbs if part is not None and not callable(getattr(part, verb, None))]
        if lacking:
            return f"{name} is an object with the methods {', '.join(verbs)}; a {type(part).__name__} is none."
    return None
