"""Event streams: every event of a channel is recorded with a number, and followers read on from where they are.

A channel is the id of a room or of a workflow instance. Its events are numbered 1, 2, 3 and so on. A new follower
begins with the next event; one that sends `Last-Event-ID` gets everything after that, so that `0` replays all there
is. That is the last thousand events unless told otherwise: for a follower who was away for longer, the numbers jump.

Where the owner of a channel is over, the stream ends behind its last event, at a place of its own: who has come that
far and asks for more is told that there is none, with 204, and by the specification of event streams asks no more.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from tandem.sandbox import Context, EventStream, Place, Platform, RawReply, ServerEvent

KIND = "stream_event"
_BATCH = 100
_LONGEST = 86_400.0
_END = "end"  # the place behind the last event
_NO_MORE = RawReply(b"", media_type="", status=204)

Owner = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """How streams behave. `buffer` is a number of events, the others are seconds of real time.

    `heartbeat` is how long a stream stays silent before it shows that it is alive, `retry` how long a reader is told
    to wait before it connects again, `buffer` how many events of a channel are kept for those who come back, and
    `pace` how much time passes between two pieces of an answer.
    """

    heartbeat: float = 15.0
    retry: float = 0.1
    buffer: int = 1000
    pace: float = 0.0

    def __post_init__(self) -> None:
        if not self.heartbeat > 0:
            raise ValueError(f"The heartbeat is a number of seconds above 0, not {self.heartbeat}.")
        for name in ("retry", "pace"):
            if not 0 <= getattr(self, name) < _LONGEST:
                raise ValueError(f"The {name} is a number of seconds, not {getattr(self, name)}.")
        if self.buffer < 1:
            raise ValueError(f"The buffer holds at least one event, not {self.buffer}.")


@dataclass(slots=True)
class Hub:
    """Wakes the followers of a channel. All of it happens in the platform's own thread."""

    settings: StreamSettings = field(default_factory=StreamSettings)
    _waiting: dict[str, set[asyncio.Event]] = field(default_factory=dict[str, set[asyncio.Event]])

    @property
    def followers(self) -> int:
        """How many there are, of all channels together."""
        return sum(map(len, self._waiting.values()))

    def wake(self, channel: str) -> None:
        """Something happened in the channel."""
        for event in self._waiting.get(channel, ()):
            event.set()

    def wake_all(self) -> None:
        """The state was replaced: everybody has to look again."""
        for channel in tuple(self._waiting):
            self.wake(channel)

    def join(self, channel: str) -> asyncio.Event:
        """An event that is set whenever something happens. Give it back with `leave`."""
        event = asyncio.Event()
        self._waiting.setdefault(channel, set()).add(event)
        return event

    def leave(self, channel: str, event: asyncio.Event) -> None:
        """The follower is gone."""
        followers = self._waiting.get(channel, set())
        followers.discard(event)
        if not followers:
            self._waiting.pop(channel, None)


class Streaming(Protocol):
    """A platform with event streams."""

    hub: Hub


def hub_of(place: Place) -> Hub:
    """The hub of the platform that something happens on."""
    return cast("Streaming", place.platform).hub


def record(place: Place, channel: str, kind: str, /, **data: Any) -> None:
    """Add an event to a channel and wake whoever follows it."""
    number = place.store.count_up(f"events.{channel}")
    event = {"channel": channel, "number": number, "data": {"type": kind, **data}}
    place.store.put(KIND, f"{channel}.{number}", event, namespace=place.namespace)
    hub = hub_of(place)
    if number > hub.settings.buffer:
        place.store.delete(KIND, f"{channel}.{number - hub.settings.buffer}", namespace=place.namespace)
    hub.wake(channel)


def forget(place: Place, channel: str) -> None:
    """The channel is gone, with all of its events; its followers are sent home."""
    place.store.delete_where(KIND, namespace=place.namespace, where={"channel": channel})
    hub_of(place).wake(channel)


def end(place: Place, channel: str) -> None:
    """The owner of the channel is over; its followers are sent home when they have heard everything."""
    hub_of(place).wake(channel)


def follow(
    ctx: Context, channel: str, *, owner: str, over: Callable[[Owner], bool] = lambda _: False
) -> EventStream | RawReply:
    """The events of a channel for as long as its owner, a document of that kind, exists and is not `over`."""
    given = ctx.headers.get("last-event-id", "")
    found = ctx.store.get(owner, channel, namespace=None)
    if given == _END and found is not None and over(found):
        return _NO_MORE
    # Where the channel is now, read in the request's own transaction: nothing is missed between here and there.
    latest = _latest(ctx, channel)
    after = min(int(given), latest) if given.isascii() and given.isdecimal() and len(given) < 16 else latest
    hub = hub_of(ctx)
    return EventStream(_events(ctx.platform, hub, channel, owner, over, after), heartbeat=hub.settings.heartbeat)


async def _events(
    platform: Platform, hub: Hub, channel: str, owner: str, over: Callable[[Owner], bool], after: int
) -> AsyncIterator[ServerEvent]:
    woken = hub.join(channel)
    try:
        # The place where this reader begins, so that one whose connection breaks before the first event finds back.
        yield ServerEvent(retry=round(hub.settings.retry * 1000), id=str(after))
        while True:
            woken.clear()
            batch, after, found = await _read(platform, channel, owner, after)
            for event in batch:
                after = event["number"]
                yield ServerEvent(event["data"], event=event["data"]["type"], id=str(after))
            if found is None:
                return
            if not batch and over(found):
                yield ServerEvent(id=_END)
                return
            if not batch:
                await woken.wait()
    finally:
        hub.leave(channel, woken)


async def _read(
    platform: Platform, channel: str, owner: str, after: int
) -> tuple[list[dict[str, Any]], int, Owner | None]:
    """The next events of a channel, after which one they come, and whose they are, if the channel is still there."""
    # In a transaction of its own: what a running request has written, and may yet undo, is not read.
    async with platform.transaction():
        latest = _latest(platform, channel)
        oldest = latest - cast("Streaming", platform).hub.settings.buffer
        after = max(min(after, latest), oldest)  # the latest goes back when a snapshot is restored
        numbers = range(after + 1, after + 1 + _BATCH)
        found = (platform.store.get(KIND, f"{channel}.{number}", namespace=None) for number in numbers)
        batch: list[dict[str, Any]] = []
        for event in found:
            if event is None:
                break
            batch.append(event)
        return batch, after, platform.store.get(owner, channel, namespace=None)


def _latest(place: Place | Platform, channel: str) -> int:
    return int(place.store.fact(f"events.{channel}") or 0)
