"""A client's settings: what was passed, else what the environment says, else the default."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TypedDict

from tandem import ConfigurationError, Secret
from tandem._access import refuse_missing, refuse_server, refuse_texts
from tandem._conventions import refuse_header
from tandem._options import AsyncClientOptions, ClientOptions, Identity

from ._platform import CONVENTIONS, code_exchange, login

PRODUCTION = "https://api.orchestrator.com"
_WAYS = {
    "api_key": ("api_key",),
    "email and password": ("email", "password"),
    "an authorization": ("client_id", "code", "client_secret", "redirect_uri"),
}
_OPTIONAL = frozenset({"client_secret", "redirect_uri"})
_VARIABLES = {name: f"COORDINAITOR_{name.upper()}" for name in ("api_key", "email", "password")}
_NO_WAY = (
    "No credentials. Pass api_key=… or set COORDINAITOR_API_KEY; or pass email=… and password=… or set "
    "COORDINAITOR_EMAIL and COORDINAITOR_PASSWORD; or pass client_id=… and code=… of an authorization."
)


class Access(TypedDict, total=False):
    """What this platform's clients take of their own."""

    base_url: str | None
    api_key: str | None
    email: str | None
    password: str | None
    client_id: str | None
    client_secret: str | None
    code: str | None
    redirect_uri: str | None


class Options(Access, ClientOptions, total=False):
    """All that `OrchestratorClient` takes."""


class AsyncOptions(Access, AsyncClientOptions, total=False):
    """All that `AsyncOrchestratorClient` takes."""


def identify(
    *, base_url: str | None, allow_insecure: bool, environ: Mapping[str, str] = os.environ, **given: str | None
) -> Identity:
    """Raises ConfigurationError, which names all that is missing or wrong at once."""
    url = base_url or environ.get("COORDINAITOR_BASE_URL") or PRODUCTION
    known = {name: value for name, variable in _VARIABLES.items() if (value := environ.get(variable))}
    passed = {name: value for name, value in given.items() if value}
    # What was passed says which way in is meant; the environment only fills in.
    ways = _ways(passed) or _ways(known)
    found = {name: value for way in ways for name in _WAYS[way] if (value := passed.get(name) or known.get(name))}
    remedy = f"Pass base_url=… or set COORDINAITOR_BASE_URL, to something like {PRODUCTION}."
    problems = [refuse_server("server", url, remedy, allow_insecure=allow_insecure), _refuse(ways, found)]
    if any(problems):
        raise CONVENTIONS.errors[ConfigurationError](" ".join(filter(None, problems)))
    url = url.rstrip("/").removesuffix("/api/v1")  # as other platforms have it; here every path begins with it
    if "api_key" in found:
        return Identity(CONVENTIONS, {"api": url}, api_key=Secret(found["api_key"]))
    grant = login(url, **found) if "email" in found else code_exchange(url, **found)
    return Identity(CONVENTIONS, {"api": url}, grant)


def _ways(found: Mapping[str, str]) -> list[str]:
    return [way for way, names in _WAYS.items() if not found.keys().isdisjoint(names)]


def _refuse(ways: list[str], found: Mapping[str, str]) -> str | None:
    """Why nobody comes in this way, or None."""
    if len(ways) > 1:
        return f"There is more than one way in: {', '.join(ways)}. Give the credentials of one."
    if odd := refuse_texts(found):
        return odd
    if "api_key" in found and refuse_header("X-API-Key", found["api_key"]):
        return "The api_key is no key: one is printable ASCII text without spaces around it."
    needed = [name for way in ways for name in _WAYS[way] if name not in _OPTIONAL]
    return refuse_missing(needed, found, _VARIABLES) if ways else _NO_WAY
