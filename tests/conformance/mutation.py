"""Changes that chance makes to a reply: to its status, its headers, its bytes, its JSON."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

STATUSES = (*range(200, 209), *range(300, 309), *range(400, 430), *range(500, 512), 100, 451, 529, 599, 600, 999)
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 1e308, 10**400, "", "x", "\ud800", "\x00", "2026-13-45T99:99:99Z", "9999-12-31T23:59:60Z",
    "0000-00-00", "é🦊", [], {}, [[]], [None], [{}], {"": None}, {"type": "x"}, {"id": {}}, float("nan"), float("inf"),
)  # fmt: skip
TOKENS = (
    b"null", b"NaN", b"-Infinity", b"1e999", b"{", b"}", b"[", b"]", b'"', b",", b":", b"\\u0000", b"\\ud800", b"\xff",
    b"\xef\xbb\xbf", b"\x00", b"\n", b"\r\n", b"\r\n\r\n", b"data:", b"id:", b"event:", b"retry:", b"9" * 5_000,
    b"[" * 3_000, b'{"a":' * 2_000,
)  # fmt: skip
NAMES = (
    "retry-after", "x-request-id", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "content-type",
    "x-ratelimit-scope", "location", "date", "deprecation", "sunset", "link", "content-encoding", "set-cookie", "x-any",
)  # fmt: skip
VALUES = (
    "", "0", "-1", "5", "86400", "1e309", "NaN", "9" * 30, "²", "Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 99 Foo 99999",
    "Wed, 21 Oct 2015 07:28:00 +9999", "@1735689600", "@" + "9" * 20, "true", "text/html",
    "application/json; charset=x",
    "text/event-stream", "gzip", "deflate, gzip", "\xff\xfe", "é", "%00", "http://[", "//evil.example/",
    "<x>; rel=sunset",
)  # fmt: skip


class Mutator:
    """Draws from one generator, so that a seed names a whole run. `corpus` is what it splices from."""

    def __init__(self, rng: random.Random, corpus: Sequence[bytes]) -> None:
        self._rng = rng
        self._corpus = list(corpus)
        self._known = {raw: value for raw in self._corpus if (value := _parsed(raw)) is not None}
        self._damages: list[Callable[[bytes], bytes]] = [
            self._flip, self._truncate, self._insert, self._repeat, self._splice, self._noise
        ]  # fmt: skip

    def status(self, true: int) -> int:
        return true if self._rng.random() < 0.6 else self._rng.choice(STATUSES)

    def headers(self, true: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        found = list(true) if self._rng.random() < 0.8 else []
        while self._rng.random() < 0.5:
            name = self._rng.choice(NAMES)
            value = self._rng.choice(VALUES) if self._rng.random() < 0.8 else self._bytes(12).decode("latin-1")
            found.append((name, value))
        return found

    def body(self, true: bytes) -> bytes:
        """A changed body: mostly still JSON, so that it gets far."""
        if true in self._known and self._rng.random() < 0.6:
            value = json.loads(true)
            for _ in range(int(self._rng.expovariate(0.7)) + 1):
                value = self._bend(value)
            return json.dumps(value).encode()
        return self.damage(true)

    def damage(self, raw: bytes) -> bytes:
        for _ in range(int(self._rng.expovariate(0.7)) + 1):
            raw = self._rng.choice(self._damages)(raw)
        return raw

    def _bend(self, value: Any) -> Any:
        """The value with one of its parts replaced, taken away or doubled."""
        if isinstance(value, dict) and value and self._rng.random() < 0.9:
            return self._bend_object(dict(value))  # pyright: ignore[reportUnknownArgumentType]  # any JSON
        if isinstance(value, list) and value and self._rng.random() < 0.9:
            items: list[Any] = list(value)  # pyright: ignore[reportUnknownArgumentType]  # any JSON
            place = self._at(len(items))
            items[place] = self._bend(items[place])
            return items * self._rng.choice((1, 1, 1, 0, 3))
        return self._rng.choice(ODD)

    def _bend_object(self, value: dict[str, Any]) -> dict[str, Any]:
        name = self._rng.choice(list(value))
        match self._rng.random():
            case draw if draw < 0.1:
                del value[name]
            case draw if draw < 0.2:
                value[self._rng.choice(("type", "error", "data", "meta", "id", "\ud800"))] = self._rng.choice(ODD)
            case _:
                value[name] = self._bend(value[name])
        return value

    def _at(self, length: int) -> int:
        return int(self._rng.random() * length)

    def _bytes(self, most: int) -> bytes:
        return self._rng.randbytes(self._at(most + 1))

    def _flip(self, raw: bytes) -> bytes:
        place = self._at(len(raw) or 1)
        return raw[:place] + self._rng.randbytes(1) + raw[place + 1 :]

    def _truncate(self, raw: bytes) -> bytes:
        return raw[: self._at(len(raw) + 1)]

    def _insert(self, raw: bytes) -> bytes:
        place = self._at(len(raw) + 1)
        return raw[:place] + self._rng.choice(TOKENS) + raw[place:]

    def _repeat(self, raw: bytes) -> bytes:
        first, second = sorted((self._at(len(raw) + 1), self._at(len(raw) + 1)))
        return raw[:second] + raw[first:second] * self._at(4) + raw[second:]

    def _splice(self, raw: bytes) -> bytes:
        other = self._rng.choice(self._corpus)
        return raw[: self._at(len(raw) + 1)] + other[self._at(len(other) + 1) :]

    def _noise(self, raw: bytes) -> bytes:
        return self._bytes(200)


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None
