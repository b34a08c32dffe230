"""The public verifier, and its counterpart for tests."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterable

from tandem.webhooks._signing import Scheme, stamp_of
from tandem.webhooks._signing import sign as _sign
from tandem.webhooks._verifier import Verifier

from ._events import WEBHOOKS


class WebhookVerifier(Verifier):
    """Tells the platform's deliveries from others.

    >>> verifier = WebhookVerifier(secrets=["whsec_new", "whsec_old"])
    >>> body = b'{"event": "credential.expired", "data": {"credential_id": "cred_1"}}'
    >>> headers = signed_headers(body, "whsec_old")
    >>> event = verifier.verify(body, headers)
    >>> event.type, event.data.credential_id
    ('credential.expired', 'cred_1')

    `secrets` are all that are valid now: during a rotation the new and the old one. Without them the environment's
    `INTERACTOR_WEBHOOK_SECRET` and `INTERACTOR_WEBHOOK_SECRET_OLD` count. `tolerance` is how many seconds a delivery's
    time of sending may lie before or after now. `max_body` is the largest body in bytes. `clock` gives Unix time.

    `scheme="body"` is for older senders, which sign the body alone, some of them without `sha256=` before the digest.
    It gives up the protection against replays: who once saw a delivery can send it again for ever.

    Raises ConfigurationError. Source: Interactor workflows guide, Webhook Signature Verification; Interactor SDK guide,
    Webhook Secret Rotation.
    """

    __slots__ = ()

    def __init__(
        self,
        secrets: Iterable[str | bytes] | str | bytes | None = None,
        tolerance: float = 300,
        scheme: Scheme = "timestamped",
        *,
        max_body: int = 1024 * 1024,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(WEBHOOKS, secrets, tolerance=tolerance, scheme=scheme, max_body=max_body, clock=clock)


def sign(
    body: bytes,
    secret: str | bytes,
    timestamp: float | str | datetime.datetime | None = None,
    *,
    scheme: Scheme = "timestamped",
) -> str:
    """The value of `X-Interactor-Signature` for a body, as the platform writes it: to test your endpoint with.

    >>> sign(b"{}", "whsec_1", 1705752000)
    'sha256=ea2ac69b88261f5fb6d1d416e8dc9b28e0d3dd2d58c218ab35c95f3db4743ce9'

    `timestamp` is what `X-Interactor-Timestamp` will say. Raises InvalidRequestError or ConfigurationError.
    """
    return _sign(body, secret, timestamp, scheme=scheme, errors=WEBHOOKS.errors)


def signed_headers(
    body: bytes,
    *secrets: str | bytes,
    timestamp: float | str | datetime.datetime | None = None,
    delivery_id: str | None = None,
    retry_count: int = 0,
) -> dict[str, str]:
    """The headers of a delivery of this body, sent now or at `timestamp`. Several secrets sign as in a rotation."""
    stamp = stamp_of(time.time() if timestamp is None else timestamp, WEBHOOKS.errors)
    headers = {
        "Content-Type": "application/json",
        "X-Interactor-Signature": ", ".join(sign(body, secret, stamp) for secret in secrets),
        "X-Interactor-Timestamp": stamp,
        "X-Interactor-Retry-Count": str(retry_count),
    }
    return headers if delivery_id is None else headers | {"X-Interactor-Delivery": delivery_id}
