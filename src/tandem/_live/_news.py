"""Which states of a thing are new, in whatever order they are told and found. Pure."""

from __future__ import annotations

import datetime
from typing import Any


class News:
    """Remembers what was given of one thing."""

    __slots__ = ("_at", "_given")

    def __init__(self) -> None:
        self._at: Any = None
        self._given: list[Any] = []

    def is_new(self, at: Any, mark: Any) -> bool:
        """Whether a state is neither older than the last one nor given before; from then on it is given.

        `at` is when the thing changed, which platforms may tell in whole seconds: of one moment there may be several
        states, told apart by their `mark`. Without a time, a state is compared with the last one alone.
        """
        if isinstance(at, datetime.datetime) and isinstance(self._at, datetime.datetime):
            if at < self._at:
                return False
            if at > self._at:
                self._given.clear()
        else:
            del self._given[:-1]
        if mark in self._given:
            return False
        self._at = at
        self._given.append(mark)
        return True
