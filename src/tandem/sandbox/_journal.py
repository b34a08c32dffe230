"""What was asked and what was answered: the last thousand requests."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(slots=True, eq=False, repr=False, match_args=False)
class JournalEntry:
    """One request. Secrets are masked in it. `status` is None while it runs, and when no status ever went out.

    `violations` name what broke the document, on either side; `error` where a handler crashed; `cut` that a fault
    dropped the connection; `attempt` how often this idempotency key was seen, counting from 1.
    """

    number: int
    time: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    request_id: str
    operation: str | None = None
    namespace: str = ""
    client_id: str = ""
    idempotency_key: str | None = None
    attempt: int = 1
    replayed: bool = False
    status: int | None = None
    duration_ms: float | None = None
    body: Any = None
    reply: Any = None
    events: int = 0
    violations: list[str] = field(default_factory=list[str])
    fault: dict[str, Any] | None = None
    cut: bool = False
    error: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values."""
        return asdict(self)


class Journal:
    """A bounded list of requests, oldest first. Safe to read from any thread."""

    def __init__(self, size: int = 1000) -> None:
        self._entries: deque[JournalEntry] = deque(maxlen=size)
        self._number = 0
        self._lock = threading.Lock()

    def start(self, entry: JournalEntry) -> JournalEntry:
        """Take in a request that begins."""
        with self._lock:
            self._number += 1
            entry.number = self._number
            self._entries.append(entry)
        return entry

    def entries(
        self, *, operation: str | None = None, status: int | None = None, limit: int | None = None
    ) -> list[JournalEntry]:
        """The requests, oldest first, of one operation or status if you like; `limit` keeps the newest."""
        with self._lock:
            found = list(self._entries)
        if operation is not None:
            found = [entry for entry in found if entry.operation == operation]
        if status is not None:
            found = [entry for entry in found if entry.status == status]
        return found if limit is None else found[max(0, len(found) - limit) :]

    def attempts_of(self, client_id: str, namespace: str, key: str) -> int:
        """How many of the requests in the journal carry this key."""
        with self._lock:
            return sum(
                (entry.client_id, entry.namespace, entry.idempotency_key) == (client_id, namespace, key)
                for entry in self._entries
            )

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._entries.clear()
