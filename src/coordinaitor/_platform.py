"""What the CoordinAItor platform does its own way."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from coordinaitor_api.errors import FAMILY

from tandem import Call, Conventions
from tandem._sessions import SessionGrant

from ._version import __version__

if TYPE_CHECKING:
    from tandem import RequestOptions

CONVENTIONS = Conventions(
    name="coordinaitor",
    user_agent=f"coordinaitor-python/{__version__} python/{platform.python_version()}",
    errors=FAMILY,
    default_host="api",
    api_key_header="X-API-Key",
    keyed_methods=frozenset(),
    logger="coordinaitor",
    log_env="COORDINAITOR_LOG",
    transport_env="COORDINAITOR_TRANSPORT",
    packages=frozenset({"coordinaitor", "coordinaitor_api", "tandem"}),
    rate_limit_window=3600.0,
    refusals=frozenset({429, 503}),
    camel_case=True,
    success_field="success",
    live_remedy="pip install 'interactor[coordinaitor]'",
    meanings={
        "AUTHENTICATION_ERROR": 401,
        "AUTHORIZATION_ERROR": 403,
        "NOT_FOUND": 404,
        "CONFLICT_ERROR": 409,
        "VALIDATION_ERROR": 422,
        "RATE_LIMIT_ERROR": 429,
        "SERVICE_UNAVAILABLE": 503,
    },
)
_CODE_IS_USED_UP = (
    "The session that the authorization code began is over. Send the user to the authorization page again, and make a "
    "client with the new code."
)


def login(server: str, *, email: str, password: str) -> SessionGrant:
    """Address and password. Source: CoordinAItor API, JWT Bearer Token."""

    def begin() -> Call[Any]:
        from coordinaitor_api.resources.auth import LOGIN  # models load with the first call, not with the client

        return Call(replace(LOGIN, repeatable=True), body={"email": email, "password": password})

    def go_on(refresh_token: str) -> Call[Any]:
        from coordinaitor_api.resources.auth import REFRESH

        return Call(REFRESH, body={"refreshToken": refresh_token})

    return SessionGrant(f"{server} {email}", begin, go_on, _log_out)


def code_exchange(
    server: str, *, client_id: str, code: str, client_secret: str = "", redirect_uri: str = ""
) -> SessionGrant:
    """The code of a user's authorization. Source: CoordinAItor API, OAuth 2.0."""

    def ask(grant_type: str, **fields: str | None) -> Call[Any]:
        from coordinaitor_api.resources.auth import OAUTH_TOKEN

        application = {"grant_type": grant_type, "client_id": client_id, "client_secret": client_secret or None}
        # Other endpoints have an envelope, and this one may have it too.
        return Call(replace(OAUTH_TOKEN, result=("data",)), body={**application, **fields})

    def begin() -> Call[Any]:
        return ask("authorization_code", code=code, redirect_uri=redirect_uri or None)

    def go_on(refresh_token: str) -> Call[Any]:
        return ask("refresh_token", refresh_token=refresh_token)

    # A code stands for one user: clients of one application do not share a token.
    key = f"{server} {client_id} {hashlib.sha256(code.encode()).hexdigest()[:32]}"
    return SessionGrant(key, begin, go_on, used_up=_CODE_IS_USED_UP)  # only who logged in can log out


def _log_out(token: str, refresh_token: str) -> Call[Any]:
    from coordinaitor_api.resources.auth import LOGOUT

    # With the session's own token: a client that looked for one now might wait for this very call.
    options: RequestOptions = {"extra_headers": {"Authorization": f"Bearer {token}"}}
    return Call(LOGOUT, body={"refreshToken": refresh_token}, options=options)
