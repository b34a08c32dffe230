"""Claims in the memory of one process."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from ._claims import RETENTION, Claim, ClaimState, new_token
from ._forks import lock_for_forks


@dataclass(slots=True)
class _Entry:
    token: str
    until: float
    done: bool = False
    attempts: int = 1
    payload: bytes | None = None


class MemoryStore:
    """Remembers which events are done, in this process only: for development, or where there is one process.

    >>> store = MemoryStore()
    >>> first = store.claim("idem_1", ttl=60)
    >>> first.state, store.claim("idem_1", ttl=60).state
    (<ClaimState.CLAIMED: 'claimed'>, <ClaimState.BUSY: 'busy'>)
    >>> store.complete(first), store.claim("idem_1", ttl=60).state
    (True, <ClaimState.DONE: 'done'>)

    At most `max_entries` events are remembered, for `retention` seconds; the oldest that is done goes first. While
    all of them are in work, further events are refused as busy.
    """

    is_quick = True  # a task may call it without a thread

    def __init__(
        self,
        *,
        max_entries: int = 100_000,
        retention: float = RETENTION,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_entries = max_entries
        self._retention = retention
        self._clock = clock
        self._lock = lock_for_forks()
        self._open: OrderedDict[str, _Entry] = OrderedDict()
        self._done: OrderedDict[str, _Entry] = OrderedDict()

    def claim(self, key: str, ttl: float, payload: bytes | None = None) -> Claim:
        with self._lock:
            now = self._clock()
            self._forget(now)
            if key in self._done:
                return Claim(key, ClaimState.DONE)
            entry = self._open.get(key)
            if entry is None and not self._room():
                return Claim(key, ClaimState.BUSY)
            if entry is None:
                entry = self._open[key] = _Entry("", now, attempts=0)
            elif entry.until > now:
                return Claim(key, ClaimState.BUSY)
            entry.token, entry.until, entry.attempts = new_token(), now + ttl, entry.attempts + 1
            entry.payload = payload if payload is not None else entry.payload
            return Claim(key, ClaimState.CLAIMED, entry.token, entry.attempts, entry.payload)

    def renew(self, claim: Claim, ttl: float) -> bool:
        with self._lock:
            entry = self._held(claim)
            if entry is not None:
                entry.until = self._clock() + ttl
            return entry is not None

    def complete(self, claim: Claim) -> bool:
        with self._lock:
            entry = self._held(claim)
            if entry is None:
                return False
            del self._open[claim.key]
            entry.until, entry.done, entry.payload = self._clock() + self._retention, True, None
            self._done[claim.key] = entry
            return True

    def release(self, claim: Claim) -> bool:
        with self._lock:
            entry = self._held(claim)
            if entry is None:
                return False
            entry.token, entry.until = "", self._clock()
            if entry.payload is None:
                del self._open[claim.key]
            return True

    def unfinished(self, prefix: str = "") -> list[str]:
        with self._lock:
            now = self._clock()
            return [
                key
                for key, entry in self._open.items()
                if entry.payload is not None and entry.until <= now and key.startswith(prefix)
            ]

    def _held(self, claim: Claim) -> _Entry | None:
        entry = self._open.get(claim.key)
        return entry if entry is not None and claim.token and entry.token == claim.token else None

    def _forget(self, now: float) -> None:
        # All are kept for the same time, so the oldest come first.
        while self._done and next(iter(self._done.values())).until <= now:
            self._done.popitem(last=False)

    def _room(self) -> bool:
        while self._done and len(self) >= self._max_entries:
            self._done.popitem(last=False)
        return len(self) < self._max_entries

    def __len__(self) -> int:
        return len(self._open) + len(self._done)

    def __repr__(self) -> str:
        return f"<MemoryStore of {len(self)} events>"
