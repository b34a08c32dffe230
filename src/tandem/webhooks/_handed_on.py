"""The names that the webhooks of every product hand on."""

from __future__ import annotations

from tandem._handed_on import names_of_a_product

TYPE_CHECKING = False  # not typing's: its import would be most of what a lazy package's import costs
if TYPE_CHECKING:
    from collections.abc import Mapping

    from . import (
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

__all__ = [
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
]


def names_of_webhooks(own: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Each public name with the module that has it: `own` are the product's modules."""
    return names_of_a_product(own, engine="tandem.webhooks", handed_on=__all__)
