"""Text that must not be printed."""

from __future__ import annotations

from typing import Any, Self


class Secret(str):
    """A `str` that works wherever a string does, and prints as `***`.

    `str()`, `repr()`, f-strings and logging show the mask; `reveal()` is the plain text.

    >>> token = Secret("s3cr3t")
    >>> print(token)
    ***
    >>> token.reveal()
    's3cr3t'
    """

    __slots__ = ()

    def __new__(cls, text: str = "") -> Self:
        return super().__new__(cls, str.__str__(text))  # str() of a secret would be its mask

    def reveal(self) -> str:
        """The text itself, as a plain `str`."""
        return str.__str__(self)

    def _mask(self) -> str:
        return "***"

    def __repr__(self) -> str:
        return f"{type(self).__name__}('{self._mask()}')"

    def __str__(self) -> str:
        return self._mask()

    def __format__(self, spec: str) -> str:
        return format(self._mask(), spec)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.reveal(),)


class SecretUrl(Secret):
    """A URL that carries a token in its query. It prints with the query's values masked; `reveal()` is the URL."""

    __slots__ = ()

    def _mask(self) -> str:
        base, _, query = self.reveal().partition("?")
        names = [pair.partition("=")[0] for pair in query.split("&") if pair]
        return f"{base}?{'&'.join(f'{name}=***' for name in names)}" if names else base
