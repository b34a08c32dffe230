"""HTTP logic: what is sent, what comes of the reply, and what is not called."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tandem.sandbox import Hosts
from tests.sandbox.calling import Caller, error_of
from tests.sandbox.definitions import publish

from .conftest import SECRET
from .making import END, Service, logic, only, ran


def post(url: str, **more: Any) -> dict[str, Any]:
    return logic({"type": "http", "method": "POST", "url": url, **more})


def failed(api: Caller, definition: dict[str, Any], **given: Any) -> tuple[tuple[int, str], dict[str, Any]]:
    """Status and code of the reply to a start that fails, and the instance."""
    publish(api, definition)
    reply = api.post(f"/workflows/{definition['name']}/instances", {"input": given})
    return error_of(reply), only(api)


def test_a_call_carries_what_was_filled_in(quick: Caller, service: Service, address: str) -> None:
    body = {
        "amount": "${workflow_data.amount}",
        "text": "${input.who} spends ${workflow_data.amount}",
        "state": "${context.state_name}",
        "none": "${workflow_data.none}",
    }
    headers = {"Authorization": "Bearer ${secrets.API_KEY}"}

    ran(quick, post(f"{address}/orders", body=body, headers=headers), amount=5000, who="Ada")

    [(method, path, sent, content)] = service.requests
    assert (method, path) == ("POST", "/orders")
    assert content == {"amount": 5000, "text": "Ada spends 5000", "state": "work", "none": None}
    assert (sent["authorization"], sent["content-type"]) == (f"Bearer {SECRET}", "application/json")


def test_what_is_filled_in_stays_within_its_part_of_the_url(quick: Caller, service: Service, address: str) -> None:
    url = f"{address}/orders/${{workflow_data.id}}?q=${{workflow_data.q}}"

    ran(quick, post(url), id="../admin?x=1", q="a&b=c")

    assert service.requests[0][1] == "/orders/..%2Fadmin%3Fx%3D1?q=a%26b%3Dc"


def test_the_reply_is_kept_for_what_comes_next(quick: Caller, service: Service, address: str) -> None:
    definition = post(address)
    accepted = {"field": "http_response.body.accepted", "equals": True}
    definition["states"]["work"]["transitions"] = [{"target": "yes", "condition": accepted}, {"target": "end"}]
    definition["states"]["yes"] = END

    instance = ran(quick, definition, id=1)

    assert instance["current_state"] == "yes"
    assert instance["workflow_data"] == {"id": 1, "http_response": {"status": 200, "body": {"accepted": True}}}


def test_a_reply_that_is_no_json_is_kept_as_text(quick: Caller, service: Service, address: str) -> None:
    service.reply = b"<html>"

    assert ran(quick, post(address))["workflow_data"]["http_response"]["body"] == "<html>"


def test_a_refused_call_ends_the_instance(quick: Caller, service: Service, address: str) -> None:
    service.answers = [404]

    code, instance = failed(quick, post(f"{address}/x"))

    assert code == (500, "http_error")
    assert (instance["status"], instance["error"]) == ("failed", f"POST {address}/x answered 404")
    assert len(service.requests) == 1


def test_nobody_there_is_an_http_error(quick: Caller) -> None:
    assert failed(quick, post("http://127.0.0.1:9/"))[0] == (500, "http_error")


def test_a_late_answer_is_a_timeout(quick: Caller, service: Service, address: str) -> None:
    service.hold.clear()

    code, instance = failed(quick, post(address, timeout=100))

    assert code == (500, "http_timeout")
    assert instance["error"] == f"POST {address} did not answer within 100 ms"


@pytest.mark.parametrize("backoff", ["exponential", "linear"])
def test_a_call_is_sent_again_with_the_same_key(
    quick: Caller, service: Service, address: str, backoff: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interactor.sandbox.workflows._http._FIRST_PAUSE", 0.01)
    service.answers = [503, 500, 200]

    instance = ran(quick, post(address, retry={"attempts": 3, "backoff": backoff}))

    keys = {headers["idempotency-key"] for _, _, headers, _ in service.requests}
    assert (instance["status"], len(service.requests), len(keys)) == ("completed", 3, 1)


def test_attempts_end(quick: Caller, service: Service, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interactor.sandbox.workflows._http._FIRST_PAUSE", 0.01)
    service.answers = [503]

    code, instance = failed(quick, post(address, retry={"attempts": 2}))

    assert (code, len(service.requests)) == ((500, "http_error"), 2)
    assert instance["history"][0]["logs"] == [f"POST {address} answered 503"] * 2


def test_a_trace_is_passed_on(quick: Caller, service: Service, address: str) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    publish(quick, post(address))

    quick.post("/workflows/logical/instances", {}, traceparent=trace)

    assert service.requests[0][2]["traceparent"] == trace


def test_a_redirect_is_not_followed(quick: Caller, service: Service, address: str) -> None:
    service.answers = [302]

    assert failed(quick, post(address))[0] == (500, "http_error")


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.org/x",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1.example.org/",
        "http://2130706433/",
        "ftp://localhost/",
        "localhost",
        "http://[::1",
        "${workflow_data.url}",
    ],
)
def test_no_host_beyond_this_machine_is_called(quick: Caller, url: str) -> None:
    code, instance = failed(quick, post(url), url="http://example.org")

    assert code == (500, "http_error")
    assert "answered" not in instance["error"]


def test_the_remedy_is_named_where_a_host_is_not_called(quick: Caller) -> None:
    _, instance = failed(quick, post("https://api.example.org/x"))

    assert 'Sandbox(allow_hosts=["api.example.org"])' in instance["error"]


def test_the_example_hosts_of_the_guide_are_answered_here(quick: Caller) -> None:
    instance = ran(quick, post("https://api.yourservice.com/process"))

    whole = quick.fetched(f"/workflows/instances/{instance['id']}")
    assert instance["workflow_data"]["http_response"] == {"status": 200, "body": {}}
    assert "was not sent" in whole["history"][0]["logs"][0]


@pytest.mark.parametrize(
    ("allowed", "host", "expected"),
    [
        ((), "localhost", True),
        ((), "app.localhost", True),
        ((), "127.8.8.8", True),
        ((), "::1", True),
        ((), "0.0.0.0", False),
        ((), "10.0.0.1", False),
        ((), "localhost.example.org", False),
        (("api.example.org",), "API.example.org.", True),
        (("api.example.org",), "example.org", False),
        (("*.example.org",), "a.b.example.org", True),
        (("*.example.org",), "example.org", False),
        (("*.example.org",), "badexample.org", False),
        (("*",), "example.org", True),
    ],
)
def test_hosts_are_allowed_by_name(allowed: tuple[str, ...], host: str, expected: bool) -> None:
    assert Hosts(allowed).allow(host) is expected


def test_an_unknown_secret_is_told_by_name(quick: Caller, address: str) -> None:
    code, instance = failed(quick, post(address, headers={"X-Key": "${secrets.NONE}"}))

    assert code == (500, "http_error")
    assert instance["error"].startswith("No secret is called NONE")


def test_a_header_with_a_line_break_is_not_sent(quick: Caller, service: Service, address: str) -> None:
    code, _ = failed(quick, post(address, headers={"X-Name": "${workflow_data.name}"}), name="a\r\nX-More: b")

    assert (code, service.requests) == ((500, "http_error"), [])


def test_no_secret_reaches_history_or_data(quick: Caller, service: Service, address: str) -> None:
    service.answers = [500]
    _, instance = failed(quick, post(f"{address}/${{secrets.API_KEY}}", headers={"X-Key": "${secrets.API_KEY}"}))

    told = quick.get(f"/workflows/instances/{instance['id']}/history?include_data=true").text
    assert SECRET in service.requests[0][1]
    assert SECRET not in told + str(instance)


def test_a_failed_call_at_the_end_is_noted_and_the_end_reached(quick: Caller, service: Service, address: str) -> None:
    service.answers = [500]
    end = {"type": "terminal", "on_enter": {"type": "http", "method": "POST", "url": address}}

    instance = ran(quick, {"name": "ending", "initial_state": "end", "states": {"end": end}})

    errors = quick.fetched("/workflows/errors")["events"]
    assert (instance["status"], instance["current_state"]) == ("completed", "end")
    assert [(error["code"], error["state"]) for error in errors] == [("http_error", "end")]


def test_other_requests_are_answered_while_a_call_waits(quick: Caller, service: Service, address: str) -> None:
    service.hold.clear()
    publish(quick, post(address))
    start = threading.Thread(target=quick.post, args=("/workflows/logical/instances", {}))
    start.start()
    assert service.came.wait(5)

    [instance] = quick.fetched("/workflows/instances")["instances"]

    service.hold.set()
    start.join()
    assert (instance["status"], instance["current_state"]) == ("running", "work")


def test_a_cancelled_instance_is_not_brought_back_by_its_call(quick: Caller, service: Service, address: str) -> None:
    service.hold.clear()
    publish(quick, post(address))
    start = threading.Thread(target=quick.post, args=("/workflows/logical/instances", {}))
    start.start()
    assert service.came.wait(5)
    instance = only(quick)

    quick.made(f"/workflows/instances/{instance['id']}/cancel")
    service.hold.set()
    start.join()

    after = only(quick)
    assert (after["status"], after["workflow_data"]) == ("cancelled", {})
