"""`client.oauth`, and what it can do beyond its endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from interactor_api.resources import oauth as generated

if TYPE_CHECKING:
    from interactor_api.models import TokenTypeHint

    from interactor._platform import ClientCredentials
    from tandem import AsyncClient, Client, Empty, RequestOptions


class Oauth(generated.Oauth):
    """`client.oauth`: Access tokens for your application, and the consent flow that connects a user's account."""

    def revoke(
        self,
        *,
        token: str,
        token_type_hint: TokenTypeHint | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        options: RequestOptions | None = None,
    ) -> Empty:
        """Revoke a token.

        Makes an access token or a refresh token useless at once (RFC 7009). A token that is unknown, expired or revoked
        already counts as success. `client_id` and `client_secret` are those of the application that got the token: this
        client's own where you give neither. For the client's own token there is `client.auth.revoke()`.

        Example:
            client.oauth.revoke(token="eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl")

        Source: POST /oauth/revoke
        """
        own = identity(self._client, client_id, client_secret)
        return super().revoke(token=token, token_type_hint=token_type_hint, options=options, **own)


class AsyncOauth(generated.AsyncOauth):
    """`client.oauth`: Access tokens for your application, and the consent flow that connects a user's account."""

    async def revoke(
        self,
        *,
        token: str,
        token_type_hint: TokenTypeHint | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        options: RequestOptions | None = None,
    ) -> Empty:
        """Revoke a token.

        Makes an access token or a refresh token useless at once (RFC 7009). A token that is unknown, expired or revoked
        already counts as success. `client_id` and `client_secret` are those of the application that got the token: this
        client's own where you give neither. For the client's own token there is `client.auth.revoke()`.

        Example:
            await client.oauth.revoke(token="eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl")

        Source: POST /oauth/revoke
        """
        own = identity(self._client, client_id, client_secret)
        return await super().revoke(token=token, token_type_hint=token_type_hint, options=options, **own)


def identity(client: Client | AsyncClient, client_id: str | None, client_secret: str | None) -> dict[str, Any]:
    """Who revokes: as given, or this client."""
    if client_id is not None or client_secret is not None:
        return {"client_id": client_id, "client_secret": client_secret}
    grant = cast("ClientCredentials", client.grant)
    return {"client_id": grant.client_id, "client_secret": grant.client_secret.reveal()}
