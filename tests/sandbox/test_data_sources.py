"""Data sources and their syncs, which take the platform's time."""

from __future__ import annotations

from typing import Any

import pytest

from .calling import Caller, data_of, error_of

PAGE = {"name": "Help", "type": "url", "config": {"url": "https://www.example.com/help"}}


@pytest.fixture
def source(api: Caller) -> dict[str, Any]:
    made: dict[str, Any] = api.made("/data-sources", PAGE)
    return made


def now(api: Caller, source: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.fetched(f"/data-sources/{source['id']}")
    return found


def test_the_first_sync_begins_by_itself_and_goes_through_its_states(api: Caller, source: dict[str, Any]) -> None:
    states = [source["sync_status"]]
    for seconds in (0.5, 1):
        api.sandbox.clock.advance(seconds)
        states.append(now(api, source)["sync_status"])

    assert states == ["pending", "syncing", "synced"]
    assert source["last_synced_at"] is None
    assert now(api, source)["last_synced_at"] is not None


def test_a_sync_is_answered_at_once_and_renews_the_time(api: Caller, source: dict[str, Any]) -> None:
    api.sandbox.clock.advance(100)
    before = now(api, source)["last_synced_at"]

    reply = api.post(f"/data-sources/{source['id']}/sync")
    api.sandbox.clock.advance(100)

    assert reply.status_code == 202
    assert (data_of(reply)["sync_status"], data_of(reply)["last_synced_at"]) == ("pending", before)
    assert now(api, source)["last_synced_at"] > before


def test_a_sync_that_is_going_on_is_not_started_twice(api: Caller, source: dict[str, Any]) -> None:
    api.sandbox.clock.advance(0.9)

    api.post(f"/data-sources/{source['id']}/sync")
    api.sandbox.clock.advance(0.2)

    assert now(api, source)["sync_status"] == "synced"


def test_an_address_that_never_resolves_makes_the_sync_fail(api: Caller) -> None:
    source = api.made("/data-sources", {**PAGE, "config": {"url": "https://help.invalid"}})

    api.sandbox.clock.advance(5)

    failed = now(api, source)
    assert failed["sync_status"] == "failed"
    assert "resolved" in failed["sync_error"]


def test_new_settings_take_effect_with_the_next_sync(api: Caller, source: dict[str, Any]) -> None:
    api.sandbox.clock.advance(5)

    changed = api.patch(f"/data-sources/{source['id']}", {"config": {"url": "https://help.invalid"}}).json()["data"]
    api.post(f"/data-sources/{source['id']}/sync")
    api.sandbox.clock.advance(5)

    assert changed["sync_status"] == "synced"
    assert now(api, source)["sync_status"] == "failed"
    assert now(api, source)["last_synced_at"] == changed["last_synced_at"]


def test_data_sources_are_listed_by_type(api: Caller, source: dict[str, Any]) -> None:
    api.made("/data-sources", {"name": "Shop", "type": "database", "config": {}})

    assert [found["id"] for found in api.fetched("/data-sources", type="url")] == [source["id"]]


def test_an_assistant_shows_its_data_sources_in_full_and_goes_on_without(api: Caller, source: dict[str, Any]) -> None:
    bot = {"name": "A", "model": "m", "system_prompt": "", "data_sources": [source["id"]]}
    made = api.made("/assistants", bot)

    api.delete(f"/data-sources/{source['id']}")

    assert made["data_sources"][0]["id"] == source["id"]
    assert api.fetched(f"/assistants/{made['id']}")["data_sources"] == []
    assert error_of(api.get(f"/data-sources/{source['id']}")) == (404, "NOT_FOUND")
