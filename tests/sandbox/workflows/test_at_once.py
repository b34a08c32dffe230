"""Many resumes of one instance at the same time."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from typing import Any

import httpx
import pytest

from interactor.sandbox.workflows import _runs
from interactor.sandbox.workflows._engine import Engine
from tandem._wire._tls import tls_context
from tandem.sandbox import Request
from tests.sandbox.calling import Caller, data_of, error_of
from tests.scale import scaled

from .making import END, PURCHASE, Service, logic, ran, waiting


async def at_once(api: Caller, instance: dict[str, Any], inputs: list[dict[str, Any]]) -> list[httpx.Response]:
    """Resumes over as many connections, all sent before any reply is read."""
    headers = {"Authorization": f"Bearer {api.token}", "X-Namespace": "user_1"}
    url = f"{api.sandbox.core_url}/workflows/instances/{instance['id']}/resume"
    limits = httpx.Limits(max_connections=len(inputs))
    async with httpx.AsyncClient(headers=headers, limits=limits, timeout=60, verify=tls_context()) as http:
        return list(await asyncio.gather(*(http.post(url, json={"input": given}) for given in inputs)))


def entered(api: Caller, instance: dict[str, Any]) -> list[str]:
    return [stay["state"] for stay in api.fetched(f"/workflows/instances/{instance['id']}")["history"]]


@pytest.mark.proof
def test_of_many_resumes_with_different_inputs_one_wins(api: Caller, record_property: Any) -> None:
    count = scaled(200, 40)
    instance = ran(api, PURCHASE, amount=5000)
    began = time.perf_counter()

    inputs = [{"approved": number % 2 == 0, "number": number} for number in range(count)]
    replies = asyncio.run(at_once(api, instance, inputs))

    took = time.perf_counter() - began
    outcomes = Counter(reply.status_code for reply in replies)
    record_property("figures", f"workflows: {count} resumes with different inputs in {took:.2f} s: {dict(outcomes)}")
    assert outcomes == {200: 1, 409: count - 1}
    lost = next(reply for reply in replies if reply.status_code == 409)
    assert error_of(lost) == (409, "concurrent_modification")
    assert lost.json()["error"]["details"] == {"current_state": "complete", "expected_state": "manager_approval"}
    assert len(entered(api, instance)) == 5


@pytest.mark.proof
def test_of_many_resumes_with_the_same_input_all_get_the_same_result(api: Caller, record_property: Any) -> None:
    count = scaled(200, 40)
    instance = ran(api, PURCHASE, amount=5000)

    replies = asyncio.run(at_once(api, instance, [{"approved": True}] * count))

    outcomes = Counter(reply.status_code for reply in replies)
    record_property("figures", f"workflows: {count} resumes with the same input: {dict(outcomes)}")
    assert {reply.status_code for reply in replies} == {200}
    assert all(data_of(reply) == data_of(replies[0]) for reply in replies)
    assert len(entered(api, instance)) == 5


def test_who_comes_behind_a_crowd_belongs_to_it_where_the_instance_has_ended(api: Caller) -> None:
    instance = ran(api, waiting())
    asyncio.run(at_once(api, instance, [{"a": 1}, {"a": 1}, {"a": 1}]))

    same, other = asyncio.run(at_once(api, instance, [{"a": 1}])) + asyncio.run(at_once(api, instance, [{"a": 2}]))

    assert data_of(same)["status"] == "completed"
    assert error_of(other) == (409, "concurrent_modification")


def test_who_comes_behind_a_crowd_may_answer_the_next_question(api: Caller) -> None:
    states = {
        "one": {"type": "halting", "transitions": [{"target": "two"}]},
        "two": {"type": "halting", "transitions": [{"target": "end"}]},
        "end": END,
    }
    instance = ran(api, {"name": "twice", "initial_state": "one", "states": states})
    asyncio.run(at_once(api, instance, [{"a": 1}, {"a": 1}, {"a": 1}]))

    [next_one] = asyncio.run(at_once(api, instance, [{"a": 1}]))

    assert data_of(next_one)["current_state"] == "end"


def test_who_comes_while_the_first_is_still_at_work_is_at_the_same_time(
    api: Caller, service: Service, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    came: set[str] = set()
    both = threading.Event()

    def noticed(request: Request, engine: Engine) -> dict[str, Any]:
        if request.path.endswith("/resume"):
            came.add(request.request_id)
            (both.set if len(came) == 3 else both.clear)()
        return _runs.noticed(request, engine)

    monkeypatch.setattr("interactor.sandbox._platform.noticed", noticed)
    definition = logic({"type": "http", "method": "POST", "url": address}, "calling")
    definition["states"]["wait"] = waiting()["states"]["wait"] | {"transitions": [{"target": "work"}]}
    definition["initial_state"] = "wait"
    instance = ran(api, definition)
    service.hold.clear()

    async def race() -> list[httpx.Response]:
        first = asyncio.ensure_future(at_once(api, instance, [{"a": 1}]))
        await asyncio.to_thread(service.came.wait, 5)
        others = asyncio.ensure_future(at_once(api, instance, [{"a": 1}, {"a": 2}]))
        await asyncio.to_thread(both.wait, 10)
        service.hold.set()
        return [*await first, *await others]

    replies = asyncio.run(race())

    assert [reply.status_code for reply in replies] == [200, 200, 409]
    assert data_of(replies[0]) == data_of(replies[1])
    assert len(service.requests) == 1
