"""Headers of a reply: names without regard to case, values as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Self


class Headers(Mapping[str, str]):
    """A read-only mapping. A name that was sent several times reads as its values joined with ", "."""

    __slots__ = ("_values",)

    def __init__(self, pairs: Iterable[tuple[str | bytes, str | bytes]] = ()) -> None:
        values: dict[str, str] = {}
        for raw_name, raw_value in pairs:
            # Servers put any byte into a header; latin-1 reads them all and loses none (RFC 9110, section 5.5).
            name = (raw_name if isinstance(raw_name, str) else raw_name.decode("latin-1")).lower()
            value = raw_value if isinstance(raw_value, str) else raw_value.decode("latin-1")
            values[name] = f"{values[name]}, {value}" if name in values else value
        self._values = values

    @classmethod
    def lower_case(cls, pairs: list[tuple[str, str]]) -> Self:
        """The same of text whose names are in lower case already: quicker."""
        values = dict(pairs)
        if len(values) < len(pairs):
            return cls(pairs)
        made = cls()
        made._values = values
        return made

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
