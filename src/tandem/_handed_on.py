"""The names that the package of every product hands on: some of the engine's, and its own errors."""

from __future__ import annotations

TYPE_CHECKING = False  # not typing's: its import would be most of what a lazy package's import costs
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from . import (
        AsyncHttpxTransport,
        AsyncPage,
        AsyncPager,
        AsyncStream,
        AsyncTokenStore,
        AsyncTransport,
        AttemptRecord,
        CircuitBreaker,
        Empty,
        HttpxTransport,
        MemoryTokenStore,
        Page,
        Pager,
        RateLimit,
        RequestOptions,
        ResponseMeta,
        ResultRecord,
        RetryPolicy,
        RetryRecord,
        Secret,
        SecretUrl,
        Stream,
        StreamGap,
        Token,
        TokenStore,
        Transport,
        UnknownEvent,
        idempotency_key,
    )

__all__ = [
    "AsyncHttpxTransport",
    "AsyncPage",
    "AsyncPager",
    "AsyncStream",
    "AsyncTokenStore",
    "AsyncTransport",
    "AttemptRecord",
    "CircuitBreaker",
    "Empty",
    "HttpxTransport",
    "MemoryTokenStore",
    "Page",
    "Pager",
    "RateLimit",
    "RequestOptions",
    "ResponseMeta",
    "ResultRecord",
    "RetryPolicy",
    "RetryRecord",
    "Secret",
    "SecretUrl",
    "Stream",
    "StreamGap",
    "Token",
    "TokenStore",
    "Transport",
    "UnknownEvent",
    "idempotency_key",
]

ERRORS = (
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "CircuitOpenError",
    "ConfigurationError",
    "ConflictError",
    "DeadlineExceededError",
    "InvalidRequestError",
    "NotFoundError",
    "PermissionDeniedError",
    "RateLimitError",
    "ResponseDecodeError",
    "ServerError",
    "StreamInterruptedError",
    "ValidationError",
    "WebhookVerificationError",
)
"""What a family of errors has beside its root."""


def names_of_a_product(
    own: Mapping[str, tuple[str, ...]],
    *,
    errors: str | None = None,
    engine: str = "tandem",
    handed_on: Iterable[str] = tuple(__all__),
) -> dict[str, str]:
    """Each public name with the module that has it: `own` are the product's modules, `errors` is that of its errors."""
    modules = {**own, engine: handed_on}
    if errors is not None:
        modules[errors] = (*own.get(errors, ()), *ERRORS)
    return {name: module for module, names in modules.items() for name in names}
