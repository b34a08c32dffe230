"""Why a delivery is refused: a closed list of words, each with the answer that it gets."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

Reason: TypeAlias = Literal[
    "body_not_bytes",
    "body_too_large",
    "headers_unreadable",
    "missing_signature",
    "malformed_signature",
    "missing_timestamp",
    "malformed_timestamp",
    "signature_mismatch",
    "timestamp_too_old",
    "timestamp_in_future",
    "clock_unreadable",
    "malformed_body",
]
"""The values of `WebhookVerificationError.reason`.

* `body_not_bytes`: the body was decoded or parsed before it came here
* `body_too_large`: it is longer than `max_body`; nothing of it was read
* `headers_unreadable`: the headers are neither a mapping nor pairs
* `missing_signature`, `missing_timestamp`: the header is not there
* `malformed_signature`, `malformed_timestamp`: the header is there, and is not of this scheme
* `signature_mismatch`: made with another secret, or over other bytes
* `timestamp_too_old`, `timestamp_in_future`: rightly signed, but not now: a replay, or a clock that is off
* `clock_unreadable`: `now` is no time
* `malformed_body`: rightly signed, and not the JSON of an event
"""

REASONS: tuple[Reason, ...] = get_args(Reason)

_STATUS: dict[str, int] = {"body_too_large": 413, "malformed_body": 400, "clock_unreadable": 500}


def status_of(reason: str) -> int:
    """The HTTP status that tells the sender."""
    return _STATUS.get(reason, 401)
