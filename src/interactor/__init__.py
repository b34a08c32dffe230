"""The Python SDK for the Interactor platform.

    from interactor import InteractorClient

    client = InteractorClient(namespace="user_123")
    bot = client.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.")

`AsyncInteractorClient` is the same tree of methods for asyncio and trio. Models stand in `interactor.models`, a local
platform in `interactor.sandbox`.
"""

from __future__ import annotations

from tandem._handed_on import names_of_a_product
from tandem._lazy import lazy_names

from ._version import __version__ as __version__

TYPE_CHECKING = False  # not typing's: its import would be most of what this package's import costs
if TYPE_CHECKING:
    from interactor_api.errors import *  # noqa: F403
    from interactor_api.models import MessageComplete as MessageComplete
    from interactor_api.models import MessageDelta as MessageDelta
    from interactor_api.models import StreamError as StreamError
    from interactor_api.models import ToolCallComplete as ToolCallComplete
    from interactor_api.models import ToolCallStart as ToolCallStart
    from interactor_api.models import WorkflowHalted as WorkflowHalted
    from interactor_api.models import WorkflowStateChanged as WorkflowStateChanged

    from tandem._handed_on import *  # noqa: F403

    from ._client import AsyncInteractorClient as AsyncInteractorClient
    from ._client import InteractorClient as InteractorClient
    from ._conversations._chat import AsyncChat as AsyncChat
    from ._conversations._chat import Chat as Chat
    from ._conversations._tool_runs import AnsweredCall as AnsweredCall
    from ._conversations._tool_runs import ToolRoundsExceededError as ToolRoundsExceededError
    from ._conversations._tool_runs import ToolRun as ToolRun
    from ._functions._tool import FunctionTool as FunctionTool
    from ._functions._tool import tool as tool
    from ._resources._tool_sync import ToolSync as ToolSync
    from .workflows._errors import ConcurrentModificationError as ConcurrentModificationError
    from .workflows._errors import InvalidInputError as InvalidInputError
    from .workflows._errors import WorkflowCancelledError as WorkflowCancelledError
    from .workflows._errors import WorkflowEndedError as WorkflowEndedError
    from .workflows._errors import WorkflowFailedError as WorkflowFailedError
    from .workflows._errors import WorkflowTimeoutError as WorkflowTimeoutError

_NAMES = names_of_a_product(
    {
        "._client": ("AsyncInteractorClient", "InteractorClient"),
        "._conversations._chat": ("AsyncChat", "Chat"),
        "._conversations._tool_runs": ("AnsweredCall", "ToolRoundsExceededError", "ToolRun"),
        "._functions._tool": ("FunctionTool", "tool"),
        "._resources._tool_sync": ("ToolSync",),
        ".workflows._errors": (
            "ConcurrentModificationError",
            "InvalidInputError",
            "WorkflowCancelledError",
            "WorkflowEndedError",
            "WorkflowFailedError",
            "WorkflowTimeoutError",
        ),
        "interactor_api.errors": ("InteractorError",),
        "interactor_api.models": (
            "MessageComplete",
            "MessageDelta",
            "StreamError",
            "ToolCallComplete",
            "ToolCallStart",
            "WorkflowHalted",
            "WorkflowStateChanged",
        ),
    },
    errors="interactor_api.errors",
)

if not TYPE_CHECKING:  # a checker reads the names above, and knows what is not there
    __all__ = ["__version__", *_NAMES]
    __getattr__, __dir__ = lazy_names(__name__, _NAMES)
