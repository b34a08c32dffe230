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
    from tandem.sandbox import Fault as Fault

    from ._clients import ClientIdentity as ClientIdentity
    from ._sandbox import Sandbox as Sandbox

__all__ = ["ClientIdentity", "Fault", "Sandbox"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "ClientIdentity": "interactor.sandbox._clients",
        "Fault": "tandem.sandbox",
        "Sandbox": "interactor.sandbox._sandbox",
    },
)
