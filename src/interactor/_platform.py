"""What the Interactor platform does its own way."""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass, replace
from typing import Any

from interactor_api.errors import FAMILY

from tandem import Call, Conventions, Secret

from ._version import __version__

CONVENTIONS = Conventions(
    name="interactor",
    user_agent=f"interactor-python/{__version__} python/{platform.python_version()}",
    errors=FAMILY,
    default_host="core",
    namespace_header="X-Namespace",
    namespace_pattern=re.compile(r"[A-Za-z0-9_.:-]{1,128}"),
    logger="interactor",
    log_env="INTERACTOR_LOG",
    packages=frozenset({"interactor", "interactor_api", "tandem"}),
    namespace_limits=frozenset({"namespace"}),
    namespace_rule="1 to 128 characters of letters, digits and _ . : -, such as user_123 or org_acme",
)

# A token reply that does not say how long the token lives: ask again soon rather than be refused.
_LIFETIME_UNKNOWN = 300.0


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """The OAuth client credentials grant. Source: Interactor SDK guide, Authentication Scopes."""

    client_id: str
    client_secret: Secret
    scopes: tuple[str, ...]
    server: str

    @property
    def key(self) -> str:
        return f"{self.server} {self.client_id} {' '.join(sorted(self.scopes))}".rstrip()

    def fetch(self) -> Call[Any]:
        from interactor_api.resources.oauth import TOKEN  # models load with the first call, not with the client

        body = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret.reveal(),
            "scope": " ".join(self.scopes) or None,
        }
        return Call(replace(TOKEN, repeatable=True), body=body)

    def read(self, result: Any) -> tuple[str, float]:
        value, lifetime = getattr(result, "access_token", None), getattr(result, "expires_in", None)
        if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable():
            raise ValueError("it has no access_token")
        known = isinstance(lifetime, int | float) and not isinstance(lifetime, bool) and 0 < lifetime < 10**9
        return value, float(lifetime) if known else _LIFETIME_UNKNOWN  # type: ignore[arg-type]  # known says that it is a number

    def revoke(self, token: str) -> Call[Any]:
        from interactor_api.resources.oauth import REVOKE

        body = {"token": token, "client_id": self.client_id, "client_secret": self.client_secret.reveal()}
        return Call(REVOKE, body=body)
