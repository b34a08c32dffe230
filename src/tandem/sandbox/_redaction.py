"""Secrets, made invisible before anything is written down."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ._bodies import MalformedBodyError, parse_json
from ._operations import is_json
from ._secrecy import plain_names
from ._shapes import as_list, as_object

MASK = "***"
_HEADER = re.compile(r"authorization|cookie|token|secret|password|signature|api-?key", re.IGNORECASE)
_ALWAYS = frozenset({"password", "secret", "client_secret", "access_token", "refresh_token", "api_key"})
_DEEPEST = 100


class Redaction:
    """Hides header values by the header's name, and values in bodies and queries by theirs.

    A name may stand for a secret in one schema and for something harmless in another, like `code`. Where the schema
    of a body is known it decides; in all other places the name is hidden.
    """

    def __init__(self, names: Iterable[str], document: dict[str, Any] | None = None) -> None:
        self.names = frozenset(name.lower() for name in (*names, *_ALWAYS))
        self._document = document or {}
        self._hidden: dict[str, frozenset[str]] = {}

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers, without the values of those whose names speak of secrets."""
        return {name: MASK if _HEADER.search(name) else value for name, value in headers.items()}

    def pairs(self, pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
        """A query."""
        return {name: MASK if name.lower() in self.names else value for name, value in pairs}

    def body(self, value: Any, pointer: str | None = None) -> Any:
        """Any JSON value: whatever stands under a secret's name is hidden as a whole. Of bytes only the size stays."""
        if isinstance(value, bytes):
            return f"{len(value)} bytes"
        return _masked(value, self._names_for(pointer), 0)

    def content(self, media_type: str | None, content: bytes, pointer: str | None = None) -> Any:
        """The bytes of a body: their JSON, if they are any, with the secrets hidden."""
        if media_type is not None and is_json(media_type):
            try:
                return self.body(parse_json(content), pointer)
            except MalformedBodyError:
                pass
        return self.body(content)

    def _names_for(self, pointer: str | None) -> frozenset[str]:
        if pointer is None:
            return self.names
        if pointer not in self._hidden:
            plain = {name.lower() for name in plain_names(self._document, pointer)} - _ALWAYS
            self._hidden[pointer] = self.names - plain
        return self._hidden[pointer]


def _masked(value: Any, names: frozenset[str], depth: int) -> Any:
    if depth > _DEEPEST:
        return MASK
    if (entries := as_object(value)) is not None:
        return {
            name: MASK if name.lower() in names and inner is not None else _masked(inner, names, depth + 1)
            for name, inner in entries.items()
        }
    if (items := as_list(value)) is not None:
        return [_masked(inner, names, depth + 1) for inner in items]
    return value
