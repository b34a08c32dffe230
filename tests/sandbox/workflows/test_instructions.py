"""Halting instructions: by rule, and by a real model. Source: Interactor workflows guide, AI-Generated Instructions."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from interactor.sandbox import Sandbox
from tests.sandbox.calling import Caller, token_of
from tests.sandbox.model_server import DONE, STOP, model_server

from .making import ran, waiting

AI: dict[str, Any] = {
    "type": "ai",
    "config": {
        "prompt": "Sum up ${workflow_data.id}.",
        "model": "small",
        "include_data_paths": ["order.total", "none"],
    },
}
SIMPLE: dict[str, Any] = {"instruction": "Sum up ${workflow_data.id}.", "include_data": ["order.total", "none"]}
GIVEN: dict[str, Any] = {"id": "o1", "order": {"total": 150}}


@pytest.mark.parametrize("instructions", [AI, SIMPLE], ids=["ai", "simple"])
def test_without_a_model_the_prompt_and_the_facts_are_shown(api: Caller, instructions: dict[str, Any]) -> None:
    options = ran(api, waiting(halting_instructions=instructions), **GIVEN)["halted_options"]

    assert options["instruction"] == "Sum up o1. (order.total: 150; none: null)"
    assert (options["generated"], options["include_data"]) == (True, ["order.total", "none"])


def test_a_real_model_writes_them(http: httpx.Client) -> None:
    with model_server() as model, Sandbox(model_url=model.url) as sandbox:
        model.says({"content": "Order o1 "}, {"content": "costs 150."}, STOP, DONE)
        api = Caller(sandbox, http, token_of(sandbox, http)["access_token"], "user_1")
        instance = ran(api, waiting(halting_instructions=AI), **GIVEN)

    options = instance["halted_options"]
    assert (instance["status"], options["instruction"], options["generated"]) == ("halted", "Order o1 costs 150.", True)
    assert model.asked[0]["model"] == "small"
    assert model.asked[0]["messages"][-1]["content"] == "Sum up o1.\n\norder.total: 150\nnone: null"


def test_a_model_that_fails_leaves_it_to_the_rule(http: httpx.Client) -> None:
    with model_server() as model, Sandbox(model_url=model.url) as sandbox:
        model.answers(500, b"{}")
        api = Caller(sandbox, http, token_of(sandbox, http)["access_token"], "user_1")
        instance = ran(api, waiting(halting_instructions=SIMPLE), **GIVEN)

    assert instance["status"] == "halted"
    assert instance["halted_options"]["instruction"].startswith("Sum up o1. (order.total")


def test_a_fixed_message_asks_no_model(http: httpx.Client) -> None:
    fixed = {"type": "message", "config": {"title": "Approval", "message": "Wait for ${workflow_data.id}."}}
    with model_server() as model, Sandbox(model_url=model.url) as sandbox:
        api = Caller(sandbox, http, token_of(sandbox, http)["access_token"], "user_1")
        options = ran(api, waiting(halting_instructions=fixed), **GIVEN)["halted_options"]

    assert (options["instruction"], options["generated"], model.asked) == ("Wait for o1.", False, [])
