"""Webhooks. A secret that the platform made up is shown when it is made, and never again.

Source: CoordinAItor API, Webhooks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tandem.sandbox import Context, Place, Registry

from ._events import SIGNATURE
from ._problems import invalid

registry = Registry()
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token of RFC 9110, section 5.6.2
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
# What the platform, or the connection, says of a delivery: nobody else may.
_TAKEN = frozenset({SIGNATURE.lower(), "content-type", "content-length", "connection", "host", "transfer-encoding"})


@registry.handles("webhooks.create")
def create(ctx: Context) -> dict[str, Any]:
    _check_headers(ctx.body.get("headers") or {})
    made_up = "secret" not in ctx.body
    webhook = new_webhook(ctx, ctx.body)
    return webhook if made_up else {name: value for name, value in webhook.items() if name != "secret"}


def new_webhook(place: Place, given: Mapping[str, Any]) -> dict[str, Any]:
    """Make a webhook: with its secret, so show it with care."""
    webhook: dict[str, Any] = {
        "id": place.ids.new("webhook"),
        "url": given["url"],
        "events": list(dict.fromkeys(given["events"])),
        "secret": given.get("secret") or place.ids.new("whsec", 40),
        "active": given.get("active", True),
        "headers": given.get("headers") or {},
        "createdAt": place.clock.iso(),
    }
    return place.store.put("webhook", webhook["id"], webhook, namespace=place.namespace)


def _check_headers(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise invalid(f"headers.{name}", "Is not a header")
        if name.lower() in _TAKEN:
            raise invalid(f"headers.{name}", "Is set by the platform itself")
