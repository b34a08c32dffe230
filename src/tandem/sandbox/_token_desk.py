"""Bearer tokens: signed, read again with every request, and over when what they were given for is over."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from ._clock import Clock
from ._ids import Ids
from ._keys import SigningKey
from ._request import Request
from ._store import Store

_REVOKED = "revoked_token"
_REFRESH = "refresh_token"
_REMEMBERED = 1000  # tokens whose signature need not be checked again


class TokenDesk:
    """Writes and reads a platform's tokens. A product says what stands in them.

    A token belongs to a grant, which its claim `grant` names: ending the grant ends all of its tokens. Refresh tokens
    are kept as digests, together with whatever the product wants to know of them.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self.key = SigningKey(store)
        self._read: dict[str, dict[str, Any]] = {}

    def sign(self, claims: Mapping[str, Any], lifetime: float) -> str:
        """A new access token that says this, and is good for `lifetime` seconds of the platform's time."""
        now = int(self._clock.now())
        return self.key.sign({**claims, "iat": now, "exp": now + lifetime, "jti": self._ids.new("tok")})

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
        if any(self.is_over(claims[name]) for name in ("jti", "grant")):
            raise ValueError("The token has been revoked")
        return claims

    def refreshing(self, kept: Mapping[str, Any], lifetime: float) -> str:
        """A new refresh token, with what is to be known when it comes back."""
        token = self._ids.new("rt", 40)
        self.keep(token, {**kept, "expires_at": self._clock.now() + lifetime})
        return token

    def kept(self, token: str) -> dict[str, Any] | None:
        """What is known of a refresh token that is not too old."""
        kept = self._store.get(_REFRESH, _digest(token), namespace="")
        return kept if kept is not None and kept["expires_at"] > self._clock.now() else None

    def keep(self, token: str, kept: Mapping[str, Any]) -> None:
        """Know this of a refresh token from now on."""
        self._store.put(_REFRESH, _digest(token), kept, namespace="")

    def forget(self, token: str) -> None:
        """This refresh token is of no use any more."""
        self._store.delete(_REFRESH, _digest(token), namespace="")

    def is_over(self, name: str) -> bool:
        """Whether this grant, or the one token with this id, was ended."""
        return self._store.get(_REVOKED, name, namespace="") is not None

    def end(self, name: str) -> None:
        """All tokens of this grant, or the one token with this id, are over."""
        self._store.put(_REVOKED, name, {}, namespace="")


def bearer(request: Request) -> str:
    """The bearer token in a request's header; "" for none."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def _digest(token: str) -> str:
    # Not the token itself: what is written to a file is no use to whoever reads the file.
    return hashlib.sha256(token.encode()).hexdigest()
