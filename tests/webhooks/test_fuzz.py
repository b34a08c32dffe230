"""Whatever a stranger sends ends in an event or in a refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from interactor.webhooks import REASONS, WebhookVerifier
from tests.scale import scaled

from .deliveries import NOW, body_of, headers_of
from .fuzz import SECRETS, Fuzzer, is_true

DELIVERIES = scaled(1_000_000, 20_000)


@pytest.mark.proof
@pytest.mark.timeout(1800)
def test_made_up_deliveries_end_in_events_or_refusals(record_property: Callable[[str, object], None]) -> None:
    fuzzer = Fuzzer()

    fuzzer.run(DELIVERIES)

    record_property("figures", f"webhook fuzz: {fuzzer}")
    assert not fuzzer.foreign
    assert fuzzer.false_accepts == []
    assert fuzzer.false_refusals == []
    assert set(REASONS) - {"body_too_large", "clock_unreadable"} <= set(fuzzer.outcomes)
    assert fuzzer.outcomes["event"] > DELIVERIES / 5


class Gullible(WebhookVerifier):
    """Believes everything."""

    def _prove(self, body: Any, value: Any, stamp: Any) -> None: ...


class Clumsy(WebhookVerifier):
    """Breaks at bytes that are no text."""

    def _bytes(self, body: Any) -> bytes:
        return bytes(body, "utf-8") if isinstance(body, str) else bytes(body)


def test_a_verifier_that_believes_everything_is_found_out() -> None:
    fuzzer = Fuzzer()
    fuzzer.verifiers = dict.fromkeys(fuzzer.verifiers, Gullible(SECRETS, clock=lambda: NOW))

    fuzzer.run(500)

    assert fuzzer.false_accepts


def test_a_verifier_that_breaks_is_found_out() -> None:
    fuzzer = Fuzzer()
    fuzzer.verifiers = dict.fromkeys(fuzzer.verifiers, Clumsy(SECRETS, clock=lambda: NOW))

    fuzzer.run(1_000)

    assert fuzzer.foreign


def test_the_judge_knows_a_true_delivery() -> None:
    body = body_of()

    assert is_true(body, headers_of(body, secret=SECRETS[0]), "timestamped")
    assert not is_true(body + b" ", headers_of(body, secret=SECRETS[0]), "timestamped")
