"""The public router."""

from __future__ import annotations

from tandem.webhooks import Router, Verifier

from ._events import WEBHOOKS
from ._verifier import WebhookVerifier


class WebhookRouter(Router):
    """Takes the platform's deliveries in, and calls your handlers once for each event.

    >>> from interactor.webhooks import RoomMessageCreated, signed_headers
    >>> router = WebhookRouter(WebhookVerifier(secrets=["whsec_1"]))
    >>> @router.on(RoomMessageCreated)
    ... def reply(event: RoomMessageCreated) -> None:
    ...     print(event.data.content)
    >>> body = b'{"event": "room.message.created", "idempotency_key": "idem_1", "data": {"content": "Hello"}}'
    >>> status, _ = router.handle(body, signed_headers(body, "whsec_1"))
    Hello
    >>> status, router.handle(body, signed_headers(body, "whsec_1")).body
    (200, b'{"received":true,"repeated":true}')

    The platform delivers at least once, in any order. An event is claimed in the `store` before its handlers run, and
    noted as done after: a repeat is answered 200 and runs nothing; a repeat during the work is answered 409, so that it
    comes again. A handler that raises gives the claim back and is answered 500. A worker that dies loses its claim
    after `claim_ttl` seconds: more than the slowest handler takes. Two routers that share a store and both get
    an event need a `name` each.

    Without a `store` each process remembers for itself: use `SqliteStore` for several processes of one machine, and
    `RedisStore` for several machines. Without a `verifier` the environment's secrets count, as in `WebhookVerifier()`.
    """

    _errors = WEBHOOKS.errors

    def _usual_verifier(self) -> Verifier:
        return WebhookVerifier()
