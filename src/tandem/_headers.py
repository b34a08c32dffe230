"""Headers of a reply: names without regard to case, values as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet


class Headers(Mapping[str, str]):
    """A read-only mapping. A name that was sent several times reads as its values joined with ", "."""

    __slots__ = ("_values",)

    def __init__(self, pairs: Iterable[tuple[str | bytes, str | bytes]] = ()) -> None:
        values: dict[str, str] = {}
        for raw_name, raw_value in pairs:
            name = _text(raw_name).lower()
            value = _text(raw_value)
            values[name] = f"{values[name]}, {value}" if name in values else value
        self._values = values

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values

    def has_any(self, names: AbstractSet[str]) -> bool:
        """Whether one of these lower-case names is there."""
        return not names.isdisjoint(self._values)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<Headers {', '.join(self._values)}>"


def _text(value: str | bytes) -> str:
    # Servers put any byte into a header; latin-1 reads them all and loses none (RFC 9110, section 5.5).
    return value if isinstance(value, str) else value.decode("latin-1")
