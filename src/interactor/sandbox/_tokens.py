"""Access tokens: issued, refreshed, revoked, and read again with every request."""

from __future__ import annotations

import hashlib
from typing import Any, Protocol, cast

from tandem.sandbox import Clock, Context, Ids, Problem, Registry, Request, Store

from ._clients import RegisteredClient, client_of, proven
from ._errors import code_for, refused
from ._keys import SigningKey

registry = Registry()
LIFETIME = 3600
REFRESH_LIFETIME = 30 * 24 * 3600
_REVOKED = "revoked_token"
_REFRESH = "refresh_token"
_REMEMBERED = 1000  # tokens whose signature need not be checked again


class TokenDesk:
    """Writes and reads the platform's tokens."""

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self.key = SigningKey(store)
        self._read: dict[str, dict[str, Any]] = {}

    def access_token(self, client: RegisteredClient, scopes: tuple[str, ...], grant: str, issuer: str) -> str:
        """A new access token. Revoking its grant revokes it too."""
        now = int(self._clock.now())
        claims: dict[str, Any] = {
            "iss": issuer,
            "sub": client.client_id,
            "client_id": client.client_id,
            "scope": " ".join(scopes),
            "iat": now,
            "exp": now + LIFETIME,
            "jti": self._ids.new("tok"),
            "grant": grant,
        }
        if client.namespaces is not None:
            claims["namespaces"] = list(client.namespaces)
        return self.key.sign(claims)

    def claims(self, token: str) -> dict[str, Any]:
        """What a valid token says. Raises ValueError, with the reason, for any other."""
        claims = self._read.get(token)
        if claims is None:
            claims = self.key.verified(token)
            if claims is None:
                raise ValueError("The token is not one of this platform")
            if len(self._read) >= _REMEMBERED:
                self._read.clear()
            self._read[token] = claims
        if claims["exp"] <= self._clock.now():
            raise ValueError("The token has expired")
        if any(self._store.get(_REVOKED, claims[name], namespace="") is not None for name in ("jti", "grant")):
            raise ValueError("The token has been revoked")
        return claims

    def refresh_token(self, client: RegisteredClient, scopes: tuple[str, ...], grant: str) -> str:
        """A new refresh token of a grant."""
        token = self._ids.new("rt", 40)
        kept: dict[str, Any] = {
            "client_id": client.client_id,
            "scopes": list(scopes),
            "grant": grant,
            "expires_at": self._clock.now() + REFRESH_LIFETIME,
        }
        self._store.put(_REFRESH, _digest(token), kept, namespace="")
        return token

    def refreshable(self, token: str) -> dict[str, Any] | None:
        """What is known of a refresh token that may still be used."""
        kept = self._store.get(_REFRESH, _digest(token), namespace="")
        return kept if kept is not None and kept["expires_at"] > self._clock.now() else None

    def revoke(self, token: str, client: RegisteredClient) -> None:
        """Make a token of this client useless; any other text is of no use already."""
        kept = self._store.get(_REFRESH, _digest(token), namespace="")
        if kept is not None:
            if kept["client_id"] == client.client_id:
                self._store.delete(_REFRESH, _digest(token), namespace="")
                self._store.put(_REVOKED, kept["grant"], {}, namespace="")
            return
        claims = self.key.verified(token)
        if claims is not None and claims["client_id"] == client.client_id:
            self._store.put(_REVOKED, claims["jti"], {}, namespace="")


class Issuing(Protocol):
    """A platform with tokens."""

    tokens: TokenDesk


@registry.handles("oauth.token")
def token(ctx: Context) -> dict[str, Any]:
    client = client_of(ctx.platform, ctx.body["client_id"])
    if ctx.body["grant_type"] == "refresh_token":
        return _refreshed(ctx, client)
    if client is None or not proven(client, ctx.body.get("client_secret", "")):
        raise _wrong_client()
    scopes = client.granted(ctx.body.get("scope"))
    if not scopes:
        raise refused("invalid_scope", f"The client may have none of the scopes {ctx.body.get('scope')}")
    grant = ctx.ids.new("grant")
    return _reply(ctx, client, scopes, grant, _desk(ctx).refresh_token(client, scopes, grant))


@registry.handles("oauth.revoke")
def revoke(ctx: Context) -> None:
    client = client_of(ctx.platform, ctx.body.get("client_id", ""))
    if client is None or not proven(client, ctx.body.get("client_secret", "")):
        raise _wrong_client()
    _desk(ctx).revoke(ctx.body["token"], client)


@registry.handles("oauth.jwks")
def jwks(ctx: Context) -> dict[str, Any]:
    return {"keys": [_desk(ctx).key.public()]}


def bearer(request: Request) -> str:
    """The token of a request: from its header, or from its URL where the document allows that; "" for none."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return value.strip()
    in_url = request.operation is not None and request.operation.stream
    return request.query.get("token", "") if in_url else ""


def _refreshed(ctx: Context, client: RegisteredClient | None) -> dict[str, Any]:
    given = ctx.body.get("refresh_token", "")
    # A public client has no secret to send; one that is sent has to be right.
    if client is None or ("client_secret" in ctx.body and not proven(client, ctx.body["client_secret"])):
        raise _wrong_client()
    kept = _desk(ctx).refreshable(given)
    if kept is None or kept["client_id"] != client.client_id:
        raise refused("invalid_grant", "The refresh token is unknown or has expired")
    asked = set(ctx.body.get("scope", "").split())
    scopes = tuple(scope for scope in kept["scopes"] if not asked or scope in asked)
    if not scopes:
        raise refused("invalid_scope", "The refresh token does not stand for these scopes")
    return _reply(ctx, client, scopes, kept["grant"], given)


def _reply(
    ctx: Context, client: RegisteredClient, scopes: tuple[str, ...], grant: str, refresh_token: str
) -> dict[str, Any]:
    issuer = f"{ctx.base_url}{ctx.platform.base_path('account')}"
    return {
        "access_token": _desk(ctx).access_token(client, scopes, grant, issuer),
        "token_type": "Bearer",
        "expires_in": LIFETIME,
        "refresh_token": refresh_token,
        "scope": " ".join(scopes),
    }


def _wrong_client() -> Problem:
    return Problem(401, code_for(401), "The client id or the client secret is wrong")


def _desk(ctx: Context) -> TokenDesk:
    return cast("Issuing", ctx.platform).tokens


def _digest(token: str) -> str:
    # Not the token itself: what is written to a file is no use to whoever reads the file.
    return hashlib.sha256(token.encode()).hexdigest()
