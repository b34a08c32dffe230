"""Bodies of any size, read piece by piece while they are sent: by threads or by tasks."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Self

from anyio import to_thread

from ._sources import InMemory, Source, changed
from ._transport import BodyError

Progress = Callable[[int, int | None], object]


class Upload:
    """A body made of sources. Each walk over it is one attempt to send it, and begins at its start.

    `progress` is called with the bytes that are sent and with all that there are: before each piece, and at the end.
    """

    def __init__(self, sources: Sequence[Source], progress: Progress | None = None) -> None:
        self.sources = tuple(sources)
        self.progress = progress
        self.problem: Exception | None = None
        """What went wrong while it was sent: a `BodyError`, or what the progress callback raised."""
        self.late = False
        """Whether all of it had been given by then: the server may act on it, and its reply is waited for."""

    @property
    def length(self) -> int | None:
        total = 0
        for source in self.sources:
            if source.length is None:
                return None
            total += source.length
        return total

    @property
    def rewinds(self) -> bool:
        """Whether it can be sent, for the first time or again."""
        return all(source.rewinds for source in self.sources)

    def __iter__(self) -> Iterator[bytes]:
        return Walk(self)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return AsyncWalk(self)

    @contextmanager
    def noted(self, place: Place) -> Generator[None]:
        """Keep what goes wrong. Raises `BodyError`, unless all has been given: the request is whole then."""
        try:
            yield
        except Exception as problem:  # the callback is the user's own: whatever it raises ends the call
            self.problem, self.late = problem, place.sent == self.length
            if self.late:
                return
            if isinstance(problem, BodyError):
                raise
            raise BodyError("the progress callback failed") from problem


def reported(content: bytes | Upload, progress: Progress) -> Upload:
    """The content, telling how far it is sent."""
    return Upload([InMemory(content)] if isinstance(content, bytes) else content.sources, progress)


class Place:
    """How far a walk has come."""

    __slots__ = ("_sources", "offset", "sent", "source")

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = iter(sources)
        self.source = next(self._sources, None)
        self.offset = 0
        self.sent = 0

    def took(self, piece: bytes) -> bytes:
        """Go on behind this piece; without one, to the next source. Raises `BodyError` on more or less than was due."""
        source, length = self.source, None if self.source is None else self.source.length
        self.offset += len(piece)
        if source is not None and length is not None and (self.offset > length or (not piece and self.offset < length)):
            raise changed(source)
        if not piece:
            self.source, self.offset = next(self._sources, None), 0
        self.sent += len(piece)
        return piece


class Walk:
    """Gives the pieces to a thread. It iterates itself: a generator that is left early would need cleaning up."""

    __slots__ = ("_place", "_upload")

    def __init__(self, upload: Upload) -> None:
        self._upload = upload
        self._place = Place(upload.sources)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        piece = b""
        with self._upload.noted(self._place):
            if self._upload.progress is not None:
                tell(self._upload.progress, self._place.sent, self._upload.length)
            piece = self._piece()
        if not piece:
            raise StopIteration
        return piece

    def _piece(self) -> bytes:
        """The next bytes; none at the end."""
        place = self._place
        while place.source is not None:
            piece = place.took(fetch(place.source, place.offset))
            if piece:
                return piece
        return b""


class AsyncWalk:
    """Gives the pieces to a task. It iterates itself: a generator that is left early would need cleaning up."""

    __slots__ = ("_place", "_upload")

    def __init__(self, upload: Upload) -> None:
        self._upload = upload
        self._place = Place(upload.sources)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        piece = b""
        with self._upload.noted(self._place):
            if self._upload.progress is not None:
                await async_tell(self._upload.progress, self._place.sent, self._upload.length)
            piece = await self._piece()
        if not piece:
            raise StopAsyncIteration
        return piece

    async def _piece(self) -> bytes:
        """The next bytes; none at the end."""
        place = self._place
        while place.source is not None:
            piece = place.took(await async_fetch(place.source, place.offset))
            if piece:
                return piece
        return b""


def fetch(source: Source, offset: int) -> bytes:
    """The next piece of a source. Raises `BodyError`."""
    with _reading(source):
        return source.read(offset)


async def async_fetch(source: Source, offset: int) -> bytes:
    """The next piece of a source. Raises `BodyError`."""
    with _reading(source):
        if not source.blocks:
            return source.read(offset)
        # Nobody waits for a read that is called off: a pipe may never give anything.
        return await to_thread.run_sync(source.read, offset, abandon_on_cancel=True)


def tell(progress: Progress, sent: int, total: int | None) -> None:
    """Call the callback of a synchronous client."""
    result = progress(sent, total)
    if inspect.iscoroutine(result):
        result.close()
        raise BodyError("the progress callback of a synchronous client is a plain function, not an asynchronous one")


async def async_tell(progress: Progress, sent: int, total: int | None) -> None:
    """Call the callback of an asynchronous client, which may be of either kind."""
    result = progress(sent, total)
    if inspect.isawaitable(result):
        await result


@contextmanager
def _reading(source: Source) -> Generator[None]:
    try:
        yield
    except BodyError:
        raise
    except Exception as problem:  # a file object is the user's own: whatever it raises, it cannot be read
        raise BodyError(f"{source.name} cannot be read: {problem}") from problem
