"""Event streams: every event of a channel is recorded with a number, and followers read on from where they are.

A channel is the id of a room or of a workflow instance. A new follower begins with the next event; one that sends
`Last-Event-ID` gets everything after that, so that `0` replays all.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from tandem.sandbox import Context, EventStream, Place, Platform, ServerEvent

KIND = "stream_event"
_BATCH = 100


@dataclass(slots=True)
class Hub:
    """Wakes the followers of a channel. All of it happens in the platform's own thread."""

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
    hub_of(place).wake(channel)


def forget(place: Place, channel: str) -> None:
    """The channel is gone, with all of its events; its followers are sent home."""
    place.store.delete_where(KIND, namespace=place.namespace, where={"channel": channel})
    hub_of(place).wake(channel)


def follow(ctx: Context, channel: str, *, owner: str) -> EventStream:
    """The events of a channel for as long as its owner, a document of that kind, exists."""
    given = ctx.headers.get("last-event-id", "")
    if given.isascii() and given.isdecimal() and len(given) < 16:
        after = int(given)
    else:
        # Where the channel is now, read in the request's own transaction: nothing is missed between here and there.
        after = int(ctx.store.fact(f"events.{channel}") or 0)
    return EventStream(_events(ctx.platform, hub_of(ctx), channel, owner, after))


async def _events(platform: Platform, hub: Hub, channel: str, owner: str, after: int) -> AsyncIterator[ServerEvent]:
    woken = hub.join(channel)
    try:
        while True:
            woken.clear()
            batch, alive = await _read(platform, channel, owner, after)
            for event in batch:
                after = event["number"]
                yield ServerEvent(event["data"], event=event["data"]["type"], id=str(after))
            if not alive:
                return
            if not batch:
                await woken.wait()
    finally:
        hub.leave(channel, woken)


async def _read(platform: Platform, channel: str, owner: str, after: int) -> tuple[list[dict[str, Any]], bool]:
    # In a transaction of its own: what a running request has written, and may yet undo, is not read.
    async with platform.transaction():
        numbers = range(after + 1, after + 1 + _BATCH)
        found = (platform.store.get(KIND, f"{channel}.{number}", namespace=None) for number in numbers)
        batch: list[dict[str, Any]] = []
        for event in found:
            if event is None:
                break
            batch.append(event)
        return batch, platform.store.get(owner, channel, namespace=None) is not None
