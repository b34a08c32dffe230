"""The items of a page before anyone has read them."""

from __future__ import annotations

from collections.abc import Callable
from operator import length_hint
from typing import Any, Generic, TypeVar

from tandem._errors import TandemError
from tandem._json import is_object

T = TypeVar("T")


class UnreadItems(Generic[T]):
    """Items as they came. Decoding takes apart what is here, so only one reader gets it.

    Others, who come at the same time or after an interruption, have the reply read again: nobody waits for a thread,
    which may never go on.
    """

    __slots__ = ("_decode", "_decoded", "_items", "_turn", "again", "refuse")

    def __init__(self, items: list[Any], decode: Callable[[Any], T]) -> None:
        self._items = items
        self._decode = decode
        self._decoded: list[list[T]] = []
        self._turn = [items]
        self.again: Callable[[], list[Any]] | None = None
        """Reads the reply again. Without it the items that are here have to stay as they are."""
        self.refuse: Callable[[Exception], TandemError] | None = None
        """The error that tells of the reply, and of what was wrong with it."""

    def decoded(self) -> list[T]:
        """The items as they are to be used: one list for all who ask."""
        items, decode = self._untouched(), self._decode
        rest = iter(items)
        try:
            self._decoded.append([decode(item) for item in rest])
        except TandemError:
            raise
        except Exception as problem:  # whatever a decoder meets in a stranger's bytes
            if self.refuse is None:
                raise
            raise self.refuse(self._plainer(problem, items[len(items) - length_hint(rest) - 1])) from problem
        return self._decoded[0]

    def _untouched(self) -> list[Any]:
        if self.again is None:
            return [{**item} if is_object(item) else item for item in self._items]
        try:
            return self._turn.pop()
        except IndexError:
            return self.again()

    def _plainer(self, problem: Exception, item: Any) -> Exception:
        """What a model says of an item that is no object, in words for people."""
        model = isinstance(getattr(self._decode, "__self__", None), type)
        if model and not is_object(item) and isinstance(problem, AttributeError | TypeError):
            return TypeError(f"an item of the list is of type {type(item).__name__}, not an object")
        return problem
