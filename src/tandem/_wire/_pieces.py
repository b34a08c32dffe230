"""Bodies of one colour only: a client of the user's own takes what knows both for the wrong one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from tandem._transport import Body


class Pieces:
    """A body that only threads can send."""

    __slots__ = ("_body",)

    @classmethod
    def of(cls, content: bytes | Body | None) -> bytes | Pieces | None:
        return content if content is None or isinstance(content, bytes) else cls(content)

    def __init__(self, body: Body) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)


class AsyncPieces:
    """A body that only tasks can send."""

    __slots__ = ("_body",)

    @classmethod
    def of(cls, content: bytes | Body | None) -> bytes | AsyncPieces | None:
        return content if content is None or isinstance(content, bytes) else cls(content)

    def __init__(self, body: Body) -> None:
        self._body = body

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._body)
