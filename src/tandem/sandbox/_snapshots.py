"""The whole state under a name, to go back to."""

from __future__ import annotations

import sqlite3
from typing import Any, NamedTuple

from ._clock import Clock
from ._errors import UnknownSnapshotError
from ._store import Store

CLOCK_FACT = "clock_offset"


class _Snapshot(NamedTuple):
    taken_at: float
    copy: sqlite3.Connection


class Snapshots:
    """Copies of the store, kept in memory until the platform closes. The clock's offset is part of a copy."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._kept: dict[str, _Snapshot] = {}

    def take(self, name: str) -> None:
        """Keep the state of this moment, in the place of an older snapshot of that name."""
        earlier = self._kept.pop(name, None)
        if earlier is not None:
            earlier.copy.close()
        self._kept[name] = _Snapshot(self._clock.now(), self._store.copy_out())

    def restore(self, name: str) -> None:
        """Go back to a snapshot, as often as you like. Raises UnknownSnapshotError."""
        kept = self._kept.get(name)
        if kept is None:
            known = ", ".join(sorted(self._kept)) or "none"
            raise UnknownSnapshotError(f"There is no snapshot named {name!r}; there are: {known}.")
        self._store.copy_in(kept.copy)
        self._clock.set_offset(float(self._store.fact(CLOCK_FACT) or 0.0))

    def describe(self) -> list[dict[str, Any]]:
        """Every snapshot's name and the platform's time when it was taken."""
        return [{"name": name, "taken_at": self._clock.iso(kept.taken_at)} for name, kept in self._kept.items()]

    def close(self) -> None:
        """Let go of all copies."""
        for kept in self._kept.values():
            kept.copy.close()
        self._kept.clear()
