"""Writes that are sent again: the first answer is given again, and nothing is done twice."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from ._reply import WireReply

if TYPE_CHECKING:
    from ._platform import Platform
    from ._request import Request

KIND = "_idempotency"


class KeyedWrite(NamedTuple):
    """One use of a key. A key belongs to a client and a namespace; the fingerprint tells one request from another."""

    key: str
    record_id: str
    namespace: str
    fingerprint: str

    @classmethod
    def of(cls, request: Request, key: str, client_id: str, namespace: str, body: Any) -> KeyedWrite:
        """The same JSON in another order or spacing is the same request; another path or query is not."""
        content = body.hex() if isinstance(body, bytes) else body
        return cls(
            key=key,
            record_id=_digest([client_id, namespace, key]),
            namespace=namespace,
            fingerprint=_digest([request.method, request.path, sorted(request.query_pairs), content]),
        )


class Turnstile:
    """Lets through one request with a key at a time: who comes second finds the reply that the first one got."""

    def __init__(self) -> None:
        self._inside: dict[str, asyncio.Event] = {}

    @asynccontextmanager
    async def one(self, record_id: str) -> AsyncGenerator[None]:
        """Nobody else with this key is inside of this block."""
        while (ahead := self._inside.get(record_id)) is not None:
            await ahead.wait()
        self._inside[record_id] = left = asyncio.Event()
        try:
            yield
        finally:
            del self._inside[record_id]
            left.set()


def earlier_reply(platform: Platform, write: KeyedWrite) -> WireReply | None:
    """The reply to the first request with this key. Raises the product's Problem when that request was another one."""
    record = platform.store.get(KIND, write.record_id, namespace=write.namespace)
    if record is None:
        return None
    if record["expires_at"] <= platform.clock.now():
        platform.store.delete(KIND, write.record_id, namespace=write.namespace)
        return None
    if record["fingerprint"] != write.fingerprint:
        raise platform.problem_for_reused_key(write.key)
    headers: dict[str, str] = {**record["headers"], platform.replayed_header: "true"}
    return WireReply(record["status"], record["body"].encode("latin-1"), record["media_type"], headers)


def keep_reply(platform: Platform, write: KeyedWrite, reply: WireReply, *, done: bool = False) -> None:
    """Remember a success for as long as its key is valid. A refused write may be corrected and sent again.

    With `done`, the write was done although its reply is no success.
    """
    if not done and not 200 <= reply.status < 300:
        return
    record: dict[str, Any] = {
        "fingerprint": write.fingerprint,
        "expires_at": platform.clock.now() + platform.idempotency_seconds,
        "status": reply.status,
        "media_type": reply.media_type,
        "headers": reply.headers,
        "body": reply.body.decode("latin-1"),  # every byte has a character there
    }
    platform.store.put(KIND, write.record_id, record, namespace=write.namespace)


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
