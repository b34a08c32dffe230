"""Claims: who works on an event, and which events are done. They make of "at least once" an "effectively once"."""

from __future__ import annotations

import contextlib
import inspect
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, cast

import anyio.to_thread

from ._cancellation import Undo, to_the_end

RETENTION = 7 * 24 * 3600.0
"""Seconds for which a handled event is remembered: platforms send for hours, and people send again for days."""


class ClaimState(Enum):
    """What came of the wish to work on an event."""

    CLAIMED = "claimed"
    """It is yours until the claim expires."""
    BUSY = "busy"
    """Somebody else works on it."""
    DONE = "done"
    """It has been handled."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The answer of a store to the wish to work on an event."""

    key: str
    state: ClaimState
    token: str = ""
    """Only who knows the token of the newest claim can complete or release it: a worker that slept through the end of
    its claim cannot undo what its successor does."""
    attempts: int = 0
    """How many claims there were of this event, this one included."""
    payload: bytes | None = None
    """What was kept with the event, to work it off without its delivery."""


class ClaimStore(Protocol):
    """Where claims are kept. Every method is atomic, and may be called from any thread."""

    def claim(self, key: str, ttl: float, payload: bytes | None = None) -> Claim:
        """Claim an event for `ttl` seconds. A payload stays with the event until it is completed."""
        ...

    def renew(self, claim: Claim, ttl: float) -> bool:
        """Hold a claim for another `ttl` seconds from now. False: it is not yours any more."""
        ...

    def complete(self, claim: Claim) -> bool:
        """Note that the event has been handled. False: the claim is not yours any more."""
        ...

    def release(self, claim: Claim) -> bool:
        """Give the event back unhandled. False: the claim is not yours any more."""
        ...

    def unfinished(self, prefix: str = "") -> Iterable[str]:
        """The keys that have a payload, and nobody who works on them."""
        ...


class AsyncClaimStore(Protocol):
    """Where claims are kept, in the other colour. Every method is atomic."""

    async def claim(self, key: str, ttl: float, payload: bytes | None = None) -> Claim:
        """Claim an event for `ttl` seconds. A payload stays with the event until it is completed."""
        ...

    async def renew(self, claim: Claim, ttl: float) -> bool:
        """Hold a claim for another `ttl` seconds from now. False: it is not yours any more."""
        ...

    async def complete(self, claim: Claim) -> bool:
        """Note that the event has been handled. False: the claim is not yours any more."""
        ...

    async def release(self, claim: Claim) -> bool:
        """Give the event back unhandled. False: the claim is not yours any more."""
        ...

    async def unfinished(self, prefix: str = "") -> Iterable[str]:
        """The keys that have a payload, and nobody who works on them."""
        ...


class AwaitedStore:
    """Any store, for a task. A blocking one works in a thread. A cancelled task still learns what it holds, and can
    give it back; one that is cancelled while it claims holds nothing.
    """

    def __init__(self, store: Any) -> None:
        self._store = store
        self._is_async = inspect.iscoroutinefunction(store.claim)
        self._is_quick = bool(getattr(store, "is_quick", False))

    async def claim(self, key: str, ttl: float, payload: bytes | None = None) -> Claim:
        return cast("Claim", await self._call(self._store.claim, key, ttl, payload, undo=self._give_back))

    async def renew(self, claim: Claim, ttl: float) -> bool:
        return bool(await self._call(self._store.renew, claim, ttl))

    async def complete(self, claim: Claim) -> bool:
        return bool(await self._call(self._store.complete, claim))

    async def release(self, claim: Claim) -> bool:
        return bool(await self._call(self._store.release, claim))

    async def unfinished(self, prefix: str = "") -> Iterable[str]:
        return cast("Iterable[str]", await self._call(self._store.unfinished, prefix))

    async def _give_back(self, claim: Claim) -> None:
        if claim.state is ClaimState.CLAIMED:
            with contextlib.suppress(Exception):  # the task was cancelled, and the claim runs out by itself
                await self.release(claim)

    async def _call(self, method: Callable[..., Any], *args: Any, undo: Undo[Any] | None = None) -> Any:
        if self._is_async:
            return await to_the_end(method(*args), undo)
        if self._is_quick:
            return method(*args)
        return await to_the_end(anyio.to_thread.run_sync(method, *args), undo)


def new_token() -> str:
    """A token that nobody had before."""
    return secrets.token_hex(8)
