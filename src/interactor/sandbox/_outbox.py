"""The part of a sandbox that steers its webhooks: trigger events, look at deliveries, send them again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tandem.sandbox import Delivery, SandboxError, moment

from ._platform import InteractorPlatform
from ._triggers import trigger


class Outbox:
    """What `Sandbox` inherits. Deliveries are real, signed POSTs, sent in the background.

    with Sandbox() as platform:
        hook = platform.client("user_1").webhooks.create(url=my_url, events=["room.message.created"])
        platform.trigger("room.message.created", data={"content": "Hello"})
        platform.settle()
        assert [delivery.status for delivery in platform.deliveries()] == ["delivered"]
    """

    _platform: InteractorPlatform

    def trigger(self, event: str, *, data: Mapping[str, Any] | None = None, namespace: str | None = None) -> str:
        """Announce an event as if it had happened; what `data` leaves out comes from the document's example.

        Without a namespace it happens in that of the first webhook that named it. Returns the event's id, for
        `deliveries(event_id=…)`. Raises ValueError for an event that the document does not know.
        """

        async def announced() -> str:
            async with self._platform.transaction():
                return str(trigger(self._platform, event, data, namespace)["id"])

        self._platform.start()
        return self._platform.thread.run(announced())

    def deliveries(
        self,
        *,
        event: str | None = None,
        status: str | None = None,
        endpoint: str | None = None,
        namespace: str | None = None,
        event_id: str | None = None,
        limit: int | None = None,
    ) -> list[Delivery]:
        """The deliveries and their attempts, oldest first; `endpoint` is the id of a webhook or a subscription."""
        return self._platform.deliverer.log.find(
            event=event, status=status, endpoint=endpoint, namespace=namespace, event_id=event_id, limit=limit
        )

    def dead_letters(self) -> list[Delivery]:
        """The deliveries whose attempts have all failed. `resend` sends one of them again."""
        return self.deliveries(status="dead")

    def resend(self, delivery: Delivery | str) -> None:
        """Send a delivery once more, at once. Raises `tandem.sandbox.UnknownDeliveryError`."""

        async def resent() -> None:
            async with self._platform.transaction():
                self._platform.deliverer.resend(delivery if isinstance(delivery, str) else delivery.id)

        self._platform.start()
        self._platform.thread.run(resent())

    def backfill(
        self,
        since: datetime | float | str,
        *,
        until: datetime | float | str | None = None,
        endpoint: str | None = None,
    ) -> list[str]:
        """Send every event since a moment of the platform's time again, to whoever wants it now.

        Each goes out as a new delivery with the idempotency key that it had. Returns the ids of the deliveries.
        """
        end = None if until is None else moment(until)

        async def filled() -> list[str]:
            async with self._platform.transaction():
                return self._platform.deliverer.backfill(moment(since), until=end, endpoint=endpoint)

        self._platform.start()
        return self._platform.thread.run(filled())

    def shuffle_deliveries(self, shuffled: bool = True) -> None:
        """From now on every delivery is sent one to four times, and out of order: handlers have to bear that."""
        self._platform.deliverer.shuffled = shuffled

    def settle(self, timeout: float = 30.0) -> None:
        """Wait until assistants have spoken and all that is due has been tried, for `timeout` seconds at most.

        What is due later waits for `clock.advance`. Not for an event loop that has to answer the deliveries itself:
        there, `await platform.asettle()`. Raises SandboxError when it takes longer.
        """
        self._platform.start()
        settled = self._platform.spawn(self._platform.settle())
        try:
            settled.result(timeout)
        except TimeoutError:
            settled.cancel()
            raise _unsettled(timeout) from None

    async def asettle(self, timeout: float = 30.0) -> None:
        """`settle` in an event loop, which goes on meanwhile."""
        self._platform.start()
        settled = self._platform.spawn(self._platform.settle())
        try:
            async with asyncio.timeout(timeout):
                await asyncio.wrap_future(settled)
        except TimeoutError:
            raise _unsettled(timeout) from None


def _unsettled(timeout: float) -> SandboxError:
    return SandboxError(
        f"Something due was not done within {timeout:g} seconds. Look for a receiver that does not answer."
    )
