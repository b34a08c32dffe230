"""Webhooks: prove that a delivery is the platform's, type its event, and handle each event once.

from interactor.webhooks import RoomMessageCreated, SqliteStore, WebhookEvent, WebhookRouter, WebhookVerifier

router = WebhookRouter(WebhookVerifier(secrets=["whsec_…"]), store=SqliteStore("webhooks.db"))

@router.on(RoomMessageCreated)
def greet(event: RoomMessageCreated) -> None:
    print(event.data.room_id, event.data.content)

@router.on("workflow.instance.*")
async def follow(event: WebhookEvent) -> None:
    print(event.type, event.data)

app = router.asgi()  # or router.wsgi(), fastapi_router(router, "/webhooks"), flask_blueprint, django_view …
"""

from __future__ import annotations

from tandem._lazy import lazy_names
from tandem.webhooks._handed_on import names_of_webhooks

TYPE_CHECKING = False  # not typing's: its import would be most of what a lazy package's import costs
if TYPE_CHECKING:
    from interactor_api.errors import WebhookVerificationError as WebhookVerificationError

    from tandem.webhooks._handed_on import *  # noqa: F403

    from ._events import CredentialConnected as CredentialConnected
    from ._events import CredentialError as CredentialError
    from ._events import CredentialExpired as CredentialExpired
    from ._events import CredentialRefreshed as CredentialRefreshed
    from ._events import CredentialRevoked as CredentialRevoked
    from ._events import RoomMessageCreated as RoomMessageCreated
    from ._events import RoomMessageUpdated as RoomMessageUpdated
    from ._events import RoomToolCallCompleted as RoomToolCallCompleted
    from ._events import RoomToolCallPending as RoomToolCallPending
    from ._events import WorkflowInstanceCancelled as WorkflowInstanceCancelled
    from ._events import WorkflowInstanceCompleted as WorkflowInstanceCompleted
    from ._events import WorkflowInstanceCreated as WorkflowInstanceCreated
    from ._events import WorkflowInstanceFailed as WorkflowInstanceFailed
    from ._events import WorkflowInstanceHalted as WorkflowInstanceHalted
    from ._events import WorkflowInstanceResumed as WorkflowInstanceResumed
    from ._events import WorkflowInstanceStarted as WorkflowInstanceStarted
    from ._events import WorkflowInstanceStateChanged as WorkflowInstanceStateChanged
    from ._router import WebhookRouter as WebhookRouter
    from ._verifier import WebhookVerifier as WebhookVerifier
    from ._verifier import sign as sign
    from ._verifier import signed_headers as signed_headers

_NAMES = names_of_webhooks(
    {
        "._events": (
            "CredentialConnected",
            "CredentialError",
            "CredentialExpired",
            "CredentialRefreshed",
            "CredentialRevoked",
            "RoomMessageCreated",
            "RoomMessageUpdated",
            "RoomToolCallCompleted",
            "RoomToolCallPending",
            "WorkflowInstanceCancelled",
            "WorkflowInstanceCompleted",
            "WorkflowInstanceCreated",
            "WorkflowInstanceFailed",
            "WorkflowInstanceHalted",
            "WorkflowInstanceResumed",
            "WorkflowInstanceStarted",
            "WorkflowInstanceStateChanged",
        ),
        "._router": ("WebhookRouter",),
        "._verifier": ("WebhookVerifier", "sign", "signed_headers"),
        "interactor_api.errors": ("WebhookVerificationError",),
    },
)

if not TYPE_CHECKING:  # a checker reads the names above, and knows what is not there
    __all__ = [*_NAMES]
    __getattr__, __dir__ = lazy_names(__name__, _NAMES)
