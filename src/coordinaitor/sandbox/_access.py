"""Who is calling, by which of the three ways in, and what that way may do. Source: CoordinAItor API, Authentication."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from tandem.sandbox import Context, Place, Principal, Problem, Request, Scene, bearer

from ._accounts import permissions_of, user_of
from ._problems import forbidden, unauthenticated

if TYPE_CHECKING:
    from ._platform import CoordinaitorPlatform

Way = Literal["bearer", "apiKey", "oauth"]
"""The ways in, as the document calls its security schemes."""
API_KEY_HEADER = "X-API-Key"
API_KEY = "api_key"
_BAD_TOKEN = "The access token is invalid or has expired"  # noqa: S105  # what is said of one


def identify(platform: CoordinaitorPlatform, request: Request) -> Principal:
    """The caller. Raises the 401 of a request whose sender nobody knows."""
    token, key = bearer(request), request.headers.get(API_KEY_HEADER, "")
    if token:
        return _of_token(platform, token)
    if key:
        return _of_key(platform, key)
    raise unauthenticated(f"Send an access token as Authorization: Bearer …, or an API key as {API_KEY_HEADER}")


def refuse_way(principal: Principal, schemes: frozenset[str]) -> Problem | None:
    """Why this way in does not lead to the operation, or None when it does."""
    if principal.extra["way"] in schemes:
        return None
    return forbidden("This takes a session: log in with address and password")


def caller(ctx: Context) -> str:
    """Id of the user who is calling; of an API key, the one who made it."""
    return str(ctx.principal.extra["user"])


def digest(secret: str) -> str:
    """What is kept of a secret: of no use to whoever reads the file that it is kept in."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _of_token(platform: CoordinaitorPlatform, token: str) -> Principal:
    try:
        claims = platform.tokens.claims(token)
    except ValueError:
        raise unauthenticated(_BAD_TOKEN) from None
    user = user_of(Scene(platform, ""), claims["sub"])
    if user is None:
        raise unauthenticated(_BAD_TOKEN)
    allowed = permissions_of(user["role"], platform.permissions)
    if "scope" not in claims:
        return _principal(user, user["id"], allowed, "bearer", grant=claims["grant"])
    granted = allowed & frozenset(claims["scope"].split())
    return _principal(user, f"{claims['client_id']} for {user['id']}", granted, "oauth", grant=claims["grant"])


def _of_key(platform: CoordinaitorPlatform, key: str) -> Principal:
    place = Scene(platform, "")
    kept = key_of(place, key)
    user = user_of(place, kept["userId"]) if kept else None
    if kept is None or user is None or (kept["expiresAt"] or float("inf")) <= platform.clock.now():
        raise unauthenticated("The API key is unknown, was revoked, or has expired")
    # What its maker may not do any more, the key may not do either.
    allowed = permissions_of(user["role"], platform.permissions)
    granted = frozenset(kept["permissions"]) if "admin" in allowed else allowed & frozenset(kept["permissions"])
    return _principal(user, kept["id"], granted, "apiKey", limit=kept["limit"])


def key_of(place: Place, key: str) -> dict[str, Any] | None:
    """What is kept of an API key."""
    return place.store.query(API_KEY, namespace=place.namespace, where={"digest": digest(key)}).first()


def _principal(
    user: Mapping[str, Any], client_id: str, permissions: frozenset[str], way: Way, **extra: Any
) -> Principal:
    return Principal(client_id, permissions, {"user": user["id"], "plan": user["plan"], "way": way, **extra})
