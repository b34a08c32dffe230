"""A platform that sends events to the endpoints of its users."""

from __future__ import annotations

from ._control import Actions
from ._deliverer import Deliverer
from ._delivery_controls import DeliveryControls
from ._platform import Platform


class DeliveringPlatform(Platform):
    """What a product with webhooks subclasses. It sets `deliverer` when it is made."""

    deliverer: Deliverer

    async def settle(self) -> None:
        """Wait until nothing that is due is left: deliveries, the agenda. Call it in the platform's thread."""
        await self.deliverer.settle()

    def control_actions(self) -> Actions:
        return DeliveryControls(self, self.deliverer, self.settle).actions()

    def on_reset(self) -> None:
        self.deliverer.forget()
