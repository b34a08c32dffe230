"""What a delivery is answered with."""

from __future__ import annotations

import json
from typing import NamedTuple

from tandem._errors import WebhookVerificationError

from ._reasons import status_of


class WebhookReply(NamedTuple):
    """Status and body to answer a delivery with. A status from 200 to 299 keeps the platform from sending it again."""

    status: int
    body: bytes

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The headers that belong to it."""
        found = [("content-type", "application/json"), ("content-length", str(len(self.body)))]
        if self.status == 405:
            found.append(("allow", "POST"))
        # What was not read of a body would be taken for the next request.
        return [*found, ("connection", "close")] if self.status in {405, 413} else found


def reply(status: int, **content: object) -> WebhookReply:
    """An answer in JSON."""
    return WebhookReply(status, json.dumps(content, separators=(",", ":")).encode())


RECEIVED = reply(200, received=True)
REPEATED = reply(200, received=True, repeated=True)
ACCEPTED = reply(202, received=True)
BUSY = reply(409, error="busy")
FAILED = reply(500, error="handler_failed")
STORE_FAILED = reply(503, error="store_failed")
EXECUTOR_FAILED = reply(503, error="executor_failed")
TOO_LARGE = reply(413, error="body_too_large")
NOT_A_POST = reply(405, error="method_not_allowed")


def refused(problem: WebhookVerificationError) -> WebhookReply:
    """The answer to a delivery that is not the platform's: its reason, and nothing that helps a forger."""
    return reply(status_of(problem.reason), error=problem.reason)
