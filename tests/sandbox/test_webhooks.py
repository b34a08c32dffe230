"""Webhooks and subscriptions as they are kept; nothing is delivered."""

from __future__ import annotations

import re
from typing import Any

import pytest

from .calling import Caller, error_of

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
