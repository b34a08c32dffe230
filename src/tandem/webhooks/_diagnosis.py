"""Why a signature does not match, as far as one can tell: people lose hours to the first of these causes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from tandem import _json

from ._signing import Key, proven

_MOST = 16 * 1024  # bytes: a stranger's body is not worth more of our time


def likely_cause(keys: Iterable[Key], given: list[str], body: bytes, timestamp: str | None) -> str:
    """The likely cause and its remedy, as a sentence."""
    if not body:
        return "The body is empty: something read it before. Hand over the raw body of the request."
    if len(body) > _MOST:
        return _UNKNOWN
    if timestamp is not None and proven(keys, given, body, None):
        return 'It covers the body alone: pass scheme="body" if your platform signs like that.'
    if any(proven(keys, given, other, timestamp) for other in _written_anew(body)):
        return (
            "It matches the same JSON written in another way: the body was parsed and written anew before it came "
            "here. Hand over the raw bytes of the request."
        )
    return _UNKNOWN


_UNKNOWN = (
    "Either the secret is another one (of another webhook, or from before a rotation: pass the new and the old one), "
    "or the body was changed before it came here (parsed and written anew by a framework: hand over its raw bytes)."
)


def _written_anew(body: bytes) -> list[bytes]:
    stripped = body.strip()
    found = [] if stripped == body else [stripped]
    with contextlib.suppress(ValueError, TypeError, RecursionError):
        found.append(_json.dumps(_json.loads(body)))
    return found
