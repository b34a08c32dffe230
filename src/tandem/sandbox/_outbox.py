"""The part of a sandbox that steers its webhooks: look at deliveries, send them again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

from ._deliveries import Delivery
from ._delivering import DeliveringPlatform
from ._delivery_controls import moment
from ._errors import SandboxError

_P = TypeVar("_P", bound=DeliveringPlatform)
_T = TypeVar("_T")


class Outbox(Generic[_P]):
    """What every sandbox with webhooks inherits. Deliveries are real, signed POSTs, sent in the background."""

    _platform: _P

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

        delivery_id = delivery if isinstance(delivery, str) else delivery.id
        self._in_transaction(lambda: self._platform.deliverer.resend(delivery_id))

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
        begin = moment(since)
        return self._in_transaction(lambda: self._platform.deliverer.backfill(begin, until=end, endpoint=endpoint))

    def shuffle_deliveries(self, shuffled: bool = True) -> None:
        """From now on every delivery is sent one to four times, and out of order: handlers have to bear that."""
        self._platform.deliverer.shuffled = shuffled

    def settle(self, timeout: float = 30.0) -> None:
        """Wait until all that is due has been done, or tried, for `timeout` seconds at most.

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

    def _in_transaction(self, work: Callable[[], _T]) -> _T:
        """Do something in the platform's own thread, in a transaction of the store."""

        async def done() -> _T:
            async with self._platform.transaction():
                return work()

        self._platform.start()
        return self._platform.thread.run(done())


def _unsettled(timeout: float) -> SandboxError:
    return SandboxError(
        f"Something due was not done within {timeout:g} seconds. Look for a receiver that does not answer."
    )
