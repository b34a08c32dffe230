"""Signatures: HMAC-SHA256 over what was sent, written `sha256=` and the digest in hexadecimal."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterable
from hmac import compare_digest
from typing import Literal

from tandem._errors import NO_FAMILY, ConfigurationError, ErrorFamily, InvalidRequestError
from tandem._secrets import Secret

Scheme = Literal["timestamped", "body"]
SCHEMES: tuple[Scheme, ...] = ("timestamped", "body")
PREFIX = "sha256="

_PREFIXED = re.compile(r"sha256=([0-9a-f]{64})")
_BARE = re.compile(r"(?:sha256=)?([0-9a-f]{64})")
_LONGEST = 4096  # of a signature header: a rotation sends two signatures, each one more costs a comparison
_BLOCK = 64  # bytes that SHA-256 works on at a time
_INNER_PAD, _OUTER_PAD = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))


class Key:
    """A secret made ready to sign with. Half of an HMAC is the same for every message: it is worked out once."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, secret: bytes) -> None:
        # RFC 2104: a key that is longer than a block is hashed, and then filled up with zeros.
        block = (hashlib.sha256(secret).digest() if len(secret) > _BLOCK else secret).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(block.translate(_INNER_PAD))
        self._outer = hashlib.sha256(block.translate(_OUTER_PAD))

    def sign(self, body: bytes, timestamp: str | None) -> str:
        """The signature over `timestamp.body`, or over the body alone where there is no timestamp."""
        inner, outer = self._inner.copy(), self._outer.copy()
        if timestamp is not None:
            inner.update(timestamp.encode() + b".")
        inner.update(body)
        outer.update(inner.digest())
        return PREFIX + outer.hexdigest()


def proven(keys: Iterable[Key], given: Iterable[str], body: bytes, timestamp: str | None) -> bool:
    """Whether one of these signatures (in ASCII) was made with one of the keys. Takes as long whichever it is."""
    good = False
    for key in keys:
        due = key.sign(body, timestamp)
        for signature in given:
            good |= compare_digest(signature, due)
    return good


def signatures_in(value: str, scheme: Scheme) -> list[str]:
    """The signatures in a header: several stand between commas.

    A digest without `sha256=` counts only in the body scheme.
    """
    shape = _PREFIXED if scheme == "timestamped" else _BARE
    parts = value[:_LONGEST].lower().split(",")
    return [PREFIX + match[1] for part in parts if (match := shape.fullmatch(part.strip()))]


def key_of(secret: object, errors: ErrorFamily = NO_FAMILY) -> Key:
    """The key that a secret is: made of all its UTF-8 bytes. Raises ConfigurationError on what is no secret."""
    if isinstance(secret, Secret):
        secret = secret.reveal()
    if isinstance(secret, str) and secret:
        try:
            return Key(secret.encode())
        except UnicodeEncodeError:
            raise errors[ConfigurationError]("A webhook secret is text that can be written as UTF-8.") from None
    if isinstance(secret, bytes) and secret:
        return Key(secret)
    raise errors[ConfigurationError]("A webhook secret is text or bytes, and not empty. It was shown when it was made.")


def sign(
    body: bytes,
    secret: str | bytes,
    timestamp: float | str | datetime.datetime | None = None,
    *,
    scheme: Scheme = "timestamped",
    errors: ErrorFamily = NO_FAMILY,
) -> str:
    """The signature header of a body, as the platform would write it."""
    if type(body) is not bytes:
        raise errors[InvalidRequestError](f"What is signed is bytes, not {type(body).__name__}.")
    if scheme not in SCHEMES:
        raise errors[InvalidRequestError](f"scheme is one of: {', '.join(SCHEMES)}.")
    if scheme == "timestamped" and timestamp is None:
        raise errors[InvalidRequestError]("The timestamped scheme signs the timestamp too: pass timestamp=…")
    key = key_of(secret, errors)
    return key.sign(body, stamp_of(timestamp, errors) if scheme == "timestamped" else None)


def stamp_of(moment: object, errors: ErrorFamily = NO_FAMILY) -> str:
    """A moment as the timestamp header has it: whole seconds of Unix time. Text stays as it is."""
    if isinstance(moment, str) and moment.isascii():
        return moment
    try:
        return str(int(moment.timestamp() if isinstance(moment, datetime.datetime) else moment))  # type: ignore[call-overload]  # the except clauses are what checks it
    except (TypeError, ValueError, OverflowError):
        raise errors[InvalidRequestError](
            "A timestamp is a number of seconds, a datetime, or the header's text."
        ) from None
