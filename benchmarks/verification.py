"""Webhook deliveries of 2 kB verified and read, a second of CPU time."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from functools import partial

from ._contestants import BARE, DEFAULT, FAST
from ._crew import Crew
from ._results import Topic, beside
from ._rounds import Sample, medians
from .webhooks import EVENT, OTHER_HEADERS, SECRET

CALLS = 2000
ROUNDS = 15
BODY = json.dumps(EVENT, separators=(",", ":")).encode()


def rate(name: str) -> Sample:
    """Deliveries a second."""
    verify = {BARE: _by_hand, DEFAULT: _ours, FAST: _ours, "stripe": _stripe, "svix": _svix}[name]()
    for _ in range(10):
        verify()
    started = time.process_time()
    for _ in range(CALLS):
        verify()
    return {"rate": CALLS / (time.process_time() - started)}


def _by_hand() -> Callable[[], object]:
    return lambda: (hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest(), json.loads(BODY))


def _ours() -> Callable[[], object]:
    from interactor.webhooks import WebhookVerifier, signed_headers

    headers = OTHER_HEADERS | signed_headers(BODY, SECRET, delivery_id="del_1")
    verifier = WebhookVerifier([SECRET])
    return lambda: verifier.verify(BODY, headers)


def _stripe() -> Callable[[], object]:
    import stripe

    body = json.dumps({"object": "event", **EVENT}, separators=(",", ":"))
    at = int(time.time())
    header = f"t={at},v1={hmac.new(SECRET.encode(), f'{at}.{body}'.encode(), hashlib.sha256).hexdigest()}"
    return lambda: stripe.Webhook.construct_event(body, header, SECRET)


def _svix() -> Callable[[], object]:
    from svix.webhooks import Webhook

    webhook = Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.datetime.now(datetime.UTC)
    headers = OTHER_HEADERS | {
        "svix-id": "msg_1",
        "svix-timestamp": str(int(at.timestamp())),
        "svix-signature": webhook.sign("msg_1", at, BODY.decode()),
    }

    def verify() -> object:
        webhook.verify(BODY, headers)  # which does not read it
        return json.loads(BODY)

    return verify


def measured(crew: Crew, url: str) -> list[Topic]:
    names = (BARE, DEFAULT, FAST, "stripe", "svix")
    found = medians({name: partial(crew[name].run, rate) for name in names}, ROUNDS)
    bare, svix = found[BARE]["rate"], found["svix"]["rate"]
    rows = {name: [beside(sample["rate"], bare), f"{sample['rate'] / svix:.2f}"] for name, sample in found.items()}
    rows["hmac.new + json.loads"] = rows.pop(BARE)
    remark = f"{len(BODY):,} bytes: **ratio to the two steps that nobody can leave out** · verifications a second."
    return [Topic("Webhooks", remark, ["verify and read", "÷ svix"], rows)]
