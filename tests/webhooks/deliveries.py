"""Deliveries as the platform sends them."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, cast

from interactor.webhooks import WebhookVerifier, sign

Json = dict[str, Any]
SECRET = "whsec_0123456789abcdef"
NOW = 1_768_910_401
"""The time that the verifiers of these tests live in."""


def _examples() -> dict[str, Json]:
    document = json.loads(files("interactor_api").joinpath("_document.json").read_text(encoding="utf-8"))
    operations = {name: item["post"] for name, item in cast("Json", document["webhooks"]).items()}
    return {
        name: operation["requestBody"]["content"]["application/json"]["example"]
        for name, operation in operations.items()
    }


EXAMPLES = _examples()
"""The body of each event that the document describes."""


def body_of(event: str = "room.message.created", **changes: Any) -> bytes:
    """The document's example of an event, with other values at the top."""
    return json.dumps(EXAMPLES[event] | changes, separators=(",", ":")).encode()


def headers_of(body: bytes, *, secret: str = SECRET, timestamp: int = NOW, **changes: Any) -> dict[str, str]:
    """Headers that prove a body."""
    headers = {
        "Content-Type": "application/json",
        "X-Interactor-Event": "room.message.created",
        "X-Interactor-Delivery": "del_1",
        "X-Interactor-Timestamp": str(timestamp),
        "X-Interactor-Retry-Count": "2",
        "X-Request-Id": "req_1",
        "X-Interactor-Signature": sign(body, secret, timestamp),
    }
    return headers | {name.replace("_", "-"): value for name, value in changes.items()}


def verifier(**settings: Any) -> WebhookVerifier:
    """A verifier that knows the secret, and whose clock stands still."""
    defaults: Json = {"secrets": [SECRET], "clock": lambda: NOW}
    return WebhookVerifier(**(defaults | settings))
