"""What the Interactor platform does its own way."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from typing import Any

from interactor_api.errors import FAMILY

from tandem import Call, Conventions, Secret
from tandem._tokens import Granted, granted

from ._version import __version__

CONVENTIONS = Conventions(
    name="interactor",
    user_agent=f"interactor-python/{__version__} python/{sys.version.split()[0]}",
    errors=FAMILY,
    default_host="core",
    namespace_header="X-Namespace",
    namespace_pattern=re.compile(r"[A-Za-z0-9_.:-]{1,128}"),
    logger="interactor",
    log_env="INTERACTOR_LOG",
    transport_env="INTERACTOR_TRANSPORT",
    packages=frozenset({"interactor", "interactor_api", "tandem"}),
    namespace_limits=frozenset({"namespace"}),
    namespace_rule="1 to 128 characters of letters, digits and _ . : -, such as user_123 or org_acme",
)


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

    def read(self, result: Any) -> Granted:
        return granted(result)

    def revoke(self, token: str) -> Call[Any]:
        from interactor_api.resources.oauth import REVOKE

        body = {"token": token, "client_id": self.client_id, "client_secret": self.client_secret.reveal()}
        return Call(REVOKE, body=body)
