"""A delivery that fails is tried again by the documented schedule."""

from __future__ import annotations

from typing import Any

import pytest

from interactor.sandbox import Sandbox
from tests.sandbox.calling import Caller
from tests.sandbox.receiving import EVENT, Receiver, slow

SCHEDULE = [0, 30, 120, 480, 1800, 7200]

# -- when it fails


@pytest.mark.parametrize("status", [302, 400, 404, 409, 500])
def test_anything_but_2xx_is_tried_again_after_30_seconds(
    sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any], status: int
) -> None:
    hooks.answers.append(status)
    hooks.reply_headers["Location"] = hooks.url

    sandbox.trigger(EVENT)
    sandbox.settle()
    before = len(hooks.received)
    sandbox.clock.advance(30)
    sandbox.settle()

    assert (before, len(hooks.received)) == (1, 2)
    assert sandbox.deliveries()[0].status == "delivered"


def test_the_six_attempts_follow_the_documented_schedule(
    sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]
) -> None:
    hooks.status = 500
    sandbox.trigger(EVENT)
    sandbox.settle()

    seen = [len(hooks.received)]
    for pause in SCHEDULE[1:]:
        sandbox.clock.advance(pause - 5)
        sandbox.settle()
        early = len(hooks.received)
        sandbox.clock.advance(5)
        sandbox.settle()
        seen.append(len(hooks.received))
        assert early == seen[-2]

    assert seen == [1, 2, 3, 4, 5, 6]
    assert [got.headers["X-Interactor-Retry-Count"] for got in hooks.received] == ["0", "1", "2", "3", "4", "5"]
    assert len({got.body for got in hooks.received}) == 1


def test_a_jump_in_time_plays_all_attempts_that_were_due_in_order(
    sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]
) -> None:
    hooks.status = 500
    sandbox.trigger(EVENT)

    sandbox.clock.advance(hours=3)
    sandbox.settle()

    assert [got.headers["X-Interactor-Retry-Count"] for got in hooks.received] == ["0", "1", "2", "3", "4", "5"]
    assert [(letter.status, len(letter.attempts)) for letter in sandbox.dead_letters()] == [("dead", 6)]


def test_a_receiver_that_does_not_answer_in_time_is_tried_again(
    sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, answer = slow(hooks)
    monkeypatch.setattr(sandbox.platform.deliverer.poster, "timeout", 0.2)

    sandbox.trigger(EVENT)
    sandbox.settle()
    answer.set()

    (delivery,) = sandbox.deliveries()
    assert (delivery.status, delivery.last_status) == ("retrying", None)
    assert delivery.attempts[0].error == "No answer within 0.2 seconds."


def test_a_timeout_is_30_seconds() -> None:
    with Sandbox() as sandbox:
        assert sandbox.platform.deliverer.poster.timeout == 30


def test_a_receiver_that_is_not_there_is_tried_again(api: Caller, sandbox: Sandbox) -> None:
    api.made("/webhooks", {"url": "http://127.0.0.1:1/hooks", "events": [EVENT]})

    sandbox.trigger(EVENT)
    sandbox.settle()

    (delivery,) = sandbox.deliveries()
    assert delivery.status == "retrying"
    assert "ConnectError" in str(delivery.attempts[0].error)


def test_a_deleted_webhook_gets_no_repeats_that_are_due(
    api: Caller, sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]
) -> None:
    hooks.status = 500
    sandbox.trigger(EVENT)
    sandbox.settle()

    api.delete(f"/webhooks/{webhook['id']}")
    sandbox.clock.advance(hours=3)
    sandbox.settle()

    assert len(hooks.received) == 1
    assert sandbox.deliveries()[0].status == "dropped"


def test_a_webhook_that_was_switched_off_gets_no_repeats_that_are_due(
    api: Caller, sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]
) -> None:
    hooks.status = 500
    sandbox.trigger(EVENT)
    sandbox.settle()

    api.patch(f"/webhooks/{webhook['id']}", {"active": False})
    sandbox.clock.advance(30)
    sandbox.settle()

    assert len(hooks.received) == 1
    assert (sandbox.deliveries()[0].status, bool(sandbox.deliveries()[0].reason)) == ("dropped", True)


def test_a_receiver_may_call_the_platform_before_it_answers(
    sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]
) -> None:
    client = sandbox.client("user_1")
    called: list[int] = []
    hooks.on_request = lambda _: called.append(client.webhooks.list().first_page().total or 0)

    sandbox.trigger(EVENT)
    sandbox.settle()

    assert called == [1]


def test_a_subscription_gets_a_thousand_events_a_minute(hooks: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interactor.sandbox._announcements._EVENTS_A_MINUTE", 3)
    with Sandbox(enforce_limits=True) as sandbox:
        sandbox.client("user_1").webhooks.subscriptions.create(url=hooks.url, events=[EVENT])
        sandbox.clock.advance(60 - sandbox.clock.now() % 60)

        for _ in range(4):
            sandbox.trigger(EVENT)
        sandbox.settle()
        before = len(hooks.received)
        sandbox.clock.advance(minutes=1)
        sandbox.settle()

    assert (before, len(hooks.received)) == (3, 4)
