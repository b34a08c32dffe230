"""Identifiers: random, or the same in every run."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Ids:
    """Makes identifiers like `book_3kTq…`: a prefix and `size` characters of base 62.

    With a seed, the n-th identifier of a prefix is the same in every run, whatever other prefixes did in between.
    `count` says which n comes next: a store hands in a counter that survives restarts.
    `separator` stands between the two parts.
    """

    def __init__(
        self, seed: int | None = None, count: Callable[[str], int] | None = None, separator: str = "_"
    ) -> None:
        self._seed = seed
        self._separator = separator
        self._counts: dict[str, int] = {}
        self._count = count or self._count_in_memory

    def new(self, prefix: str, size: int = 20) -> str:
        """A new identifier, for instance `ids.new("book")`."""
        if self._seed is None:
            return f"{prefix}{self._separator}{''.join(secrets.choice(_ALPHABET) for _ in range(size))}"
        text = f"{self._seed}:{prefix}:{self._count(prefix)}".encode()
        number = int.from_bytes(hashlib.shake_256(text).digest(size), "big")
        return f"{prefix}{self._separator}{_base62(number, size)}"

    def _count_in_memory(self, prefix: str) -> int:
        self._counts[prefix] = self._counts.get(prefix, 0) + 1
        return self._counts[prefix]


def _base62(number: int, size: int) -> str:
    digits: list[str] = []
    for _ in range(size):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(digits)
