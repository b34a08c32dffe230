"""Headers of a delivery, in whatever form a framework holds them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol, TypeAlias


class HasItems(Protocol):
    """A dict, or what a framework has in its place."""

    def items(self) -> Iterable[tuple[Any, Any]]:
        """Names and values."""
        ...


HeadersInput: TypeAlias = HasItems | Iterable[tuple[str, str]] | Iterable[tuple[bytes, bytes]]
"""A mapping of names to a text, bytes, or a list of these; or pairs. Any casing; a name may be there several times."""

_LONGEST = 4096  # of any value that is read here; servers themselves stop at 8 or 16 KiB
_COUNTED = 6  # digits of a counter
_REMEMBERED = 512  # spellings


class Delivery(NamedTuple):
    """What the headers say of one delivery. They are not signed, but for the time: take nothing of weight from them."""

    id: str | None = None
    """Id of the delivery; repeats of one delivery carry the same."""

    retry_count: int = 0
    """How many attempts came before this one."""

    request_id: str | None = None
    """To quote to the platform's support."""

    signed_at: int | None = None
    """When it was sent, in seconds of Unix time: the one field that the signature covers."""


class HeaderReader:
    """Finds some headers among all that came, without regard to case. A repeated one reads as "first,second"."""

    __slots__ = ("_names", "_spellings")

    def __init__(self, names: Iterable[str | None]) -> None:
        self._names = frozenset(name.lower() for name in names if name)
        self._spellings: dict[object, str] = {}

    def read(self, headers: Any) -> dict[str, str]:
        """The values by lower-case name. Raises TypeError or ValueError on what is no header."""
        found: dict[str, str] = {}
        known = self._spellings
        pairs: Iterable[Any] = headers.items() if hasattr(headers, "items") else headers
        for name, value in pairs:
            try:
                key = known[name]
            except KeyError:
                key = self._learn(name)
            if key:
                if type(value) is not str:
                    value = _text(value)
                found[key] = value if key not in found else f"{found[key]},{value}"
        return found

    def _learn(self, name: object) -> str:
        # A look-up is faster than lower(): spellings are few, unless someone makes them up to fill our memory.
        key = _one(name).lower()
        key = key if key in self._names else ""
        if len(self._spellings) < _REMEMBERED:
            self._spellings[name] = key
        return key


def delivery_of(
    delivery_id: str | None, retry_count: str | None, request_id: str | None, signed_at: int | None
) -> Delivery:
    """What these headers say of a delivery."""
    # It takes half of the time that the constructor of a named tuple takes.
    return tuple.__new__(  # pyright: ignore[reportUnknownMemberType]  # a tuple of anything
        Delivery,
        (
            delivery_id and _shown(delivery_id),
            _number(retry_count) if retry_count and retry_count != "0" else 0,
            request_id and _shown(request_id),
            signed_at,
        ),
    )


def _shown(text: str) -> str | None:
    """A header's value, where it can be shown: it is a stranger's text."""
    return text.strip() if len(text) <= _LONGEST and text.isprintable() else None


def _number(text: str) -> int:
    """A small number; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _COUNTED else 0


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return ",".join(_one(each) for each in value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # _one refuses what is no text
    return _one(value)


def _one(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        # Servers put any byte into a header; latin-1 reads them all and loses none (RFC 9110, section 5.5).
        return value.decode("latin-1")
    raise TypeError(f"a header is text, not {type(value).__name__}")
