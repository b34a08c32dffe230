"""The limits of definitions and instances. Source: Interactor workflows guide, Limits & Quotas."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.calling import Caller, error_of
from tests.sandbox.definitions import publish

from .making import END, script, waiting


def states(count: int) -> dict[str, Any]:
    chain = {
        f"s{number}": {"type": "action", "transitions": [{"target": f"s{number + 1}"}]} for number in range(count - 1)
    }
    return {"name": "long", "initial_state": "s0", "states": {**chain, f"s{count - 1}": END}}


def transitions(count: int) -> dict[str, Any]:
    condition = {"field": "a", "equals": 1}
    return waiting(transitions=[{"target": "end", "condition": condition} for _ in range(count)])


def fields(count: int) -> dict[str, Any]:
    form = {"type": "form", "fields": [{"type": "string", "name": f"f{number}"} for number in range(count)]}
    return waiting(presentation=form)


def code(size: int) -> dict[str, Any]:
    return script("/" * 2 + "x" * (size - 2))


def name(length: int) -> dict[str, Any]:
    return waiting("n" * length)


def size(more: int) -> dict[str, Any]:
    definition = waiting()
    definition["ai_guidance"] = ""
    length = len(json.dumps(definition, separators=(",", ":")).encode())
    return {**definition, "ai_guidance": "x" * (1024 * 1024 - length + more)}


@pytest.mark.parametrize(
    ("make", "most"),
    [(states, 100), (transitions, 20), (fields, 50), (code, 65536), (name, 64), (size, 0)],
    ids=["states", "transitions", "fields", "script", "name", "size"],
)
def test_a_definition_may_go_to_its_limit_and_no_further(api: Caller, make: Any, most: int) -> None:
    assert api.made("/workflows/validate", make(most)) == {"valid": True}
    assert api.made("/workflows/validate", make(most + 1))["valid"] is False
    assert error_of(api.post("/workflows", make(most + 1))) == (400, "invalid_workflow")


def of_size(size: int) -> dict[str, Any]:
    """JSON of so many bytes."""
    return {"text": "x" * (size - len('{"text":""}'))}


def test_an_input_may_have_64_kb(api: Caller) -> None:
    publish(api, waiting())
    replies = [api.post("/workflows/waiting/instances", {"input": of_size(65536 + more)}) for more in (0, 1)]

    assert [reply.status_code for reply in replies] == [201, 422]


@pytest.mark.parametrize("more", [0, 1])
def test_the_workflow_data_may_have_256_kb(quick: Caller, more: int) -> None:
    length = 256 * 1024 - len('{"text":""}') + more
    publish(quick, script(f"return {{ text: 'x'.repeat({length}) }}"))

    reply = quick.post("/workflows/scripted/instances", {})

    assert reply.status_code == (500 if more else 201)
