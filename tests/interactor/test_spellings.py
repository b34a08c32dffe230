"""Replies in the other spelling that the platform's documents have for a field."""

from __future__ import annotations

from typing import Any

import pytest

from interactor import InteractorClient
from interactor.models import Transition, Webhook
from interactor.sandbox import Fault, Sandbox
from tests.conftest import MakeClient

HOOK: dict[str, Any] = {
    "id": "wh_1",
    "url": "https://app.example.com/",
    "events": [],
    "created_at": "2026-01-20T12:00:00Z",
}


@pytest.fixture
def answered(make_client: MakeClient, platform: Sandbox) -> Any:
    """A client whose next call is answered with this."""

    def client(data: object) -> InteractorClient:
        platform.faults.add(Fault(when_header="X-Test-Spelling", status=200, body={"data": data}))
        return make_client()

    return client


OPTIONS: Any = {"extra_headers": {"X-Test-Spelling": "1"}}


@pytest.mark.parametrize("active", [True, False])
def test_a_webhook_that_is_enabled_is_active(answered: Any, active: bool) -> None:
    hook = answered({**HOOK, "enabled": active}).webhooks.get("wh_1", options=OPTIONS)

    assert hook.active is active
    assert (hook.to_dict()["active"], "enabled" in hook.to_dict()) == (active, False)


def test_listed_webhooks_that_are_enabled_are_active(answered: Any) -> None:
    pager = answered([{**HOOK, "enabled": True}, {**HOOK, "active": False}]).webhooks.list(options=OPTIONS)

    assert [hook.active for hook in pager] == [True, False]


def test_where_both_spellings_came_the_documented_one_counts() -> None:
    raw = {**HOOK, "active": False, "enabled": True}

    hook = Webhook.from_dict(raw)

    assert (hook.active, hook.additional_properties) == (False, {"enabled": True})


def test_a_way_that_says_to_has_a_target_and_stays_as_it_is(answered: Any) -> None:
    way = {"key": "approve", "to": "approved", "description": "Approve it"}
    states = {"ask": {"type": "halting", "transition_mode": "selection", "transitions": [way]}}

    workflow = answered({"name": "w", "initial_state": "ask", "states": states}).workflows.get("w", options=OPTIONS)

    [read] = workflow.states["ask"].transitions
    assert (read.target, read.to) == ("approved", "approved")
    assert read.to_dict() == way


def test_a_way_is_made_in_either_spelling() -> None:
    assert Transition(target="a").to_dict() == {"target": "a"}
    assert Transition(to="a").to_dict() == {"to": "a"}
    assert Transition(to="a").target == "a"
