"""A local Interactor platform, to develop and to test against.

    from interactor.sandbox import Sandbox

    with Sandbox() as platform:
        client = platform.client(namespace="user_1")
        bot = client.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.")

It speaks the whole API over real HTTP, keeps its state, and needs neither an account nor a network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tandem._lazy import lazy_names

if TYPE_CHECKING:
    from tandem.sandbox import Delivery as Delivery
    from tandem.sandbox import DeliveryAttempt as DeliveryAttempt
    from tandem.sandbox import Fault as Fault

    from ._clients import ClientIdentity as ClientIdentity
    from ._sandbox import Sandbox as Sandbox
    from .answers._acts import call as call
    from .answers._acts import fail as fail
    from .answers._acts import say as say

__all__ = ["ClientIdentity", "Delivery", "DeliveryAttempt", "Fault", "Sandbox", "call", "fail", "say"]

if not TYPE_CHECKING:  # a checker reads the names above, and knows what is not there
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "ClientIdentity": "interactor.sandbox._clients",
            "Delivery": "tandem.sandbox",
            "DeliveryAttempt": "tandem.sandbox",
            "Fault": "tandem.sandbox",
            "Sandbox": "interactor.sandbox._sandbox",
            "call": "interactor.sandbox.answers._acts",
            "fail": "interactor.sandbox.answers._acts",
            "say": "interactor.sandbox.answers._acts",
        },
    )
