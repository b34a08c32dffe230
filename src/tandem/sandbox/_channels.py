"""Live channels: what happens on a platform, told to whoever has subscribed to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ._context import Place
from ._shapes import as_list, as_object

_MOST_WAITING = 10_000  # messages; a listener that is so far behind does not read at all


@dataclass(frozen=True, slots=True)
class Told:
    """What a listener is given next: a message, or the way in which its connection ends."""

    message: Mapping[str, Any] | None = None
    hangs_up: bool = False
    falls_silent: bool = False


class Listener:
    """One connection, and what it wants to hear."""

    def __init__(self, namespace: str, loop: asyncio.AbstractEventLoop) -> None:
        self.namespace = namespace
        self.subscriptions: list[tuple[str, dict[str, Any]]] = []
        self._loop = loop
        self._waiting: asyncio.Queue[Told] = asyncio.Queue()

    def subscribe(self, channel: str, filters: Mapping[str, Any]) -> None:
        """Hear of a channel from now on: of all that happens there, or of what the filters let through."""
        wanted = (channel, dict(filters))
        if wanted not in self.subscriptions:
            self.subscriptions.append(wanted)

    def unsubscribe(self, channel: str, filters: Mapping[str, Any]) -> None:
        """Hear no more of it. Without filters: of nothing that happens in the channel."""
        self.subscriptions = [
            (name, kept) for name, kept in self.subscriptions if name != channel or (filters and kept != filters)
        ]

    def hears(self, namespace: str, channel: str, data: Any) -> bool:
        """Whether it has asked for this."""
        if namespace != self.namespace:
            return False
        return any(name == channel and lets_through(channel, filters, data) for name, filters in self.subscriptions)

    def tell(self, told: Told) -> None:
        """Hand something over, from any thread."""
        if self._waiting.qsize() >= _MOST_WAITING:
            told = Told(hangs_up=True)
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._waiting.put_nowait, told)

    async def next(self) -> Told:
        """What it is told next."""
        return await self._waiting.get()


@dataclass(slots=True)
class Channels:
    """The listeners of a platform: `platform.channels`.

    A handler, or work in the background, tells them of what it did:

        platform.channels.publish(ctx, "tasks", {"type": "task.updated", "data": task})

    They hear of it once the transaction stands, and not at all when it is undone.
    """

    _listeners: set[Listener] = field(default_factory=set[Listener])

    def __len__(self) -> int:
        """How many connections are open."""
        return len(self._listeners)

    def publish(self, place: Place, channel: str, message: Mapping[str, Any]) -> None:
        """Tell whoever listens to this channel in this namespace, and whose filters let the message's `data` through.

        `place` is the `Context` of a request or a `Scene`; `channel` and `timestamp` are put into the message where it
        does not have them.
        """
        whole = {"channel": channel, "timestamp": place.clock.iso(), **message}
        namespace = place.namespace

        def spread() -> None:
            for listener in tuple(self._listeners):
                if listener.hears(namespace, channel, whole.get("data")):
                    listener.tell(Told(whole))

        place.store.afterwards(spread)

    def drop(self) -> int:
        """Break every connection, without a word, as a network does. Returns how many there were."""
        return self._tell_all(Told(hangs_up=True))

    def hush(self) -> int:
        """Let every connection that is open now fall silent: nothing comes any more, no answer to a ping either."""
        return self._tell_all(Told(falls_silent=True))

    def join(self, namespace: str) -> Listener:
        """A new listener, of nothing yet. Give it back with `leave`. Called in the platform's own thread."""
        listener = Listener(namespace, asyncio.get_running_loop())
        self._listeners.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        """Its connection is gone."""
        self._listeners.discard(listener)

    def _tell_all(self, told: Told) -> int:
        listeners = tuple(self._listeners)
        for listener in listeners:
            listener.tell(told)
        return len(listeners)


def lets_through(channel: str, filters: Mapping[str, Any], data: Any) -> bool:
    """Whether the object of a message has all of these fields. A list means any of its values.

    `projectId` is the field of that name, the `id` of the object's `project`, or, in the channel `projects`, its own.
    """
    fields = as_object(data)
    if fields is None:
        return not filters
    return all(_has(channel, fields, name, wanted) for name, wanted in filters.items())


def _has(channel: str, fields: Mapping[str, Any], name: str, wanted: Any) -> bool:
    found = [reader(fields) for reader in _readers(channel, name)]
    values = as_list(wanted) or [wanted]
    return any(value in values for value in found if value is not None)


def _readers(channel: str, name: str) -> list[Callable[[Mapping[str, Any]], Any]]:
    readers: list[Callable[[Mapping[str, Any]], Any]] = [lambda fields: fields.get(name)]
    kind = name.removesuffix("Id")
    if kind != name:
        readers.append(lambda fields: (as_object(fields.get(kind)) or {}).get("id"))
        if channel == f"{kind}s":
            readers.append(lambda fields: fields.get("id"))
    return readers
