"""Events reach the endpoints that want them, signed as documented."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from interactor.sandbox import Sandbox
from tests.sandbox.calling import Caller
from tests.sandbox.receiving import EVENT, Receiver

# -- what is sent


def test_a_message_in_a_room_is_announced(sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]) -> None:
    client = sandbox.client("user_1")
    bot = client.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.")

    client.rooms.messages.send(client.rooms.create(assistant_id=bot.id).id, content="Hello")
    sandbox.settle()

    assert ("user", "Hello") in {(got.json["data"]["role"], got.json["data"]["content"]) for got in hooks.received}


def test_the_body_has_the_fields_of_both_guides(sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]) -> None:
    event_id = sandbox.trigger(EVENT, data={"content": "Grüße"})
    sandbox.settle()

    body = hooks.received[0].json
    delivery = sandbox.deliveries()[0]
    assert (body["id"], body["event"], body["namespace"]) == (event_id, EVENT, "user_1")
    assert body["delivery_id"] == delivery.id
    assert body["data"]["content"] == "Grüße"
    assert body["idempotency_key"].startswith("idem_")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["timestamp"])


def test_the_headers_are_the_documented_ones(sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]) -> None:
    sandbox.trigger(EVENT)
    sandbox.settle()

    headers, body = hooks.received[0].headers, hooks.received[0].json
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Interactor-Event"] == EVENT
    assert headers["X-Interactor-Delivery"] == body["delivery_id"]
    assert headers["X-Interactor-Retry-Count"] == "0"
    assert headers["X-Request-Id"].startswith("req_")


def test_the_signature_is_over_timestamp_and_body(sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]) -> None:
    sandbox.trigger(EVENT)
    sandbox.settle()

    assert hooks.received[0].signatures == [hooks.received[0].signature_with(webhook["secret"])]


def test_the_timestamp_is_real_time_whatever_the_platforms_clock_says(
    sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]
) -> None:
    sandbox.clock.advance(days=30)

    sandbox.trigger(EVENT)
    sandbox.settle()

    assert abs(int(hooks.received[0].headers["X-Interactor-Timestamp"]) - time.time()) < 60


# -- who gets it


def test_an_event_that_was_not_asked_for_is_not_sent(
    sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]
) -> None:
    sandbox.trigger("room.message.updated", namespace="user_1")
    sandbox.settle()

    assert hooks.received == []


def test_a_webhook_hears_of_its_own_namespace_only(sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]) -> None:
    sandbox.trigger(EVENT, namespace="user_2")
    sandbox.settle()

    assert hooks.received == []


def test_a_webhook_that_is_switched_off_gets_nothing(
    api: Caller, sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]
) -> None:
    api.patch(f"/webhooks/{webhook['id']}", {"active": False})

    sandbox.trigger(EVENT, namespace="user_1")
    sandbox.settle()

    assert hooks.received == []
    assert sandbox.deliveries() == []


@pytest.mark.parametrize(("chosen", "heard"), [("user_2", ["user_2"]), (None, ["user_2", "user_3"])])
def test_a_subscription_hears_of_the_namespace_it_names_or_of_all(
    api: Caller, sandbox: Sandbox, hooks: Receiver, chosen: str | None, heard: list[str]
) -> None:
    narrowed = {"namespace_filter": chosen} if chosen else {}
    api.made("/webhooks/subscriptions", {"url": hooks.url, "events": [EVENT], **narrowed})

    for namespace in ("user_2", "user_3"):
        sandbox.trigger(EVENT, namespace=namespace)
    sandbox.settle()

    assert sorted(got.json["namespace"] for got in hooks.received) == heard


def test_a_subscription_never_hears_of_a_namespace_that_its_token_may_not_see(
    sandbox: Sandbox, hooks: Receiver
) -> None:
    bound = sandbox.add_client("bound", namespaces=["user_2"])
    client = sandbox.client("user_2", client_id=bound.client_id, client_secret=bound.client_secret)
    client.webhooks.subscriptions.create(url=hooks.url, events=[EVENT])

    for namespace in ("user_2", "user_3"):
        sandbox.trigger(EVENT, namespace=namespace)
    sandbox.settle()

    assert [got.json["namespace"] for got in hooks.received] == ["user_2"]


def test_every_endpoint_gets_the_event_under_the_same_idempotency_key(
    api: Caller, sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]
) -> None:
    api.made("/webhooks", {"url": hooks.url, "events": [EVENT]})

    sandbox.trigger(EVENT)
    sandbox.settle()

    assert len({got.json["idempotency_key"] for got in hooks.received}) == 1
    assert len({got.json["delivery_id"] for got in hooks.received}) == 2


def test_an_address_beyond_this_machine_is_refused_and_the_log_says_why(api: Caller, sandbox: Sandbox) -> None:
    api.made("/webhooks", {"url": "https://app.example.com/hooks", "events": [EVENT]})

    sandbox.trigger(EVENT)
    sandbox.settle()

    (delivery,) = sandbox.deliveries(event=EVENT)
    assert (delivery.status, delivery.attempts) == ("refused", ())
    assert "app.example.com is not on this machine" in str(delivery.reason)


# -- rotation of secrets


def test_both_secrets_sign_for_an_hour_after_a_rotation(
    api: Caller, sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]
) -> None:
    new = api.made(f"/webhooks/{webhook['id']}/rotate-secret")["secret"]

    sandbox.trigger(EVENT)
    sandbox.settle()
    sandbox.clock.advance(hours=1)
    sandbox.trigger(EVENT)
    sandbox.settle()

    during, after = hooks.received
    assert during.signatures == [during.signature_with(new), during.signature_with(webhook["secret"])]
    assert after.signatures == [after.signature_with(new)]


def test_the_earlier_secret_is_never_shown(api: Caller, webhook: dict[str, Any]) -> None:
    rotated = api.post(f"/webhooks/{webhook['id']}/rotate-secret").text
    changed = api.patch(f"/webhooks/{webhook['id']}", {"active": True}).text

    assert webhook["secret"] not in rotated + changed + api.get("/webhooks").text
