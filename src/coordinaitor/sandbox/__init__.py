"""A local CoordinAItor platform, to develop and to test against.

    from coordinaitor.sandbox import Sandbox

    with Sandbox() as platform:
        client = platform.client()
        task = client.tasks.create(title="Build user registration", priority="high")

It speaks the whole API over real HTTP, keeps its state, and needs neither an account nor a network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tandem._lazy import lazy_names

if TYPE_CHECKING:
    from tandem.sandbox import Delivery as Delivery
    from tandem.sandbox import DeliveryAttempt as DeliveryAttempt
    from tandem.sandbox import Fault as Fault

    from ._accounts import Account as Account
    from ._sandbox import Sandbox as Sandbox

__all__ = ["Account", "Delivery", "DeliveryAttempt", "Fault", "Sandbox"]

if not TYPE_CHECKING:  # a checker reads the names above, and knows what is not there
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "Account": "coordinaitor.sandbox._accounts",
            "Delivery": "tandem.sandbox",
            "DeliveryAttempt": "tandem.sandbox",
            "Fault": "tandem.sandbox",
            "Sandbox": "coordinaitor.sandbox._sandbox",
        },
    )
