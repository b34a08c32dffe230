"""The public verifier and router, and the verifier's counterpart for tests."""

from __future__ import annotations

from collections.abc import Iterable

from tandem.webhooks import Router, Verifier
from tandem.webhooks import sign as _sign

from ._events import WEBHOOKS


class WebhookVerifier(Verifier):
    """Tells the platform's deliveries from others.

    >>> body = b'{"event": "task.failed", "timestamp": "2026-01-16T15:30:00Z", "data": {"id": "task-1"}}'
    >>> verifier = WebhookVerifier(secrets=["whsec_new", "whsec_old"])
    >>> event = verifier.verify(body, {"X-Orchestrator-Signature": sign(body, "whsec_old")})
    >>> event.type, event.data.id
    ('task.failed', 'task-1')

    `secrets` are all that are valid now; without them COORDINAITOR_WEBHOOK_SECRET and COORDINAITOR_WEBHOOK_SECRET_OLD
    count. `max_body` is the largest body in bytes. The platform signs the body and no time: who once saw a delivery can
    send it again for ever. A router runs no handler twice for the same body; let what others do be repeatable.

    Raises ConfigurationError. Source: CoordinAItor API, Webhook Security.
    """

    __slots__ = ()

    def __init__(
        self, secrets: Iterable[str | bytes] | str | bytes | None = None, *, max_body: int = 1024 * 1024
    ) -> None:
        super().__init__(WEBHOOKS, secrets, tolerance=0, scheme="body", max_body=max_body)


class WebhookRouter(Router):
    """Takes the platform's deliveries in, and calls your handlers once for each event.

    >>> from coordinaitor.webhooks import TaskCompleted
    >>> router = WebhookRouter(WebhookVerifier(secrets=["whsec_1"]))
    >>> @router.on(TaskCompleted)
    ... def cheer(event: TaskCompleted) -> None:
    ...     print(event.data.title)
    >>> body = b'{"event": "task.completed", "timestamp": "2026-01-16T15:30:00Z", "data": {"title": "Login"}}'
    >>> for _ in range(2):
    ...     print(router.handle(body, {"X-Orchestrator-Signature": sign(body, "whsec_1")}).status)
    Login
    200
    200

    Deliveries have no id: repeats are told by their bodies. An event is claimed in the `store` (each process has one of
    its own unless you pass one) before its handlers run, for `claim_ttl` seconds at most; two routers that share a
    store need a `name` each. Without a `verifier` the environment's secrets count.
    """

    _errors = WEBHOOKS.errors

    def _usual_verifier(self) -> Verifier:
        return WebhookVerifier()


def sign(body: bytes, secret: str | bytes) -> str:
    """The value of `X-Orchestrator-Signature` for a body, as the platform writes it: to test your endpoint with."""
    return _sign(body, secret, scheme="body", errors=WEBHOOKS.errors)
