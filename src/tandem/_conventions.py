"""What one product's API does its own way: the values that the engine is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ._errors import NO_FAMILY, ErrorFamily

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conventions:
    """Header names, parameter names and errors of a product."""

    name: str
    user_agent: str
    errors: ErrorFamily = NO_FAMILY
    default_host: str = "core"
    namespace_header: str | None = None
    namespace_pattern: re.Pattern[str] = re.compile(r"[!-~]+")
    namespace_rule: str = "printable ASCII text without spaces"
    idempotency_header: str = "Idempotency-Key"
    api_key_header: str | None = None
    """Where an API key goes, on a platform that has them."""
    keyed_methods: frozenset[str] = frozenset({"POST"})
    """Methods that take an idempotency key when a call is made by URL (`client.request`)."""
    page_param: str = "page"
    cursor_param: str = "cursor"
    extra_headers: Mapping[str, str] = field(default_factory=dict[str, str])
    logger: str = "tandem"
    log_env: str | None = None
    """The environment variable that writes the log to stderr when it is `debug` or `info`."""
    transport_env: str | None = None
    """The environment variable that keeps calls on httpx when it is `httpx`."""
    packages: frozenset[str] = frozenset({"tandem"})
    """The packages whose frames are not the user's own: a warning points above them."""
    rate_limit_window: float = 60.0
    """Seconds after which the platform counts anew."""
    namespace_limits: frozenset[str] = frozenset()
    """The scopes of rate limits that each namespace has for itself."""
    refusals: frozenset[int] = frozenset({429})
    """Statuses that prove that a write was not carried out: where a retry policy does not name its own, these count."""

    success_field: str | None = None
    """The field of every reply that is false where the platform refuses, whatever the status says."""
    meanings: Mapping[str, int] = field(default_factory=dict[str, int])
    """The status that an error code stands for, where a refusal comes with none, or with that of a success."""
    camel_case: bool = False
    """Whether the names of fields are written likeThis on the wire."""
    live_remedy: str = "pip install websockets"
    """How the library for live channels is installed."""

    @property
    def private_headers(self) -> frozenset[str]:
        """The headers, by lower-case name, that no other origin may see."""
        names = (self.namespace_header or "", self.idempotency_header, *self.credential_headers, *self.extra_headers)
        return frozenset(name.lower() for name in names)

    @property
    def credential_headers(self) -> frozenset[str]:
        """The headers, by lower-case name, that say who calls: a caller who sets one needs no other."""
        return frozenset({"authorization", (self.api_key_header or "authorization").lower()})

    def refuse_namespace(self, namespace: object) -> str | None:
        """Why this namespace cannot be sent, or None when it can."""
        if self.namespace_header is None:
            return "This platform has no namespaces."
        if isinstance(namespace, str) and self.namespace_pattern.fullmatch(namespace):
            return None
        return f"Namespace {shorten(namespace)} is not valid. A namespace is {self.namespace_rule}."


def refuse_header(name: object, value: object) -> str | None:
    """Why this header cannot be sent, or None when it can."""
    if not isinstance(name, str) or not _TOKEN.fullmatch(name):
        return f"{shorten(name)} is not a header name."
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or value != value.strip():
        # The value stays out of the message: it may be a secret.
        return f"The value of header {name} must be printable ASCII text without line breaks or spaces around it."
    return None


def shorten(value: object) -> str:
    """A user's value for a message."""
    try:
        text = repr(value)
    except Exception:  # a repr of the user's own, or an integer of more digits than Python will print
        return f"a value of type {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:60]}… ({len(text)} characters)"
