"""A process that is killed in the middle: the next one goes on where it was."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tandem._wire._tls import tls_context
from tests.sandbox.calling import eventually
from tests.sandbox.test_command import Running, sandbox
from tests.scale import scaled

from .making import END, PURCHASE, Service, logic

_HOST = "INTERACTOR_CORE_API_URL"


@contextmanager
def api_of(running: Running) -> Generator[httpx.Client]:
    """The core API of a sandbox that runs as a process of its own."""
    settings = running.exports
    grant = {
        "grant_type": "client_credentials",
        "client_id": settings["INTERACTOR_CLIENT_ID"],
        "client_secret": settings["INTERACTOR_CLIENT_SECRET"],
    }
    with httpx.Client(timeout=30, verify=tls_context()) as http:
        reply = http.post(f"{settings['INTERACTOR_ACCOUNT_SERVER_URL']}/oauth/token", json=grant)
        http.headers = {"Authorization": f"Bearer {reply.json()['data']['access_token']}", "X-Namespace": "user_1"}
        http.base_url = settings[_HOST]
        yield http


def publish(http: httpx.Client, definition: dict[str, Any]) -> None:
    version = http.post("/workflows", json=definition).json()["data"]
    assert http.post(f"/workflows/{definition['name']}/versions/{version['version_id']}/publish").is_success


def start(http: httpx.Client, name: str, given: dict[str, Any], **headers: str) -> None:
    """Start an instance on a server that may be killed meanwhile."""
    with suppress(httpx.HTTPError):
        http.post(f"/workflows/{name}/instances", json={"input": given}, headers=headers)


def instances(http: httpx.Client) -> list[dict[str, Any]]:
    """All instances, when none of them is running any more."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if not http.get("/workflows/instances", params={"status": "running"}).json()["data"]["instances"]:
            break
        time.sleep(0.02)
    found: list[dict[str, Any]] = []
    page = 1
    while True:
        reply = http.get("/workflows/instances", params={"per_page": 100, "page": page}).json()
        found += reply["data"]["instances"]
        if not reply["meta"]["has_more"]:
            return [http.get(f"/workflows/instances/{each['id']}").json()["data"] for each in found]
        page += 1


class Aftermath(NamedTuple):
    """What a second process made of two instances whose calls were under way when the first one was killed."""

    requests: list[Any]
    again: httpx.Response
    instances: dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Aftermath:
    service, database = Service(), str(tmp_path_factory.mktemp("killed") / "state.db")
    service.hold.clear()
    keyed = {"Idempotency-Key": "k1"}
    with service.serving() as address:
        with sandbox("--db", database) as first, api_of(first) as http:
            publish(http, ordering(address))
            publish(http, asking(address))
            starting = [
                threading.Thread(target=start, args=(http, "ordering", {"id": 7})),
                threading.Thread(target=start, args=(http, "asking", {"id": 8}), kwargs=keyed),
            ]
            for thread in starting:
                thread.start()
            assert eventually(lambda: len(service.requests) == 2)
            first.process.kill()
            for thread in starting:
                thread.join()
        service.hold.set()
        with sandbox("--db", database) as second, api_of(second) as http:
            again = http.post("/workflows/asking/instances", json={"input": {"id": 8}}, headers=keyed)
            found = instances(http)
    by_name = {name: [each for each in found if each["workflow_name"] == name] for name in ("ordering", "asking")}
    return Aftermath(service.requests, again, by_name)


def ordering(address: str) -> dict[str, Any]:
    """A workflow that calls a service after its first state."""
    call = {"type": "http", "method": "POST", "url": address, "body": {"order": "${workflow_data.order}"}}
    states = {
        "first": {
            "type": "action",
            "logic": {"type": "script", "code": "return { order: input.id }"},
            "transitions": [{"target": "call"}],
        },
        "call": {"type": "action", "logic": call, "transitions": [{"target": "end"}]},
        "end": END,
    }
    return {"name": "ordering", "initial_state": "first", "states": states}


def asking(address: str) -> dict[str, Any]:
    """A workflow that calls a service and halts."""
    definition = logic({"type": "http", "method": "POST", "url": address}, "asking")
    definition["states"]["end"] = {"type": "halting", "transitions": [{"target": "work"}]}
    return definition


def test_an_instance_goes_on_where_the_killed_process_was(aftermath: Aftermath) -> None:
    [instance] = aftermath.instances["ordering"]

    assert (instance["status"], instance["workflow_data"]["order"]) == ("completed", 7)
    assert [stay["state"] for stay in instance["history"]] == ["first", "call", "end"]


def test_a_call_that_is_made_again_carries_the_key_of_the_first(aftermath: Aftermath) -> None:
    calls = [(headers["idempotency-key"], content) for _, _, headers, content in aftermath.requests if content]

    assert [content for _, content in calls] == [{"order": 7}] * 2
    assert len({key for key, _ in calls}) == 1


def test_what_is_asked_for_again_under_its_key_is_not_done_twice(aftermath: Aftermath) -> None:
    assert aftermath.again.status_code == 201
    assert [each["id"] for each in aftermath.instances["asking"]] == [aftermath.again.json()["data"]["id"]]


@pytest.mark.proof
def test_nothing_is_lost_and_no_state_entered_twice_whenever_it_is_killed(tmp_path: Path, record_property: Any) -> None:
    rounds, each = scaled(10, 1), scaled(40, 15)
    database = str(tmp_path / "state.db")
    for number in range(rounds):
        with sandbox("--db", database) as running, api_of(running) as http:
            if number == 0:
                publish(http, PURCHASE)
            answered = threading.Semaphore(0)

            def begin(amount: int, http: httpx.Client = http, answered: threading.Semaphore = answered) -> None:
                start(http, PURCHASE["name"], {"amount": amount})
                answered.release()

            starting = [threading.Thread(target=begin, args=(100 * count,)) for count in range(each)]
            for thread in starting:
                thread.start()
            for _ in range(1 + number):
                assert answered.acquire(timeout=30)
            running.process.kill()
            for thread in starting:
                thread.join()

    with sandbox("--db", database) as last, api_of(last) as http:
        found = instances(http)

    outcomes = Counter(instance["status"] for instance in found)
    proof = f"{rounds} kills, {len(found)} instances: {dict(outcomes)}, no state entered twice"
    record_property("figures", f"workflows: {proof}")
    assert len(found) >= rounds
    assert set(outcomes) <= {"completed", "halted"}
    for instance in found:
        entered = [stay["state"] for stay in instance["history"]]
        assert len(entered) == len(set(entered)), entered
        assert entered[0] == "submit"
        assert entered[-1] in ("complete", "manager_approval")
