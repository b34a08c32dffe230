"""A client's settings: what was passed, else what the environment says, else the default."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from tandem import ConfigurationError, Secret

from ._platform import CONVENTIONS

PRODUCTION = {
    "account": "https://auth.interactor.com/api/v1",
    "core": "https://core.interactor.com/api/v1",
}
_REQUIRED = {"client_id": "INTERACTOR_CLIENT_ID", "client_secret": "INTERACTOR_CLIENT_SECRET"}
_SERVERS = {"account": "INTERACTOR_ACCOUNT_SERVER_URL", "core": "INTERACTOR_CORE_API_URL"}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls, and where."""

    client_id: str
    client_secret: Secret
    namespace: str | None
    scopes: tuple[str, ...]
    hosts: Mapping[str, str]


def resolve(
    *,
    client_id: str | None,
    client_secret: str | None,
    namespace: str | None,
    scopes: Iterable[str] | str | None,
    account_server_url: str | None,
    core_api_url: str | None,
    allow_insecure: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> Identity:
    """Raises ConfigurationError, which names all that is missing or wrong at once."""
    given = {"client_id": client_id, "client_secret": client_secret}
    found = {name: value or environ.get(_REQUIRED[name], "") for name, value in given.items()}
    problems = [
        f"No {name.replace('_', ' ')}. Pass {name}=… or set {_REQUIRED[name]}." for name in found if not found[name]
    ]
    urls = {"account": account_server_url, "core": core_api_url}
    hosts = {host: url or environ.get(_SERVERS[host]) or PRODUCTION[host] for host, url in urls.items()}
    problems += [text for host, url in hosts.items() if (text := _bad_url(host, url, allow_insecure))]
    namespace = namespace if namespace is not None else environ.get("INTERACTOR_NAMESPACE") or None
    if namespace is not None and (refusal := CONVENTIONS.refuse_namespace(namespace)):
        problems.append(refusal)
    if problems:
        raise CONVENTIONS.errors[ConfigurationError](" ".join(problems))
    words = environ.get("INTERACTOR_SCOPES", "") if scopes is None else scopes
    names = words.split() if isinstance(words, str) else list(words)
    return Identity(found["client_id"], Secret(found["client_secret"]), namespace, tuple(names), hosts)


def _is_loopback(name: str) -> bool:
    from ipaddress import ip_address

    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _bad_url(host: str, url: str, allow_insecure: bool) -> str | None:
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query and not parts.fragment
        good = good and url.isascii() and url.isprintable() and parts.port != 0
        exposed = good and parts.scheme == "http" and not _is_loopback((parts.hostname or "").lower())
    except ValueError:
        good = exposed = False
    remedy = f"Set {_SERVERS[host]} to something like {PRODUCTION[host]}."
    if exposed and not allow_insecure:
        return f"The {host} server would get credentials over plain http://. Use https://, or pass allow_insecure=True."
    return None if good else f"The URL of the {host} server is not a URL that can be called. {remedy}"
