"""State: JSON documents in SQLite, in memory or in a file that survives a killed process."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ._documents import Selection, decoded, encoded, selection
from ._errors import SandboxError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL, namespace TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS by_id ON documents (kind, id, namespace);
CREATE INDEX IF NOT EXISTS by_order ON documents (kind, namespace, seq);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS contents (name TEXT PRIMARY KEY, content BLOB NOT NULL);
"""


# Names of their own, because inside the class `list` is the method.
Documents = list[dict[str, Any]]
Rows = list[tuple[Any, ...]]


class Store:
    """Documents by kind, namespace and id, in the order in which they were first put.

    `namespace` has to be said every time, so that no handler forgets it: a name, "" for what belongs to none, or
    None for "whichever" when reading. Values are copies. Safe to use from any thread.

    Raises SandboxError for a `path` that cannot be used.

    >>> store = Store()
    >>> _ = store.put("book", "b1", {"title": "Emma"}, namespace="acme")
    >>> store.get("book", "b1", namespace="other") is None
    True
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self._connection = _opened(path)
        self._lock = threading.RLock()
        self._depth = 0
        self._afterwards: list[Callable[[], None]] = []

    # -- documents

    def put(self, kind: str, id: str, body: Mapping[str, Any], *, namespace: str) -> dict[str, Any]:
        """Write a document, new or in the place of an older one. Returns what is stored."""
        text = encoded(body)
        self._write(
            "INSERT INTO documents (kind, namespace, id, body) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (kind, id, namespace) DO UPDATE SET body = excluded.body",
            (kind, namespace, id, text),
        )
        return decoded(text)

    def update(self, kind: str, id: str, changes: Mapping[str, Any], *, namespace: str | None) -> dict[str, Any] | None:
        """Set some top-level fields of a document. None when there is no such document."""
        with self.transaction():
            body = self.get(kind, id, namespace=namespace)
            if body is None:
                return None
            body.update(changes)
            chosen = selection(kind, namespace, None).and_("id = ?", id)
            self._write(chosen.statement("UPDATE documents SET body = ?"), (encoded(body), *chosen.values))
            return body

    def get(self, kind: str, id: str, *, namespace: str | None) -> dict[str, Any] | None:
        """A document, or None."""
        chosen = selection(kind, namespace, None).and_("id = ?", id)
        rows = self._read(chosen.statement("SELECT body FROM documents", "LIMIT 1"), chosen.values)
        return decoded(rows[0][0]) if rows else None

    def delete(self, kind: str, id: str, *, namespace: str | None) -> bool:
        """Remove a document. False when there was none."""
        chosen = selection(kind, namespace, None).and_("id = ?", id)
        return self._write(chosen.statement("DELETE FROM documents"), chosen.values) > 0

    def delete_where(self, kind: str, *, namespace: str | None, where: Mapping[str, Any] | None = None) -> int:
        """Remove every document that `query` would find. Returns how many."""
        chosen = selection(kind, namespace, where)
        return self._write(chosen.statement("DELETE FROM documents"), chosen.values)

    def query(
        self, kind: str, *, namespace: str | None, where: Mapping[str, Any] | None = None, newest_first: bool = False
    ) -> Query:
        """The documents of a kind, read when they are asked for: the thing to hand to `ctx.page`.

        `where` compares fields ("status", "owner.id"); a list means any of its values.
        """
        return Query(self._read, selection(kind, namespace, where), newest_first)

    def list(
        self, kind: str, *, namespace: str | None, where: Mapping[str, Any] | None = None, newest_first: bool = False
    ) -> Documents:
        """All of them at once, oldest first unless told otherwise."""
        return self.query(kind, namespace=namespace, where=where, newest_first=newest_first).all()

    def count(self, kind: str, *, namespace: str | None, where: Mapping[str, Any] | None = None) -> int:
        """How many there are."""
        return self.query(kind, namespace=namespace, where=where).count()

    def clear(self, namespace: str | None = None) -> None:
        """Forget all documents, or all of one namespace."""
        if namespace is None:
            self._write("DELETE FROM documents", ())
            self._write("DELETE FROM contents", ())
        else:
            self._write("DELETE FROM documents WHERE namespace = ?", (namespace,))

    # -- the bytes of files

    def put_content(self, name: str, content: bytes) -> None:
        """Keep bytes under a name, in the place of those that were there."""
        self._write(
            "INSERT INTO contents VALUES (?, ?) ON CONFLICT DO UPDATE SET content = excluded.content", (name, content)
        )

    def content(self, name: str) -> bytes | None:
        """The bytes of that name, or None."""
        rows = self._read("SELECT content FROM contents WHERE name = ?", (name,))
        return rows[0][0] if rows else None

    def delete_content(self, name: str) -> bool:
        """Forget them. False when there were none."""
        return self._write("DELETE FROM contents WHERE name = ?", (name,)) > 0

    # -- single facts: counters, the clock's offset, whether the seed was sown

    def fact(self, name: str) -> Any:
        """A single value kept beside the documents, or None."""
        rows = self._read("SELECT value FROM facts WHERE name = ?", (name,))
        return rows[0][0] if rows else None

    def set_fact(self, name: str, value: str | float | None) -> None:
        """Keep a single value beside the documents."""
        self._write("INSERT INTO facts VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (name, value))

    def count_up(self, name: str) -> int:
        """The next whole number of a counter, 1 first."""
        with self._lock:
            sql = "INSERT INTO facts VALUES (?, 1) ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value"
            return int(self._connection.execute(sql, (name,)).fetchone()[0])

    def clear_facts(self) -> None:
        """Forget every single value, counters included."""
        self._write("DELETE FROM facts", ())

    # -- the whole

    @contextmanager
    def transaction(self) -> Generator[None]:
        """All or nothing: what was written inside is undone when it raises. Nested blocks join the outer one."""
        with self._lock:
            if self._depth:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:  # cancellation too: what was taken is given back, then it goes on
                self._afterwards.clear()
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                self._depth = 0
            acts, self._afterwards = self._afterwards, []
            for act in acts:
                act()

    def afterwards(self, act: Callable[[], None]) -> None:
        """Do something once what is being written stands; not at all, when it is undone."""
        with self._lock:
            if self._depth:
                self._afterwards.append(act)
            else:
                act()

    def copy_out(self) -> sqlite3.Connection:
        """All there is, as a database of its own in memory."""
        copy = sqlite3.connect(":memory:", check_same_thread=False)
        with self._lock:
            self._connection.backup(copy)
        return copy

    def copy_in(self, copy: sqlite3.Connection) -> None:
        """Become what `copy_out` returned earlier. A database in a file stays in its file."""
        with self._lock:
            copy.backup(self._connection)

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            self._connection.close()

    def _write(self, sql: str, values: tuple[Any, ...]) -> int:
        with self._lock:
            return self._connection.execute(sql, values).rowcount

    def _read(self, sql: str, values: tuple[Any, ...]) -> Rows:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()


class Query:
    """Documents that are read when asked for, in one order. A position is a document's place in it, for cursors."""

    __slots__ = ("_chosen", "_newest_first", "_read")

    def __init__(
        self, read: Callable[[str, tuple[Any, ...]], Rows], chosen: Selection, newest_first: bool = False
    ) -> None:
        self._read = read
        self._chosen = chosen
        self._newest_first = newest_first

    def all(self) -> Documents:
        """Every one."""
        return self.slice(0, -1)

    def first(self) -> dict[str, Any] | None:
        """The first in order, or None."""
        found = self.slice(0, 1)
        return found[0] if found else None

    def count(self) -> int:
        """How many there are."""
        rows = self._read(self._chosen.statement("SELECT count(*) FROM documents"), self._chosen.values)
        return int(rows[0][0])

    def slice(self, offset: int, limit: int) -> Documents:
        """`limit` of them (-1: all) from the one at `offset` on."""
        sql = self._chosen.statement("SELECT body FROM documents", f"{self._order} LIMIT ? OFFSET ?")
        return [decoded(row[0]) for row in self._read(sql, (*self._chosen.values, limit, offset))]

    def after(self, position: int | None, limit: int) -> list[tuple[int, dict[str, Any]]]:
        """The next `limit` behind a position (None: from the start), each with its own position."""
        chosen = self._chosen
        if position is not None:
            chosen = chosen.and_("seq < ?" if self._newest_first else "seq > ?", position)
        sql = chosen.statement("SELECT seq, body FROM documents", f"{self._order} LIMIT ?")
        return [(row[0], decoded(row[1])) for row in self._read(sql, (*chosen.values, limit))]

    @property
    def _order(self) -> str:
        return "ORDER BY seq DESC" if self._newest_first else "ORDER BY seq"


def _opened(path: str | Path | None) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(":memory:" if path is None else path, check_same_thread=False)
        try:
            _prepare(connection, lasting=path is not None)
        except BaseException:  # cancellation too: what was taken is given back, then it goes on
            connection.close()
            raise
    except sqlite3.Error as error:
        raise SandboxError(
            f"The state cannot be kept in {path}: {error}. Name the file of a sandbox, or a new one in a folder that "
            "you may write to."
        ) from error
    return connection


def _prepare(connection: sqlite3.Connection, lasting: bool) -> None:
    connection.isolation_level = None  # transactions are ours alone
    if lasting:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
    connection.executescript(_SCHEMA)
