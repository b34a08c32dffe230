"""Webhooks: prove that a delivery is the platform's, type its event, and handle each event once.

from interactor.webhooks import RoomMessageCreated, SqliteStore, WebhookRouter, WebhookVerifier

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

TYPE_CHECKING = False  # not typing's: its import would be most of what a lazy package's import costs
if TYPE_CHECKING:
    from interactor_api.errors import (
        WebhookVerificationError,
    )

    from tandem.webhooks import (
        REASONS,
        AsyncClaimStore,
        AsyncRedisStore,
        Claim,
        ClaimState,
        ClaimStore,
        Delivery,
        MemoryStore,
        Reason,
        RedisStore,
        SqliteStore,
        UnknownEvent,
        WebhookEvent,
        WebhookReply,
        async_django_view,
        django_view,
        fastapi_router,
        flask_blueprint,
        starlette_route,
    )

    from ._events import (
        CredentialConnected,
        CredentialError,
        CredentialExpired,
        CredentialRefreshed,
        CredentialRevoked,
        RoomMessageCreated,
        RoomMessageUpdated,
        RoomToolCallCompleted,
        RoomToolCallPending,
        WorkflowInstanceCancelled,
        WorkflowInstanceCompleted,
        WorkflowInstanceCreated,
        WorkflowInstanceFailed,
        WorkflowInstanceHalted,
        WorkflowInstanceResumed,
        WorkflowInstanceStarted,
        WorkflowInstanceStateChanged,
    )
    from ._router import (
        WebhookRouter,
    )
    from ._verifier import (
        WebhookVerifier,
        sign,
        signed_headers,
    )

_MODULES = {
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
    "._verifier": (
        "WebhookVerifier",
        "sign",
        "signed_headers",
    ),
    "interactor_api.errors": ("WebhookVerificationError",),
    "tandem.webhooks": (
        "REASONS",
        "AsyncClaimStore",
        "AsyncRedisStore",
        "Claim",
        "ClaimState",
        "ClaimStore",
        "Delivery",
        "MemoryStore",
        "Reason",
        "RedisStore",
        "SqliteStore",
        "UnknownEvent",
        "WebhookEvent",
        "WebhookReply",
        "async_django_view",
        "django_view",
        "fastapi_router",
        "flask_blueprint",
        "starlette_route",
    ),
}

__all__ = [
    "REASONS",
    "AsyncClaimStore",
    "AsyncRedisStore",
    "Claim",
    "ClaimState",
    "ClaimStore",
    "CredentialConnected",
    "CredentialError",
    "CredentialExpired",
    "CredentialRefreshed",
    "CredentialRevoked",
    "Delivery",
    "MemoryStore",
    "Reason",
    "RedisStore",
    "RoomMessageCreated",
    "RoomMessageUpdated",
    "RoomToolCallCompleted",
    "RoomToolCallPending",
    "SqliteStore",
    "UnknownEvent",
    "WebhookEvent",
    "WebhookReply",
    "WebhookRouter",
    "WebhookVerificationError",
    "WebhookVerifier",
    "WorkflowInstanceCancelled",
    "WorkflowInstanceCompleted",
    "WorkflowInstanceCreated",
    "WorkflowInstanceFailed",
    "WorkflowInstanceHalted",
    "WorkflowInstanceResumed",
    "WorkflowInstanceStarted",
    "WorkflowInstanceStateChanged",
    "async_django_view",
    "django_view",
    "fastapi_router",
    "flask_blueprint",
    "sign",
    "signed_headers",
    "starlette_route",
]

__getattr__, __dir__ = lazy_names(__name__, {name: module for module, names in _MODULES.items() for name in names})
