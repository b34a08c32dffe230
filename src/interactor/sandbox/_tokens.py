"""Access tokens: issued, refreshed, revoked, and read again with every request."""

from __future__ import annotations

from typing import Any, Protocol, cast

from tandem.sandbox import Context, Problem, Registry, Request
from tandem.sandbox import TokenDesk as AnyTokenDesk
from tandem.sandbox import bearer as bearer_in_header

from ._clients import RegisteredClient, client_of, proven
from ._errors import code_for, refused

registry = Registry()
LIFETIME = 3600
REFRESH_LIFETIME = 30 * 24 * 3600


class TokenDesk(AnyTokenDesk):
    """Writes and reads the platform's tokens."""

    def access_token(self, client: RegisteredClient, scopes: tuple[str, ...], grant: str, issuer: str) -> str:
        """A new access token. Revoking its grant revokes it too."""
        claims: dict[str, Any] = {
            "iss": issuer,
            "sub": client.client_id,
            "client_id": client.client_id,
            "scope": " ".join(scopes),
            "grant": grant,
        }
        if client.namespaces is not None:
            claims["namespaces"] = list(client.namespaces)
        return self.sign(claims, LIFETIME)

    def refresh_token(self, client: RegisteredClient, scopes: tuple[str, ...], grant: str) -> str:
        """A new refresh token of a grant."""
        kept = {"client_id": client.client_id, "scopes": list(scopes), "grant": grant}
        return self.refreshing(kept, REFRESH_LIFETIME)

    def revoke(self, token: str, client: RegisteredClient) -> None:
        """Make a token of this client useless; any other text is of no use already."""
        kept = self.kept(token)
        if kept is not None:
            if kept["client_id"] == client.client_id:
                self.forget(token)
                self.end(kept["grant"])
            return
        claims = self.key.verified(token)
        if claims is not None and claims["client_id"] == client.client_id:
            self.end(claims["jti"])


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
    in_url = request.operation is not None and request.operation.stream
    return bearer_in_header(request) or (request.query.get("token", "") if in_url else "")


def _refreshed(ctx: Context, client: RegisteredClient | None) -> dict[str, Any]:
    given = ctx.body.get("refresh_token", "")
    # A public client has no secret to send; one that is sent has to be right.
    if client is None or ("client_secret" in ctx.body and not proven(client, ctx.body["client_secret"])):
        raise _wrong_client()
    kept = _desk(ctx).kept(given)
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
