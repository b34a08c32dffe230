"""Deliveries are written down, and can be sent again and steered."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from interactor.sandbox import Sandbox
from tandem.sandbox import SandboxError, UnknownDeliveryError
from tests.sandbox.calling import Caller
from tests.sandbox.receiving import EVENT, Receiver, slow

# -- the log, and sending again


def test_the_log_has_request_and_reply_without_secrets(
    sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]
) -> None:
    hooks.reply, hooks.reply_headers = b'{"ok": true, "secret": "s3"}', {"Content-Type": "application/json"}

    sandbox.trigger(EVENT)
    sandbox.settle()

    (attempt,) = sandbox.deliveries()[0].attempts
    assert (attempt.number, attempt.cause, attempt.status) == (1, "schedule", 200)
    assert attempt.request_headers["X-Interactor-Event"] == EVENT
    assert attempt.request_headers["X-Interactor-Signature"] == "***"
    assert attempt.reply == {"ok": True, "secret": "***"}


def test_the_log_hides_secrets_in_the_body_too(sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]) -> None:
    sandbox.trigger(EVENT, data={"metadata": {"password": "hunter2"}})
    sandbox.settle()

    assert hooks.received[0].json["data"]["metadata"] == {"password": "hunter2"}
    assert sandbox.deliveries()[0].body["data"]["metadata"] == {"password": "***"}


def test_a_reply_that_never_ends_is_kept_in_part(sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]) -> None:
    hooks.reply, hooks.reply_headers = b"x" * 1_000_000, {"Content-Type": "text/plain"}

    sandbox.trigger(EVENT)
    sandbox.settle()

    (delivery,) = sandbox.deliveries()
    assert delivery.status == "delivered"
    assert len(delivery.attempts[0].reply) <= 2000


def test_a_user_and_a_query_in_an_address_are_not_shown(api: Caller, sandbox: Sandbox, hooks: Receiver) -> None:
    secret = hooks.url.replace("http://", "http://ann:pass@") + "?token=t"
    api.made("/webhooks", {"url": secret, "events": [EVENT]})

    sandbox.trigger(EVENT)
    sandbox.settle()

    assert sandbox.deliveries()[0].url == hooks.url


def test_deliveries_are_found_by_event_status_and_endpoint(
    sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]
) -> None:
    first = sandbox.trigger(EVENT)
    sandbox.settle()
    hooks.status = 500
    second = sandbox.trigger(EVENT)
    sandbox.settle()

    assert [found.event_id for found in sandbox.deliveries(status="delivered")] == [first]
    assert [found.event_id for found in sandbox.deliveries(status="retrying")] == [second]
    assert len(sandbox.deliveries(endpoint=webhook["id"], event=EVENT)) == 2
    assert [found.event_id for found in sandbox.deliveries(limit=1)] == [second]
    assert sandbox.deliveries(event="room.message.updated") == []


def test_a_dead_letter_that_is_resent_is_the_same_delivery(
    sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]
) -> None:
    hooks.status = 500
    sandbox.trigger(EVENT)
    sandbox.clock.advance(hours=3)
    sandbox.settle()
    hooks.status = 200

    sandbox.resend(sandbox.dead_letters()[0])
    sandbox.settle()

    (delivery,) = sandbox.deliveries()
    assert (delivery.status, delivery.attempts[-1].cause) == ("delivered", "resend")
    assert hooks.received[-1].body == hooks.received[0].body
    assert sandbox.dead_letters() == []


def test_a_resend_that_succeeds_ends_the_repeats(sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]) -> None:
    hooks.answers.append(500)
    sandbox.trigger(EVENT)
    sandbox.settle()

    sandbox.resend(sandbox.deliveries()[0].id)
    sandbox.settle()
    sandbox.clock.advance(hours=3)
    sandbox.settle()

    assert len(hooks.received) == 2


def test_an_unknown_delivery_cannot_be_resent(sandbox: Sandbox) -> None:
    with pytest.raises(UnknownDeliveryError, match="del_none"):
        sandbox.resend("del_none")


def test_a_backfill_sends_what_happened_since_again_under_the_same_keys(
    sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]
) -> None:
    sandbox.trigger(EVENT)
    sandbox.settle()
    sandbox.clock.advance(60)
    since = sandbox.clock.now()
    late = sandbox.trigger(EVENT)
    sandbox.settle()

    filled = sandbox.backfill(since)
    sandbox.settle()

    first, second, again = hooks.received
    assert filled == [again.json["delivery_id"]]
    assert (again.json["id"], again.json["idempotency_key"]) == (late, second.json["idempotency_key"])
    assert again.json["delivery_id"] != second.json["delivery_id"]
    assert first.json["id"] != late


def test_a_backfill_reaches_a_webhook_that_came_later(api: Caller, sandbox: Sandbox, hooks: Receiver) -> None:
    missed = sandbox.trigger(EVENT, namespace="user_1")
    api.made("/webhooks", {"url": hooks.url, "events": [EVENT]})

    sandbox.backfill("2026-01-01T00:00:00Z")
    sandbox.settle()

    assert [got.json["id"] for got in hooks.received] == [missed]


def test_a_backfill_leaves_alone_what_is_on_its_way(sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]) -> None:
    hooks.status = 500
    sandbox.trigger(EVENT)
    sandbox.settle()

    assert sandbox.backfill(0) == []


def test_a_moment_that_is_none_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="2026-01-20T12:00:00Z"):
        sandbox.backfill("yesterday")


# -- steering


def test_a_trigger_takes_the_documents_example_for_what_is_left_out(
    sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]
) -> None:
    sandbox.trigger(EVENT, data={"room_id": "room_mine"})
    sandbox.settle()

    data = hooks.received[0].json["data"]
    assert data["room_id"] == "room_mine"
    assert data["message_id"]
    assert data["role"]


def test_an_event_that_the_document_does_not_know_is_refused_with_the_nearest(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match=r"Did you mean room\.message\.created\?"):
        sandbox.trigger("room.message.create")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"data": [1]}, "data is a dict"),
        ({"data": {"at": object()}}, "data is a dict"),
        ({"data": {"text": "\ud800"}}, "data is a dict"),
        ({"namespace": "a b"}, "1 to 128 characters"),
    ],
)
def test_what_no_event_can_have_is_refused(sandbox: Sandbox, given: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        sandbox.trigger(EVENT, **given)


def test_times_in_an_event_are_written_as_the_platform_writes_them(
    sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]
) -> None:
    sandbox.trigger(EVENT, data={"sent_at": datetime(2026, 1, 20, 12, tzinfo=UTC)})
    sandbox.settle()

    assert hooks.received[0].json["data"]["sent_at"] == "2026-01-20T12:00:00+00:00"


def test_shuffled_deliveries_come_several_times_and_out_of_order(hooks: Receiver) -> None:
    with Sandbox(seed=3) as sandbox:
        sandbox.client("user_1").webhooks.create(url=hooks.url, events=[EVENT])
        sandbox.shuffle_deliveries()

        sent = [sandbox.trigger(EVENT) for _ in range(20)]
        sandbox.settle()

    got = [received.json["id"] for received in hooks.received]
    assert set(got) == set(sent)
    assert list(dict.fromkeys(got)) != sent
    assert set(Counter(got).values()) == {1, 2, 3, 4}


def test_settle_tells_when_a_receiver_takes_too_long(
    sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]
) -> None:
    _, answer = slow(hooks)
    sandbox.trigger(EVENT)

    with pytest.raises(SandboxError, match=r"not done within 0\.2 seconds"):
        sandbox.settle(timeout=0.2)

    answer.set()
    sandbox.settle()


async def _triggered(sandbox: Sandbox) -> list[str]:
    sandbox.trigger(EVENT)
    await sandbox.asettle()
    return [delivery.status for delivery in sandbox.deliveries()]


def test_an_event_loop_waits_without_standing_still(sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]) -> None:
    assert asyncio.run(_triggered(sandbox)) == ["delivered"]
