"""A client's settings: what was passed, else what the environment says, else the default."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TypedDict

from tandem import ConfigurationError, Secret
from tandem._access import refuse_missing, refuse_server, refuse_texts, words_of
from tandem._options import AsyncClientOptions, ClientOptions, Identity

from ._platform import CONVENTIONS, ClientCredentials

PRODUCTION = {
    "account": "https://auth.interactor.com/api/v1",
    "core": "https://core.interactor.com/api/v1",
}
_REQUIRED = {"client_id": "INTERACTOR_CLIENT_ID", "client_secret": "INTERACTOR_CLIENT_SECRET"}
_SERVERS = {"account": "INTERACTOR_ACCOUNT_SERVER_URL", "core": "INTERACTOR_CORE_API_URL"}


class Access(TypedDict, total=False):
    """What this platform's clients take of their own."""

    client_id: str | None
    client_secret: str | None
    namespace: str | None
    scopes: Iterable[str] | str | None
    account_server_url: str | None
    core_api_url: str | None


class Options(Access, ClientOptions, total=False):
    """All that `InteractorClient` takes."""


class AsyncOptions(Access, AsyncClientOptions, total=False):
    """All that `AsyncInteractorClient` takes."""


def identify(
    *,
    client_id: str | None,
    client_secret: str | None,
    namespace: str | None,
    scopes: Iterable[str] | str | None,
    account_server_url: str | None,
    core_api_url: str | None,
    allow_insecure: bool,
    environ: Mapping[str, str] = os.environ,
) -> Identity:
    """Raises ConfigurationError, which names all that is missing or wrong at once."""
    given = {"client_id": client_id, "client_secret": client_secret}
    found = {name: value or environ.get(_REQUIRED[name], "") for name, value in given.items()}
    problems = [refuse_missing(_REQUIRED, found, _REQUIRED), refuse_texts(found)]
    urls = {"account": account_server_url, "core": core_api_url}
    hosts = {host: url or environ.get(_SERVERS[host]) or PRODUCTION[host] for host, url in urls.items()}
    for host, url in hosts.items():
        remedy = f"Set {_SERVERS[host]} to something like {PRODUCTION[host]}."
        problems.append(refuse_server(f"{host} server", url, remedy, allow_insecure=allow_insecure))
    namespace = namespace if namespace is not None else environ.get("INTERACTOR_NAMESPACE") or None
    if namespace is not None:
        problems.append(CONVENTIONS.refuse_namespace(namespace))
    words = words_of(environ.get("INTERACTOR_SCOPES", "") if scopes is None else scopes)
    if words is None:
        problems.append("scopes is one text with spaces between them, or several texts.")
    if any(problems):
        raise CONVENTIONS.errors[ConfigurationError](" ".join(filter(None, problems)))
    grant = ClientCredentials(found["client_id"], Secret(found["client_secret"]), words or (), hosts["account"])
    return Identity(CONVENTIONS, hosts, grant, namespace=namespace)
