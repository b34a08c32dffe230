"""Typed messages from the bytes of a live channel, over as many connections as it takes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

from tandem import _json
from tandem._errors import TandemError
from tandem._streaming._events import StreamGap, UnknownEvent

from ._refusals import is_refusal
from ._talk import Talk

T = TypeVar("T")
QUIET: Final = UnknownEvent("", None)
"""Bytes came, whatever they were: a moment to look around, for those who asked for such."""
MUTE: Final = UnknownEvent("", None)
"""Nothing came at first: it is not known whether the server has read the greeting. For the same."""
_GLANCE = 1.0  # seconds; but for the slowest of networks, an answer comes sooner


class LiveReader(Generic[T]):
    """Turns bytes into messages. `connect` begins each connection, with the same `greeting`.

    There are no ids and there is no replay: after a new connection comes a gap, once the server has read the greeting.
    What the server does not take of it is raised as the error that `refusal` makes of the server's message.
    """

    retry: float | None = None
    place: str | None = None

    def __init__(
        self,
        decode: Callable[[Any], T],
        refusal: Callable[[Mapping[str, Any]], TandemError],
        greeting: Sequence[Any],
        *,
        max_size: int | None,
        looks_around: bool = False,
    ) -> None:
        self._decode = decode
        self._refusal = refusal
        self._greeting = [_json.dumps(value).decode() for value in greeting]
        self._max_size = max_size
        self._looks_around = looks_around
        self.glance = _GLANCE if looks_around else None
        """Seconds of silence at first after which those who look around are told of it: `feed` gets no bytes then."""
        self._talk: Talk | None = None
        self._ahead: T | UnknownEvent | StreamGap | None = None
        self._broke = self._fed = self._mute = False
        self.last_event_id: str | None = None
        self.given = 0
        self.lost = False

    def connect(self) -> Talk:
        """What is said over a new connection. Raises ImportError where the library for it is not installed."""
        self._talk = talk = Talk(self._max_size)
        talk.begin(*self._greeting)
        return talk

    @property
    def ready(self) -> bool:
        """Whether the server has read the greeting, or says nothing to those who look around."""
        return self._mute or (self._talk is not None and self._talk.heard)

    def connected(self) -> None:
        """The connection that was made last takes the place of one that has ended."""
        self._broke = True

    def feed(self, chunk: bytes) -> None:
        """The next bytes, when `next_event` has no more."""
        self._mute = not chunk
        if self._talk is not None:
            self._talk.receive(chunk)
            self._fed = self._looks_around

    def look_ahead(self) -> None:
        """Read the first message before it is asked for. Raises a refusal, where that is what it is."""
        self._ahead = self.next_event()

    def next_event(self) -> T | UnknownEvent | StreamGap | None:
        """The next message of what was fed; None where there is none yet. Raises a refusal."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            return ahead
        mute, self._mute = self._mute, False
        if self._talk is None or not self._talk.heard:
            return MUTE if mute else None
        if self._broke:
            self._broke = False
            return StreamGap(None, None)
        message = self._talk.next_message()
        if message is not None:
            self.given += 1
            return self._typed(message)
        if self._fed:
            self._fed = False
            return QUIET
        return None

    def _typed(self, message: str | bytes) -> T | UnknownEvent:
        try:
            raw = _json.loads(message.encode() if isinstance(message, str) else message)
            if not _json.is_object(raw):
                return UnknownEvent("", raw)
            if not is_refusal(raw):
                return self._decode(raw)
        except Exception:  # whatever a decoder meets in a stranger's bytes: the user still sees the message
            return UnknownEvent("", message)
        raise self._refusal(raw)
