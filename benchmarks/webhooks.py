"""What it costs to verify a delivery of 2 kB: microseconds a call, beside the two steps that nobody can leave out.

Each call is timed by itself, in rounds in which all take turns. The median of the calmest round is what the code
takes; the median of all rounds is what it takes on a machine that has other things to do as well.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import statistics
import time
from collections.abc import Callable, Mapping

from interactor.webhooks import WebhookVerifier, signed_headers

ROUNDS = 600
CALLS = 50  # of a round
TARGET = 15.0
SECRET = "whsec_0123456789abcdef"
EVENT = {
    "id": "evt_def456",
    "event": "room.message.created",
    "timestamp": "2026-01-20T12:00:01Z",
    "idempotency_key": "idem_abc123",
    "namespace": "user_123",
    "data": {"message_id": "msg_1", "room_id": "room_1", "role": "assistant", "content": "Hello there, you! " * 98},
}
OTHER_HEADERS = {"Host": "app.example.com", "User-Agent": "platform/1.0", "Accept": "*/*", "Content-Length": "2000"}


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


def main() -> None:
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
    print(f"{'microseconds':<20} {'calmest':>8} {'calm 5 %':>8} {'median':>8}   target {TARGET:.0f}")
    for name, rounds in found.items():
        shown = (rounds[0], rounds[len(rounds) // 20], statistics.median(rounds))
        print(f"{name:<20} " + " ".join(f"{value:8.1f}" for value in shown))
    verify, *steps = (statistics.median(rounds) for rounds in found.values())
    print(f"verify takes {verify / sum(steps):.2f} times as long as hmac.new and json.loads alone")


if __name__ == "__main__":
    main()
