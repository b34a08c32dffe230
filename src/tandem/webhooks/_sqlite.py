"""Claims in a SQLite file, for several processes on one machine."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from ._claims import RETENTION, Claim, ClaimState, new_token
from ._forks import lock_for_forks

_SCHEMA = """
CREATE TABLE IF NOT EXISTS claims (
    key TEXT PRIMARY KEY, token TEXT NOT NULL, until REAL NOT NULL, done INTEGER NOT NULL, attempts INTEGER NOT NULL,
    payload BLOB, kept_until REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS kept ON claims (kept_until);
CREATE INDEX IF NOT EXISTS unfinished ON claims (until) WHERE payload IS NOT NULL;
"""
_CLEANING = 60.0  # seconds between two cleanings
_abandoned: list[sqlite3.Connection] = []
"""Connections of a parent process. Closing one after a fork would take away the parent's locks."""


class SqliteStore:
    """Remembers which events are done in a file that several processes of one machine share.

    >>> with SqliteStore(":memory:") as store:
    ...     claim = store.claim("idem_1", ttl=60)
    ...     store.complete(claim), store.claim("idem_1", ttl=60).state
    (True, <ClaimState.DONE: 'done'>)

    `retention` is for how many seconds an event is remembered. `durable=False` is several times faster, and may forget
    the last moments when the machine, not only the process, fails. Keep the file on a local disk: SQLite's locks do not
    work on network file systems. Works after a fork, and from many threads.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        retention: float = RETENTION,
        durable: bool = True,
        timeout: float = 30.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = os.fspath(path)
        self._retention = retention
        self._durable = durable
        self._timeout = timeout
        self._clock = clock
        self._lock = lock_for_forks()
        self._connection: sqlite3.Connection | None = None
        self._process = 0
        self._clean_at = 0.0

    def claim(self, key: str, ttl: float, payload: bytes | None = None) -> Claim:
        with self._transaction() as sql:
            now = self._clock()
            self._clean(sql, now)
            row = sql.execute("SELECT until, done, attempts, payload FROM claims WHERE key = ?", (key,)).fetchone()
            until, done, attempts, kept = row or (now, False, 0, None)
            if done:
                return Claim(key, ClaimState.DONE)
            if until > now:
                return Claim(key, ClaimState.BUSY)
            token, payload = new_token(), payload if payload is not None else kept
            values = (key, token, now + ttl, attempts + 1, payload, now + max(ttl, self._retention))
            sql.execute("INSERT OR REPLACE INTO claims VALUES (?, ?, ?, 0, ?, ?, ?)", values)
            return Claim(key, ClaimState.CLAIMED, token, attempts + 1, payload)

    def renew(self, claim: Claim, ttl: float) -> bool:
        return self._change(claim, "until = ?", self._clock() + ttl)

    def complete(self, claim: Claim) -> bool:
        kept_until = self._clock() + self._retention
        return self._change(claim, "done = 1, token = '', payload = NULL, kept_until = ?", kept_until)

    def release(self, claim: Claim) -> bool:
        with self._transaction() as sql:
            mine = (claim.key, claim.token)
            gone = sql.execute("DELETE FROM claims WHERE key = ? AND token = ? AND payload IS NULL", mine).rowcount
            kept = sql.execute("UPDATE claims SET until = 0, token = '' WHERE key = ? AND token = ?", mine).rowcount
            return bool(claim.token) and gone + kept > 0

    def unfinished(self, prefix: str = "") -> list[str]:
        with self._transaction() as sql:
            query = "SELECT key FROM claims WHERE payload IS NOT NULL AND until <= ? AND substr(key, 1, ?) = ?"
            return [key for (key,) in sql.execute(query, (self._clock(), len(prefix), prefix))]

    def close(self) -> None:
        """Let go of the file. The store can be used again: it opens the file anew."""
        with self._lock:
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            self._connection = None

    def _change(self, claim: Claim, change: str, value: float) -> bool:
        if not claim.token:
            return False
        with self._transaction() as sql:
            statement = f"UPDATE claims SET {change} WHERE key = ? AND token = ?"  # noqa: S608  # the change is one of three above
            return sql.execute(statement, (value, claim.key, claim.token)).rowcount > 0

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection, None, None]:
        with self._lock:
            sql = self._opened()
            # IMMEDIATE: to read first and then find another writer would fail at once, without the wait of `timeout`.
            sql.execute("BEGIN IMMEDIATE")
            try:
                yield sql
                sql.execute("COMMIT")
            except BaseException:  # cancellation too: what was opened is closed, then it goes on
                if sql.in_transaction:  # a full disk ends it by itself
                    sql.execute("ROLLBACK")
                raise

    def _opened(self) -> sqlite3.Connection:
        if self._connection is not None and self._process == os.getpid():
            return self._connection
        if self._connection is not None:
            _abandoned.append(self._connection)
        sql = sqlite3.connect(self._path, timeout=self._timeout, isolation_level=None, check_same_thread=False)
        try:
            sql.execute("PRAGMA journal_mode = WAL")
            sql.execute(f"PRAGMA synchronous = {'FULL' if self._durable else 'NORMAL'}")
            sql.executescript(_SCHEMA)
        except BaseException:  # cancellation too: what was opened is closed, then it goes on
            sql.close()
            raise
        self._connection, self._process = sql, os.getpid()
        return sql

    def _clean(self, sql: sqlite3.Connection, now: float) -> None:
        if now >= self._clean_at:
            self._clean_at = now + _CLEANING
            sql.execute("DELETE FROM claims WHERE kept_until <= ?", (now,))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<SqliteStore {self._path}>"
