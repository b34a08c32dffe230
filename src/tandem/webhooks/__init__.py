"""Webhooks of any platform: prove where a delivery comes from, type its event, and handle each event once.

A platform says in `WebhookConventions` how it signs and which events it has; its own package puts names and defaults
to `Verifier` and `Router`.
"""

from __future__ import annotations

from tandem._lazy import lazy_names

TYPE_CHECKING = False  # not typing's: its import would be most of what a lazy package's import costs
if TYPE_CHECKING:
    from ._claims import AsyncClaimStore, Claim, ClaimState, ClaimStore
    from ._events import Delivered, EventClass, UnknownEvent, WebhookConventions, WebhookEvent
    from ._frameworks import async_django_view, django_view, fastapi_router, flask_blueprint, starlette_route
    from ._headers import Delivery, HeadersInput
    from ._memory import MemoryStore
    from ._reasons import REASONS, Reason
    from ._redis import AsyncRedisStore, RedisStore
    from ._replies import WebhookReply
    from ._router import Router
    from ._signing import Scheme, sign
    from ._sqlite import SqliteStore
    from ._tasks import Message
    from ._verifier import Verifier

_MODULES = {
    "._claims": ("AsyncClaimStore", "Claim", "ClaimState", "ClaimStore"),
    "._events": ("Delivered", "EventClass", "UnknownEvent", "WebhookConventions", "WebhookEvent"),
    "._frameworks": ("async_django_view", "django_view", "fastapi_router", "flask_blueprint", "starlette_route"),
    "._headers": ("Delivery", "HeadersInput"),
    "._memory": ("MemoryStore",),
    "._reasons": ("REASONS", "Reason"),
    "._redis": ("AsyncRedisStore", "RedisStore"),
    "._replies": ("WebhookReply",),
    "._router": ("Router",),
    "._signing": ("Scheme", "sign"),
    "._sqlite": ("SqliteStore",),
    "._tasks": ("Message",),
    "._verifier": ("Verifier",),
}

__all__ = [
    "REASONS",
    "AsyncClaimStore",
    "AsyncRedisStore",
    "Claim",
    "ClaimState",
    "ClaimStore",
    "Delivered",
    "Delivery",
    "EventClass",
    "HeadersInput",
    "MemoryStore",
    "Message",
    "Reason",
    "RedisStore",
    "Router",
    "Scheme",
    "SqliteStore",
    "UnknownEvent",
    "Verifier",
    "WebhookConventions",
    "WebhookEvent",
    "WebhookReply",
    "async_django_view",
    "django_view",
    "fastapi_router",
    "flask_blueprint",
    "sign",
    "starlette_route",
]

if not TYPE_CHECKING:  # a checker reads the names above, and knows what is not there
    __getattr__, __dir__ = lazy_names(__name__, {name: module for module, names in _MODULES.items() for name in names})
