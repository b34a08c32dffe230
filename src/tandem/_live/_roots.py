"""What a product's clients and resources inherit, of whichever colour, where their platform has live channels."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from tandem._calls import Call, Operation, RequestOptions

    from ._watching import Tracker

C = TypeVar("C")


class Subscribing(Generic[C]):
    """`client.subscribe`: a `LiveChannel` of a client, an `AsyncLiveChannel` of an asynchronous one."""

    def subscribe(
        self, channel: str, filters: Mapping[str, Any] | None = None, *, options: RequestOptions | None = None
    ) -> C:
        """Hear what happens in a channel: `with client.subscribe(channel) as messages: for message in messages: …`.

        Once the `with` block begins, the platform has read the subscription. Only messages come whose object has the
        fields that the `filters` name, as Python has them or as the messages do, with these values. A connection that
        breaks, or is silent, is replaced; a `StreamGap` stands where it was, and what was missed there is to be asked
        for. Messages of a kind that is not known are dicts.

        With an asynchronous client it is `async with` and `async for`. Raises what a refused call does, such as
        PermissionDeniedError, where the platform refuses the subscription: at once, or in the place of a message.
        Raises ConfigurationError where the library for it is not installed, and StreamInterruptedError when it gives
        up.
        """
        from tandem._calls import Call
        from tandem._client import AsyncClient

        from ._channels import AsyncLiveChannel, LiveChannel
        from ._subscriptions import subscription

        client: Any = self
        call = Call(self._live_operation(), options=options)
        core, _ = client.prepared(call)
        made: Any = AsyncLiveChannel if isinstance(self, AsyncClient) else LiveChannel
        messages: C = made(client, call, [subscription(core.conventions, channel, filters)])
        return messages

    @abstractmethod
    def _live_operation(self) -> Operation[Any]:
        """The platform's WebSocket."""


def watch(
    client: Any,
    look: Call[Any],
    live: Operation[Any],
    wish: tuple[str, Mapping[str, Any]],
    tracker: Tracker[Any],
    interval: float,
) -> Any:
    """A `Watch` of a client, an `AsyncWatch` of an asynchronous one; `wish` is the channel that tells of the thing, and
    the filters that let it through.
    """
    from tandem._calls import Call
    from tandem._client import AsyncClient

    from ._subscriptions import subscription
    from ._watches import AsyncWatch, Watch

    core, _ = client.prepared(look)
    greeting = [subscription(core.conventions, *wish)]
    made: Any = AsyncWatch if isinstance(client, AsyncClient) else Watch
    return made(client, look, Call(live), greeting=greeting, tracker=tracker, interval=interval)
