"""The key that signs access tokens. It is made when the first token is, and kept with the state."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ._store import Store

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_KIND = "signing_key"
_ID = "current"
_ALGORITHM = "RS256"
_BITS = 2048


class SigningKey:
    """RS256, with PyJWT. Neither it nor the cryptography below it is imported before the first token."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._private: RSAPrivateKey | None = None

    def sign(self, claims: dict[str, Any]) -> str:
        """A token that says this."""
        import jwt

        key = self._key()
        return jwt.encode(claims, key, algorithm=_ALGORITHM, headers={"kid": self._kid(key)})

    def verified(self, token: str) -> dict[str, Any] | None:
        """What a token says, if this key signed it. Whether it is still valid, the platform's clock has to say."""
        import jwt

        unchecked = dict.fromkeys(("verify_exp", "verify_iat", "verify_nbf", "verify_aud", "verify_iss"), False)
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key().public_key(),
                algorithms=[_ALGORITHM],
                options=unchecked,  # type: ignore[arg-type]  # a plain dict of its switches
            )
        except (jwt.PyJWTError, ValueError, TypeError):
            return None
        return claims

    def public(self) -> dict[str, Any]:
        """The public half, as a JSON Web Key (RFC 7517)."""
        from jwt.algorithms import RSAAlgorithm

        key = self._key()
        numbers: dict[str, Any] = json.loads(RSAAlgorithm.to_jwk(key.public_key()))
        return {
            "kty": "RSA",
            "kid": self._kid(key),
            "use": "sig",
            "alg": _ALGORITHM,
            "n": numbers["n"],
            "e": numbers["e"],
        }

    def _key(self) -> RSAPrivateKey:
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        stored = self._store.get(_KIND, _ID, namespace="")
        if self._private is None:
            made = _new_key() if stored is None else load_pem_private_key(stored["pem"].encode(), None)
            self._private = made  # type: ignore[assignment]  # only RSA keys are ever stored
        assert self._private is not None  # noqa: S101  # made above
        if stored is None:
            # Also after a reset: tokens that are about stay good.
            self._store.put(_KIND, _ID, {"pem": _pem(self._private)}, namespace="")
        return self._private

    def _kid(self, key: RSAPrivateKey) -> str:
        return f"key_{key.public_key().public_numbers().n % 2**64:016x}"


def _new_key() -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=_BITS)


def _pem(key: RSAPrivateKey) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
