"""Webhooks: prove that a delivery is the platform's, type its event, and handle each event once.

from coordinaitor.webhooks import SqliteStore, TaskCompleted, WebhookRouter, WebhookVerifier

router = WebhookRouter(WebhookVerifier(secrets=["whsec_…"]), store=SqliteStore("webhooks.db"))

@router.on(TaskCompleted)
def cheer(event: TaskCompleted) -> None:
    print(event.data.title)

app = router.asgi()  # or router.wsgi(), fastapi_router(router, "/webhooks"), flask_blueprint, django_view …
"""

from __future__ import annotations

from tandem._lazy import lazy_names
from tandem.webhooks._handed_on import names_of_webhooks

TYPE_CHECKING = False  # typing's own would cost more to import than all else here
if TYPE_CHECKING:
    from coordinaitor_api.errors import WebhookVerificationError as WebhookVerificationError

    from tandem.webhooks._handed_on import *  # noqa: F403

    from ._events import *  # noqa: F403
    from ._receiving import *  # noqa: F403

_NAMES = names_of_webhooks(
    {
        "._events": (
            "TaskCreated",
            "TaskUpdated",
            "TaskCompleted",
            "TaskFailed",
            "TaskAssigned",
            "AgentCreated",
            "AgentStatusChanged",
            "ProjectCreated",
            "ProjectCompleted",
            "UserRegistered",
        ),
        "._receiving": ("WebhookRouter", "WebhookVerifier", "sign"),
        "coordinaitor_api.errors": ("WebhookVerificationError",),
    },
)

if not TYPE_CHECKING:  # a checker reads the names above, and knows what is not there
    __all__ = [*_NAMES]
    __getattr__, __dir__ = lazy_names(__name__, _NAMES)
