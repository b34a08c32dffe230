"""The applications that may ask for tokens."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tandem.sandbox import Platform

KIND = "client"
DEFAULT_CLIENT = "sandbox_client"
_NOWHERE = ""  # clients belong to no namespace


@dataclass(frozen=True, slots=True)
class ClientIdentity:
    """What an application proves itself with."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RegisteredClient:
    """An application as the platform knows it. `namespaces` None: it may act for any."""

    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...]
    namespaces: tuple[str, ...] | None

    def may_use(self, namespace: str) -> bool:
        """Whether it may act for a namespace."""
        return self.namespaces is None or namespace in self.namespaces

    def granted(self, requested: str | None) -> tuple[str, ...]:
        """The scopes it gets when it asks for these, separated by spaces; all of its own when it names none."""
        asked = (requested or "").split()
        return tuple(scope for scope in self.scopes if not asked or scope in asked)


def register(
    platform: Platform,
    client_id: str,
    *,
    secret: str | None = None,
    scopes: Iterable[str] | None = None,
    namespaces: Iterable[str] | None = None,
) -> ClientIdentity:
    """Make a client, or replace the one of that name. Without scopes, or with `admin`, it gets them all."""
    known = all_scopes(platform)
    wanted = known if scopes is None else list(scopes)
    if unknown := [scope for scope in wanted if scope not in known]:
        raise ValueError(f"There is no scope {unknown[0]!r}; there are {', '.join(known)}.")
    client_secret = secret or platform.ids.new("sandbox_secret", 32)
    client: dict[str, Any] = {
        "scopes": known if "admin" in wanted else wanted,
        "namespaces": None if namespaces is None else list(namespaces),
        "client_secret": client_secret,
    }
    platform.store.put(KIND, client_id, client, namespace=_NOWHERE)
    return ClientIdentity(client_id, client_secret)


def client_of(platform: Platform, client_id: str) -> RegisteredClient | None:
    """The client of that name."""
    found = platform.store.get(KIND, client_id, namespace=_NOWHERE)
    if found is None:
        return None
    namespaces = found["namespaces"]
    return RegisteredClient(
        client_id,
        found["client_secret"],
        tuple(found["scopes"]),
        None if namespaces is None else tuple(namespaces),
    )


def proven(client: RegisteredClient | None, secret: str) -> bool:
    """Whether this is the client's secret."""
    return client is not None and hmac.compare_digest(client.client_secret.encode(), secret.encode())


def all_scopes(platform: Platform) -> list[str]:
    """Every scope that the document knows."""
    schemes = platform.api.document.get("components", {}).get("securitySchemes", {})
    flows = schemes.get("clientCredentials", {}).get("flows", {})
    return list(flows.get("clientCredentials", {}).get("scopes", {}))
