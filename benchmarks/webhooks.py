"""What it costs to verify a delivery of 2 kB: microseconds a call, beside the two steps that nobody can leave out.

Each call is timed by itself, in rounds in which all take turns. The median of the calmest round is what the code
takes; the median of all rounds is what it takes on a machine that has other things to do as well.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import statistics
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec

from interactor.webhooks import WebhookVerifier, signed_headers
from tandem import _json

ROUNDS = 400
CALLS = 50  # of a round
TARGET = 15.0
SECRET = "whsec_0123456789abcdef"
PARAGRAPH = (
    "Your order 48213 left our warehouse this morning. The carrier says that it is in transit, and it should be with "
    "you on Thursday between 9:00 and 12:00. If nobody is at home, they leave it with a neighbour, or you choose "
    "another day on this page: https://example.com/orders/48213/delivery"
)
EVENT = {
    "id": "evt_8f3kd92mfk20sl",
    "event": "room.message.created",
    "timestamp": "2026-01-20T12:00:01Z",
    "idempotency_key": "idem_f81d4fae7dec11d0a765",
    "namespace": "user_123",
    "data": {
        "message_id": "msg_5kd02mfl39dkq1",
        "room_id": "room_k29dm3l0fkq81d",
        "role": "assistant",
        "content": "\n\n".join([PARAGRAPH] * 6),
        "tool_calls": None,
    },
}
OTHER_HEADERS = {"Host": "app.example.com", "User-Agent": "platform/1.0", "Accept": "*/*", "Content-Length": "2000"}


@contextmanager
def default_installation() -> Generator[None]:
    """Without the native library, which an extra brings."""
    known = sys.modules.get("orjson")
    sys.modules["orjson"] = None  # type: ignore[assignment]  # what makes an import fail
    _json.codec.cache_clear()  # it has looked for it already
    try:
        yield
    finally:
        del sys.modules["orjson"]
        if known is not None:
            sys.modules["orjson"] = known
        _json.codec.cache_clear()


def medians(calls: Mapping[str, Callable[[], object]]) -> dict[str, list[float]]:
    """The median of each round in microseconds, the calmest round first."""
    found: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            found[name].append(statistics.median(_nanoseconds(call) for _ in range(CALLS)) / 1000)
    return {name: sorted(rounds) for name, rounds in found.items()}


def _nanoseconds(call: Callable[[], object]) -> int:
    started = time.perf_counter_ns()
    call()
    return time.perf_counter_ns() - started


def show(installation: str) -> None:
    body = json.dumps(EVENT, separators=(",", ":")).encode()
    headers = OTHER_HEADERS | signed_headers(body, SECRET, delivery_id="del_1")
    verifier = WebhookVerifier([SECRET])
    found = medians(
        {
            f"verify {len(body):,} bytes": lambda: verifier.verify(body, headers),
            "hmac.new": lambda: hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest(),
            "json.loads": lambda: json.loads(body),
        }
    )
    print(f"{installation:<20} {'calmest':>8} {'calm 5 %':>8} {'median':>8}   microseconds; target {TARGET:.0f}")
    for name, rounds in found.items():
        shown = (rounds[0], rounds[len(rounds) // 20], statistics.median(rounds))
        print(f"{name:<20} " + " ".join(f"{value:8.1f}" for value in shown))
    verify, *steps = (statistics.median(rounds) for rounds in found.values())
    print(f"verify takes {verify / sum(steps):.2f} times as long as hmac.new and json.loads alone\n")


def main() -> None:
    with default_installation():
        show("default")
    if find_spec("orjson") is not None:
        show("with orjson")


if __name__ == "__main__":
    main()
