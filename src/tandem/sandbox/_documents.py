"""JSON documents and the SQL that selects them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from ._shapes import as_list


class Selection(NamedTuple):
    """A WHERE clause over the documents table, with its values."""

    sql: str
    values: tuple[Any, ...]

    def and_(self, sql: str, *values: Any) -> Selection:
        """The same with one more condition."""
        return Selection(f"{self.sql} AND {sql}", (*self.values, *values))

    def statement(self, before: str, after: str = "") -> str:
        """A whole statement. Its parts are fixed texts of this package: whatever came from outside is a bound value."""
        return f"{before} WHERE {self.sql} {after}"


def selection(kind: str, namespace: str | None, where: Mapping[str, Any] | None) -> Selection:
    """The documents of a kind, of one namespace or of all (None), whose fields have these values."""
    chosen = Selection("kind = ?", (kind,))
    if namespace is not None:
        chosen = chosen.and_("namespace = ?", namespace)
    for name, wanted in (where or {}).items():
        field = _json_path(name)
        if (options := as_list(wanted)) is not None:
            marks = ", ".join("?" * len(options))
            chosen = chosen.and_(f"json_extract(body, ?) IN ({marks})", field, *options)
        else:
            chosen = chosen.and_("json_extract(body, ?) IS ?", field, wanted)
    return chosen


def encoded(body: Mapping[str, Any]) -> str:
    """A document as it is stored. Raises TypeError or ValueError on what JSON has no words for."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def decoded(text: str) -> dict[str, Any]:
    """A stored document as a value of its own: changing it changes nothing in the store."""
    return json.loads(text)  # type: ignore[no-any-return]  # only objects are stored


def _json_path(name: str) -> str:
    # Quoted, because a field may be called "a-b" or "order by"; a dot leads into a nested object.
    return "$" + "".join('."' + part.replace('"', "") + '"' for part in name.split("."))
