"""tandem: the engine under typed API clients in two colours, sync and async.

An OpenAPI document goes in at one end (`tandem.codegen`); resource classes come out that build plain `Call` values; the
`Client` and `AsyncClient` of this package carry them out. It knows no product.
"""

from __future__ import annotations

from ._lazy import lazy_names

TYPE_CHECKING = False  # not typing's: its import would be most of what this package's import costs
if TYPE_CHECKING:
    from ._auth import AsyncAuth, Auth
    from ._breaker import CircuitBreaker
    from ._calls import Call, FileInput, Operation, RequestOptions
    from ._client import AsyncClient, Client
    from ._conventions import Conventions
    from ._core import Core
    from ._errors import (
        APIConnectionError,
        APIStatusError,
        APITimeoutError,
        AuthenticationError,
        BadRequestError,
        CircuitOpenError,
        ConfigurationError,
        ConflictError,
        DeadlineExceededError,
        ErrorFamily,
        InvalidRequestError,
        NotFoundError,
        PermissionDeniedError,
        RateLimitError,
        ResponseDecodeError,
        ServerError,
        StreamInterruptedError,
        TandemError,
        ValidationError,
        WebhookVerificationError,
    )
    from ._headers import Headers
    from ._hooks import Hooks
    from ._idempotency import idempotency_key
    from ._live._channels import AsyncLiveChannel, LiveChannel
    from ._live._watches import AsyncWatch, Watch
    from ._meta import RateLimit, ResponseMeta
    from ._paging._pagers import AsyncPager, Pager
    from ._paging._pages import AsyncPage, Page
    from ._records import AttemptRecord, ResultRecord, RetryRecord
    from ._resource import AsyncResource, Resource
    from ._retry import RetryPolicy
    from ._secrets import Secret, SecretUrl
    from ._settings import CallSettings
    from ._streaming._events import StreamGap, UnknownEvent
    from ._streaming._streams import AsyncStream, Stream
    from ._tokens import AsyncTokenStore, Grant, Granted, MemoryTokenStore, RenewableGrant, Token, TokenStore
    from ._transport import (
        AsyncReplyStream,
        AsyncTransport,
        Body,
        ReplyStream,
        Request,
        Response,
        Transport,
        TransportError,
    )
    from ._wire._httpx import AsyncHttpxTransport, HttpxTransport
    from .models import Empty, Model

_MODULES = {
    "_auth": ("AsyncAuth", "Auth"),
    "_breaker": ("CircuitBreaker",),
    "_calls": ("Call", "FileInput", "Operation", "RequestOptions"),
    "_client": ("AsyncClient", "Client"),
    "_conventions": ("Conventions",),
    "_core": ("Core",),
    "_errors": (
        "APIConnectionError",
        "APIStatusError",
        "APITimeoutError",
        "AuthenticationError",
        "BadRequestError",
        "CircuitOpenError",
        "ConfigurationError",
        "ConflictError",
        "DeadlineExceededError",
        "ErrorFamily",
        "InvalidRequestError",
        "NotFoundError",
        "PermissionDeniedError",
        "RateLimitError",
        "ResponseDecodeError",
        "ServerError",
        "StreamInterruptedError",
        "TandemError",
        "ValidationError",
        "WebhookVerificationError",
    ),
    "_headers": ("Headers",),
    "_hooks": ("Hooks",),
    "_wire._httpx": ("AsyncHttpxTransport", "HttpxTransport"),
    "_idempotency": ("idempotency_key",),
    "_live._channels": ("AsyncLiveChannel", "LiveChannel"),
    "_live._watches": ("AsyncWatch", "Watch"),
    "_meta": ("RateLimit", "ResponseMeta"),
    "_paging._pagers": ("AsyncPager", "Pager"),
    "_paging._pages": ("AsyncPage", "Page"),
    "_records": ("AttemptRecord", "ResultRecord", "RetryRecord"),
    "_resource": ("AsyncResource", "Resource"),
    "_retry": ("RetryPolicy",),
    "_secrets": ("Secret", "SecretUrl"),
    "_settings": ("CallSettings",),
    "_streaming._events": ("StreamGap", "UnknownEvent"),
    "_streaming._streams": ("AsyncStream", "Stream"),
    "_tokens": (
        "AsyncTokenStore",
        "Grant",
        "Granted",
        "MemoryTokenStore",
        "RenewableGrant",
        "Token",
        "TokenStore",
    ),
    "_transport": (
        "AsyncReplyStream",
        "AsyncTransport",
        "Body",
        "ReplyStream",
        "Request",
        "Response",
        "Transport",
        "TransportError",
    ),
    "models": ("Empty", "Model"),
}

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncAuth",
    "AsyncClient",
    "AsyncHttpxTransport",
    "AsyncLiveChannel",
    "AsyncPage",
    "AsyncPager",
    "AsyncReplyStream",
    "AsyncResource",
    "AsyncStream",
    "AsyncTokenStore",
    "AsyncTransport",
    "AsyncWatch",
    "AttemptRecord",
    "Auth",
    "AuthenticationError",
    "BadRequestError",
    "Body",
    "Call",
    "CallSettings",
    "CircuitBreaker",
    "CircuitOpenError",
    "Client",
    "ConfigurationError",
    "ConflictError",
    "Conventions",
    "Core",
    "DeadlineExceededError",
    "Empty",
    "ErrorFamily",
    "FileInput",
    "Grant",
    "Granted",
    "Headers",
    "Hooks",
    "HttpxTransport",
    "InvalidRequestError",
    "LiveChannel",
    "MemoryTokenStore",
    "Model",
    "NotFoundError",
    "Operation",
    "Page",
    "Pager",
    "PermissionDeniedError",
    "RateLimit",
    "RateLimitError",
    "RenewableGrant",
    "ReplyStream",
    "Request",
    "RequestOptions",
    "Resource",
    "Response",
    "ResponseDecodeError",
    "ResponseMeta",
    "ResultRecord",
    "RetryPolicy",
    "RetryRecord",
    "Secret",
    "SecretUrl",
    "ServerError",
    "Stream",
    "StreamGap",
    "StreamInterruptedError",
    "TandemError",
    "Token",
    "TokenStore",
    "Transport",
    "TransportError",
    "UnknownEvent",
    "ValidationError",
    "Watch",
    "WebhookVerificationError",
    "idempotency_key",
]

if not TYPE_CHECKING:  # a checker reads the names above, and knows what is not there
    __getattr__, __dir__ = lazy_names(
        __name__, {name: f".{module}" for module, names in _MODULES.items() for name in names}
    )
