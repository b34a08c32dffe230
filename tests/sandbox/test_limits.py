"""Rate limits of both guides: told always, enforced when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from interactor.sandbox import Sandbox

from .calling import Caller, error_of, token_of
from .definitions import publish


@pytest.fixture(scope="module")
def strict_sandbox() -> Iterator[Sandbox]:
    with Sandbox(enforce_limits=True) as sandbox:
        yield sandbox


@pytest.fixture
def strict(strict_sandbox: Sandbox, http: httpx.Client) -> Caller:
    """Calls to a sandbox that refuses what goes over a limit, a minute after anything before."""
    strict_sandbox.reset()
    return Caller(strict_sandbox, http, token_of(strict_sandbox, http)["access_token"], "user_1")


def told(reply: httpx.Response) -> tuple[str, int, int]:
    headers = reply.headers
    return (
        headers["x-ratelimit-scope"],
        int(headers["x-ratelimit-limit"]),
        int(headers["x-ratelimit-remaining"]),
    )


def until_refused(call: Any, most: int) -> tuple[int, httpx.Response]:
    """How many calls were let through, and the reply that was the first refusal."""
    for number in range(most):
        reply: httpx.Response = call()
        if reply.status_code == 429:
            return number, reply
    raise AssertionError("nothing was refused")


def test_every_reply_tells_the_nearest_limit(api: Caller) -> None:
    first, second = api.get("/rooms"), api.get("/rooms/room_none")

    assert told(first) == ("namespace", 300, 299)
    assert told(second) == ("namespace", 300, 298)
    assert 0 < int(first.headers["x-ratelimit-reset"]) - api.sandbox.clock.now() <= 60


def test_another_namespace_counts_for_itself(api: Caller) -> None:
    mine = [api.get("/rooms") for _ in range(5)]

    assert told(mine[-1]) == ("namespace", 300, 295)
    assert told(api.within("user_2").get("/rooms")) == ("client", 600, 594)


def test_streams_and_tokens_have_limits_of_their_own(api: Caller) -> None:
    body = {"grant_type": "client_credentials", "client_id": "nobody", "client_secret": "x"}

    stream = api.get("/rooms/room_none/stream")
    token = api.http.post(f"{api.sandbox.account_url}/oauth/token", json=body)

    assert told(stream)[:2] == ("streaming", 60)
    assert told(token)[:2] == ("oauth", 20)


def test_workflows_count_against_their_guide_too(api: Caller) -> None:
    publish(api)

    write = api.delete("/workflows/none")
    starts = [api.post("/workflows/approval_workflow/instances", {}) for _ in range(5)]

    assert told(write) == ("client", 100, 97)
    assert told(starts[-1]) == ("client", 50, 45)


def test_nothing_is_refused_unless_asked_for(api: Caller) -> None:
    api.sandbox.clock.frozen = True  # nothing flows back, however long it takes
    try:
        replies = [api.get("/rooms") for _ in range(310)]
    finally:
        api.sandbox.clock.frozen = False

    assert {reply.status_code for reply in replies} == {200}
    assert told(replies[-1]) == ("namespace", 300, 0)


def test_a_burst_is_refused_and_flows_back(strict: Caller) -> None:
    passed, refused = until_refused(lambda: strict.get("/rooms"), 120)

    strict.sandbox.clock.advance(1)

    assert 50 <= passed < 60
    assert error_of(refused) == (429, "RATE_LIMITED")
    assert refused.json()["error"]["message"] == "More than 50 requests at once (namespace)."
    assert told(refused) == ("namespace", 300, 300 - passed)
    assert int(refused.headers["retry-after"]) >= 1
    assert strict.get("/rooms").status_code == 200


def test_replies_to_unknown_paths_and_methods_tell_the_limit_of_the_client(api: Caller) -> None:
    replies = [api.get("/nothing"), api.delete("/rooms"), api.within("user_2").get("/nothing")]

    assert [reply.status_code for reply in replies] == [404, 405, 404]
    assert [told(reply) for reply in replies] == [("client", 600, 599), ("client", 600, 598), ("client", 600, 597)]


def test_whoever_is_not_known_is_told_the_limit_of_the_address(api: Caller) -> None:
    nobody = api.with_token("")
    api.get("/rooms")

    replies = [nobody.get("/rooms"), nobody.get("/nothing"), nobody.get("/workflows")]

    assert [reply.status_code for reply in replies] == [401, 404, 401]
    assert [told(reply) for reply in replies] == [("client", 600, 599), ("client", 600, 598), ("client", 600, 597)]


def test_whoever_is_not_known_is_refused_as_well(strict: Caller) -> None:
    strict.sandbox.clock.frozen = True
    try:
        passed, refused = until_refused(lambda: strict.with_token("").get("/rooms"), 120)
    finally:
        strict.sandbox.clock.frozen = False

    assert (passed, error_of(refused)) == (100, (429, "RATE_LIMITED"))


def test_token_requests_are_few(strict: Caller) -> None:
    body = {"grant_type": "client_credentials", "client_id": "nobody", "client_secret": "x"}
    url = f"{strict.sandbox.account_url}/oauth/token"

    passed, refused = until_refused(lambda: strict.http.post(url, json=body), 10)

    assert passed <= 5
    assert told(refused)[0] == "oauth"


def test_a_workflow_refusal_is_worded_as_its_guide_has_it(strict: Caller) -> None:
    _, refused = until_refused(lambda: strict.get("/workflows"), 120)

    assert error_of(refused) == (429, "rate_limited")


def test_ten_thousand_active_instances_fill_a_namespace(strict: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interactor.sandbox.workflows._runs.MOST_ACTIVE", 2)
    publish(strict)

    replies = [strict.post("/workflows/approval_workflow/instances", {}) for _ in range(3)]

    assert [reply.status_code for reply in replies] == [201, 201, 429]
    assert error_of(replies[2]) == (429, "namespace_quota_exceeded")
