"""The Python SDK for the CoordinAItor platform.

    from coordinaitor import OrchestratorClient

    client = OrchestratorClient(base_url="http://localhost:3000", api_key="ak_…")
    task = client.tasks.create(title="Build user registration", priority="high")

`AsyncOrchestratorClient` is the same tree of methods for asyncio and trio. Models stand in `coordinaitor.models`, what
receives deliveries in `coordinaitor.webhooks`, a local platform in `coordinaitor.sandbox`.
"""

from __future__ import annotations

from tandem._handed_on import names_of_a_product
from tandem._lazy import lazy_names

from ._version import __version__ as __version__

TYPE_CHECKING = False  # not typing's: its import would be most of what this package's import costs
if TYPE_CHECKING:
    from coordinaitor_api.errors import *  # noqa: F403

    from tandem import AsyncLiveChannel as AsyncLiveChannel
    from tandem import AsyncWatch as AsyncWatch
    from tandem import FileInput as FileInput
    from tandem import LiveChannel as LiveChannel
    from tandem import Watch as Watch
    from tandem._handed_on import *  # noqa: F403

    from ._client import AsyncOrchestratorClient as AsyncOrchestratorClient
    from ._client import OrchestratorClient as OrchestratorClient
    from ._live import TaskUpdate as TaskUpdate

_NAMES = names_of_a_product(
    {
        "._client": ("AsyncOrchestratorClient", "OrchestratorClient"),
        "._live": ("TaskUpdate",),
        "coordinaitor_api.errors": ("OrchestratorError",),
        "tandem._calls": ("FileInput",),
        "tandem._live._channels": ("AsyncLiveChannel", "LiveChannel"),
        "tandem._live._watches": ("AsyncWatch", "Watch"),
    },
    errors="coordinaitor_api.errors",
)

if not TYPE_CHECKING:  # a checker reads the names above, and knows what is not there
    __all__ = ["__version__", *_NAMES]
    __getattr__, __dir__ = lazy_names(__name__, _NAMES)
