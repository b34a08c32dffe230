"""The Python SDK for the Interactor platform.

    from interactor import InteractorClient

    client = InteractorClient(namespace="user_123")
    bot = client.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.")

`AsyncInteractorClient` is the same tree of methods for asyncio and trio. Models stand in `interactor.models`, a local
platform in `interactor.sandbox`.
"""

from __future__ import annotations

from tandem._lazy import lazy_names

from ._version import __version__

TYPE_CHECKING = False  # not typing's: its import would be most of what this package's import costs
if TYPE_CHECKING:
    from interactor_api.errors import (
        APIConnectionError,
        APIStatusError,
        APITimeoutError,
        AuthenticationError,
        BadRequestError,
        ConfigurationError,
        ConflictError,
        DeadlineExceededError,
        InteractorError,
        InvalidRequestError,
        NotFoundError,
        PermissionDeniedError,
        RateLimitError,
        ResponseDecodeError,
        ServerError,
        StreamInterruptedError,
        ValidationError,
        WebhookVerificationError,
    )
    from interactor_api.models import (
        MessageComplete,
        MessageDelta,
        StreamError,
        ToolCallComplete,
        ToolCallStart,
        WorkflowHalted,
        WorkflowStateChanged,
    )

    from tandem import (
        AsyncHttpxTransport,
        AsyncPage,
        AsyncPager,
        AsyncStream,
        AsyncTokenStore,
        AsyncTransport,
        Empty,
        HttpxTransport,
        MemoryTokenStore,
        Page,
        Pager,
        RateLimit,
        RequestOptions,
        ResponseMeta,
        RetryPolicy,
        Secret,
        SecretUrl,
        Stream,
        Token,
        TokenStore,
        Transport,
        UnknownEvent,
        idempotency_key,
    )

    from ._client import AsyncInteractorClient, InteractorClient

_MODULES = {
    "._client": ("AsyncInteractorClient", "InteractorClient"),
    "interactor_api.errors": (
        "APIConnectionError",
        "APIStatusError",
        "APITimeoutError",
        "AuthenticationError",
        "BadRequestError",
        "ConfigurationError",
        "ConflictError",
        "DeadlineExceededError",
        "InteractorError",
        "InvalidRequestError",
        "NotFoundError",
        "PermissionDeniedError",
        "RateLimitError",
        "ResponseDecodeError",
        "ServerError",
        "StreamInterruptedError",
        "ValidationError",
        "WebhookVerificationError",
    ),
    "interactor_api.models": (
        "MessageComplete",
        "MessageDelta",
        "StreamError",
        "ToolCallComplete",
        "ToolCallStart",
        "WorkflowHalted",
        "WorkflowStateChanged",
    ),
    "tandem": (
        "AsyncHttpxTransport",
        "AsyncPage",
        "AsyncPager",
        "AsyncStream",
        "AsyncTokenStore",
        "AsyncTransport",
        "Empty",
        "HttpxTransport",
        "MemoryTokenStore",
        "Page",
        "Pager",
        "RateLimit",
        "RequestOptions",
        "ResponseMeta",
        "RetryPolicy",
        "Secret",
        "SecretUrl",
        "Stream",
        "Token",
        "TokenStore",
        "Transport",
        "UnknownEvent",
        "idempotency_key",
    ),
}

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncHttpxTransport",
    "AsyncInteractorClient",
    "AsyncPage",
    "AsyncPager",
    "AsyncStream",
    "AsyncTokenStore",
    "AsyncTransport",
    "AuthenticationError",
    "BadRequestError",
    "ConfigurationError",
    "ConflictError",
    "DeadlineExceededError",
    "Empty",
    "HttpxTransport",
    "InteractorClient",
    "InteractorError",
    "InvalidRequestError",
    "MemoryTokenStore",
    "MessageComplete",
    "MessageDelta",
    "NotFoundError",
    "Page",
    "Pager",
    "PermissionDeniedError",
    "RateLimit",
    "RateLimitError",
    "RequestOptions",
    "ResponseDecodeError",
    "ResponseMeta",
    "RetryPolicy",
    "Secret",
    "SecretUrl",
    "ServerError",
    "Stream",
    "StreamError",
    "StreamInterruptedError",
    "Token",
    "TokenStore",
    "ToolCallComplete",
    "ToolCallStart",
    "Transport",
    "UnknownEvent",
    "ValidationError",
    "WebhookVerificationError",
    "WorkflowHalted",
    "WorkflowStateChanged",
    "__version__",
    "idempotency_key",
]

__getattr__, __dir__ = lazy_names(__name__, {name: module for module, names in _MODULES.items() for name in names})
