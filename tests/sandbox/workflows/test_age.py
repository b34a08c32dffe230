"""Instances that are too old are cancelled. Source: Interactor workflows guide, Instance Limits."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from interactor.sandbox import Sandbox
from tests.sandbox.calling import Caller, token_of

from .making import only, ran, waiting
from .test_threads import review


def settled(sandbox: Sandbox, days: float) -> None:
    """So many days later, when all that was due is done."""
    sandbox.clock.advance(days=days)
    platform = sandbox.platform
    asyncio.run_coroutine_threadsafe(platform.agenda.settle(), platform.thread.loop).result(10)


@pytest.mark.parametrize(("definition", "days"), [(waiting(), 90), (review(), 30)], ids=["halted", "running"])
def test_an_instance_is_cancelled_at_its_age(api: Caller, definition: dict[str, Any], days: int) -> None:
    instance = ran(api, definition)

    settled(api.sandbox, days - 1)
    before = api.sandbox.platform.store.get("instance", instance["id"], namespace=None) or {}
    settled(api.sandbox, 1.1)
    after = api.sandbox.platform.store.get("instance", instance["id"], namespace=None) or {}

    assert before["status"] == instance["status"]
    assert (after["status"], after["cancelled_at"] is None) == ("cancelled", False)


def test_an_instance_that_goes_on_begins_to_age_anew(api: Caller) -> None:
    wait = {"type": "halting", "transitions": [{"target": "wait"}]}
    instance = ran(api, {"name": "ever", "initial_state": "wait", "states": {"wait": wait}})
    settled(api.sandbox, 80)
    again = Caller(api.sandbox, api.http, token_of(api.sandbox, api.http)["access_token"], "user_1")
    again.made(f"/workflows/instances/{instance['id']}/resume", {"input": {}})

    settled(api.sandbox, 80)

    kept = api.sandbox.platform.store.get("instance", instance["id"], namespace=None) or {}
    assert kept["status"] == "halted"


def test_an_instance_that_has_ended_leaves_nothing_to_do(api: Caller) -> None:
    instance = ran(api, waiting())
    api.made(f"/workflows/instances/{instance['id']}/resume", {"input": {}})

    assert api.sandbox.platform.store.count("agenda", namespace=None, where={"job": "workflow.expire"}) == 0


def test_age_counts_across_a_restart(tmp_path: Path, http: httpx.Client) -> None:
    with Sandbox(db=tmp_path / "state.db") as first:
        ran(Caller(first, http, token_of(first, http)["access_token"], "user_1"), waiting())
        settled(first, 50)

    with Sandbox(db=tmp_path / "state.db") as second:
        settled(second, 41)
        instance = only(Caller(second, http, token_of(second, http)["access_token"], "user_1"))

    assert instance["status"] == "cancelled"
