"""Webhooks and subscriptions as they are kept, the events of credentials, and the controls of both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from interactor.sandbox import Sandbox

from .calling import Caller, error_of
from .receiving import Receiver, receiver

HOOK = {"url": "https://app.example.com/hooks", "events": ["room.message.created", "room.tool_call.pending"]}


@pytest.fixture
def webhook(api: Caller) -> dict[str, Any]:
    made: dict[str, Any] = api.made("/webhooks", HOOK)
    return made


def test_a_secret_is_made_up_and_shown_once(api: Caller, webhook: dict[str, Any]) -> None:
    shown = [api.fetched(f"/webhooks/{webhook['id']}"), *api.fetched("/webhooks")]

    assert re.fullmatch(r"whsec_[0-9a-f]{32}", webhook["secret"])
    assert all("secret" not in found for found in shown)
    assert shown[0] == {name: value for name, value in webhook.items() if name != "secret"}


def test_a_secret_may_be_brought_along(api: Caller) -> None:
    assert api.made("/webhooks", {**HOOK, "secret": "my own"})["secret"] == "my own"


def test_a_rotated_secret_is_another_one(api: Caller, webhook: dict[str, Any]) -> None:
    rotated = api.made(f"/webhooks/{webhook['id']}/rotate-secret")

    assert rotated["secret"] != webhook["secret"]
    assert rotated == {**webhook, "secret": rotated["secret"]}


@pytest.mark.parametrize("word", ["active", "enabled"])
def test_a_webhook_is_switched_off_by_either_word(api: Caller, webhook: dict[str, Any], word: str) -> None:
    changed = api.patch(f"/webhooks/{webhook['id']}", {word: False}).json()["data"]
    made = api.made("/webhooks", {**HOOK, word: False})

    assert webhook["active"] is True
    assert changed["active"] is made["active"] is False


def test_a_switch_is_true_or_false(api: Caller) -> None:
    assert error_of(api.post("/webhooks", {**HOOK, "enabled": "no"})) == (422, "VALIDATION_ERROR")


def test_an_update_keeps_what_is_not_given(api: Caller, webhook: dict[str, Any]) -> None:
    changed = api.patch(f"/webhooks/{webhook['id']}", {"events": ["credential.expired"]}).json()["data"]

    assert (changed["url"], changed["events"]) == (HOOK["url"], ["credential.expired"])


def test_an_unknown_event_is_refused(api: Caller) -> None:
    assert error_of(api.post("/webhooks", {**HOOK, "events": ["room.exploded"]})) == (422, "VALIDATION_ERROR")


def test_a_deleted_webhook_is_gone(api: Caller, webhook: dict[str, Any]) -> None:
    api.delete(f"/webhooks/{webhook['id']}")

    assert error_of(api.post(f"/webhooks/{webhook['id']}/rotate-secret")) == (404, "NOT_FOUND")


def test_the_secret_of_a_subscription_is_never_shown(api: Caller) -> None:
    given = {"url": HOOK["url"], "events": ["workflow.instance.halted"], "secret": "s" * 32, "namespace_filter": "a"}

    made = api.made("/webhooks/subscriptions", given)

    assert "secret" not in made
    assert (made["status"], made["namespace_filter"]) == ("active", "a")
    assert api.fetched("/webhooks/subscriptions") == [made]


def test_a_subscription_ends_when_it_is_deleted(api: Caller) -> None:
    made = api.made("/webhooks/subscriptions", {"url": HOOK["url"], "events": ["workflow.instance.halted"]})

    api.delete(f"/webhooks/subscriptions/{made['id']}")

    assert made["namespace_filter"] is None
    assert api.fetched("/webhooks/subscriptions") == []
    assert error_of(api.delete(f"/webhooks/subscriptions/{made['id']}")) == (404, "NOT_FOUND")


# -- what credentials announce


def connected(api: Caller, *, refuse_refresh: bool = False) -> str:
    """A credential that came of a consent flow; its id."""
    flow = api.made("/oauth/initiate", {"provider": "google", "scopes": ["mail"], "redirect_uri": "http://localhost/x"})
    form = {"decision": "approve", **({"refuse_refresh": "on"} if refuse_refresh else {})}
    api.http.post(flow["authorization_url"], data=form)
    return str(api.fetched(f"/oauth/status/{flow['flow_id']}")["credential_id"])


@pytest.fixture
def heard(api: Caller) -> Iterator[Receiver]:
    """What a webhook for all events of credentials gets."""
    names = ("connected", "refreshed", "expired", "revoked", "error")
    with receiver() as made:
        api.made("/webhooks", {"url": made.url, "events": [f"credential.{name}" for name in names]})
        yield made


def test_a_connected_credential_is_announced(api: Caller, sandbox: Sandbox, heard: Receiver) -> None:
    credential = connected(api)
    sandbox.settle()

    (told,) = heard.received
    assert (told.json["event"], told.json["namespace"]) == ("credential.connected", "user_1")
    assert told.json["data"] == {
        "credential_id": credential,
        "provider": "google",
        "service_id": None,
        "scopes": ["mail"],
        "metadata": {"account": "user@google.example"},
    }


def test_a_refresh_is_announced_whether_it_was_asked_for_or_not(api: Caller, sandbox: Sandbox, heard: Receiver) -> None:
    credential = connected(api)
    api.made(f"/credentials/{credential}/refresh")
    sandbox.clock.advance(hours=1)
    sandbox.settle()
    sandbox.clock.advance(hours=1)
    sandbox.settle()

    assert heard.events.count("credential.refreshed") == 3
    assert heard.received[-1].json["data"]["expires_at"] > sandbox.clock.iso()


def test_a_credential_that_cannot_be_refreshed_expires_with_its_token(
    api: Caller, sandbox: Sandbox, heard: Receiver
) -> None:
    connected(api, refuse_refresh=True)
    sandbox.settle()
    sandbox.clock.advance(hours=5)
    sandbox.settle()

    assert heard.events[0] == "credential.connected"
    assert sorted(heard.events[1:]) == ["credential.error", "credential.expired"]


def test_a_deleted_credential_is_revoked_and_refreshed_no_more(api: Caller, sandbox: Sandbox, heard: Receiver) -> None:
    api.delete(f"/credentials/{connected(api)}")
    sandbox.clock.advance(hours=5)
    sandbox.settle()

    assert sorted(heard.events) == ["credential.connected", "credential.revoked"]


# -- the controls


@pytest.fixture
def control(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{sandbox.url}/_sandbox", timeout=60) as client:
        yield client


def test_another_process_triggers_an_event_and_sees_its_delivery(control: httpx.Client) -> None:
    with receiver() as hooks:
        endpoint = control.post("/endpoints", json={"url": hooks.url, "events": ["room.message.created"]}).json()
        event = control.post("/events", json={"event": "room.message.created", "data": {"content": "Hi"}}).json()
        control.post("/settle")

        (delivery,) = control.get("/deliveries", params={"event_id": event["id"]}).json()["deliveries"]

    assert (delivery["status"], delivery["endpoint"]) == ("delivered", endpoint["id"])
    assert hooks.received[0].signatures == [hooks.received[0].signature_with(endpoint["secret"])]
    assert [each["id"] for each in control.get("/events").json()["events"]] == [event["id"]]


def test_another_process_sends_deliveries_again(control: httpx.Client) -> None:
    with receiver() as hooks:
        control.post("/endpoints", json={"url": hooks.url})
        control.post("/events", json={"event": "room.message.created"})
        control.post("/settle")
        delivery = control.get("/deliveries").json()["deliveries"][0]["id"]

        control.post("/deliveries/resend", json={"delivery": delivery})
        control.post("/settle")
        filled = control.post("/deliveries/backfill", json={"since": 0}).json()["deliveries"]
        control.post("/settle")

    assert [received.json["delivery_id"] for received in hooks.received] == [delivery, delivery, *filled]


def test_an_endpoint_of_another_process_is_gone_when_it_is_taken_away(control: httpx.Client) -> None:
    with receiver() as hooks:
        endpoint = control.post("/endpoints", json={"url": hooks.url}).json()
        control.delete("/endpoints", params={"id": endpoint["id"]})
        control.post("/events", json={"event": "room.message.created"})
        control.post("/settle")

    assert hooks.received == []


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/events", {}, "'event'"),
        ("/events", [], "'event'"),
        ("/events", {"event": "room.exploded"}, "There is no event"),
        ("/events", {"event": 1}, "wrong type"),
        ("/events", {"event": "room.message.created", "more": 1}, "more"),
        ("/endpoints", {"url": "https://app.example.com"}, "--allow-host"),
        ("/endpoints", {"url": "http://["}, "not a URL"),
        ("/endpoints", {"url": "ftp://localhost"}, "http"),
        ("/endpoints", {"url": "http://localhost", "events": ["x"]}, "There is no event"),
        ("/endpoints", {"url": "http://localhost", "events": [1]}, "names"),
        ("/deliveries/resend", {"delivery": "del_none"}, "del_none"),
        ("/deliveries/resend", {}, "delivery"),
        ("/deliveries/backfill", {"since": "soon"}, "2026-01-20T12:00:00Z"),
    ],
)
def test_bad_input_of_a_control_is_refused_with_a_clear_message(
    control: httpx.Client, path: str, body: Any, said: str
) -> None:
    reply = control.post(path, json=body)

    assert reply.status_code == 400
    assert said in reply.json()["error"]
