"""Rate limits by plan, and what replies say of them."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from coordinaitor.sandbox import Account, Sandbox
from coordinaitor.sandbox._limits import TIERS, WINDOW
from tandem.sandbox import LimitRule

from .calling import Caller, error_of


@pytest.fixture
def strict(sandbox: Sandbox) -> Iterator[Sandbox]:
    """Limits are enforced, and the time stands still: nothing flows back."""
    sandbox.platform.limiter.enforce = True
    sandbox.clock.frozen = True
    yield sandbox
    sandbox.platform.limiter.enforce = sandbox.clock.frozen = False


def by_key(sandbox: Sandbox, http: httpx.Client, **options: int | str) -> Caller:
    return Caller(sandbox, http, {"X-API-Key": sandbox.api_key(**options)})  # type: ignore[arg-type]  # any of its options


@pytest.mark.parametrize(
    ("plan", "limit", "burst"), [("free", 1_000, 50), ("pro", 10_000, 200), ("enterprise", 100_000, 1_000)]
)
def test_each_plan_has_its_limit(strict: Sandbox, http: httpx.Client, plan: str, limit: int, burst: int) -> None:
    strict.add_user(Account("ada@example.com", "pw", role="admin", plan=plan))
    program = by_key(strict, http, email="ada@example.com")
    first = program.get("/system/health")
    spend(strict, burst - 1)

    refused = program.get("/system/health")

    assert first.headers["x-ratelimit-limit"] == str(limit)
    assert first.headers["x-ratelimit-remaining"] == str(limit - 1)
    assert first.headers["x-ratelimit-window"] == "3600"
    assert error_of(refused) == (429, "RATE_LIMIT_ERROR")


def spend(sandbox: Sandbox, requests: int) -> None:
    """As if the caller of the last request had made so many more."""
    platform, entry = sandbox.platform, sandbox.journal.entries()[-1]
    plan = next(user["plan"] for user in platform.store.list("user", namespace="")[::-1])
    rule = LimitRule(plan, entry.client_id, TIERS[plan].requests, WINDOW, TIERS[plan].burst)
    for _ in range(requests):
        platform.limiter.take([rule], sandbox.clock.now())


def test_a_refusal_says_how_long_to_wait_in_header_and_body(strict: Sandbox, http: httpx.Client) -> None:
    program = by_key(strict, http, requests=60, burst=1)
    program.get("/tasks")

    refused = program.get("/tasks")

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    assert refused.json()["error"]["retryAfter"] == 60
    assert refused.headers["x-ratelimit-remaining"] == "59"


def test_a_key_with_a_limit_of_its_own_is_told_so(strict: Sandbox, http: httpx.Client) -> None:
    program = by_key(strict, http, requests=60, burst=1)
    program.get("/tasks")

    said = program.get("/tasks").json()["error"]["message"]

    assert said == "More than 1 request at once (the limit of the key)."


def test_a_refusal_says_whether_it_was_the_hour_or_the_burst(strict: Sandbox, http: httpx.Client) -> None:
    hourly, burst = by_key(strict, http, requests=2), by_key(strict, http, requests=60, burst=2)

    refused = [[program.get("/tasks") for _ in range(3)][-1] for program in (hourly, burst)]

    assert [reply.json()["error"]["message"] for reply in refused] == [
        "More than 2 requests in 3600 seconds (the limit of the key).",
        "More than 2 requests at once (the limit of the key).",
    ]
    assert [reply.headers["x-ratelimit-remaining"] for reply in refused] == ["0", "58"]


def test_a_caller_who_is_not_known_is_told_where_the_address_stands(sandbox: Sandbox, http: httpx.Client) -> None:
    reply = http.get(f"{sandbox.url}/api/v1/tasks")

    assert (reply.status_code, reply.headers["x-ratelimit-limit"]) == (401, "1000")


def test_what_is_not_allowed_counts_and_is_told_what_is_left(strict: Sandbox, http: httpx.Client) -> None:
    program = Caller(strict, http, {"X-API-Key": strict.api_key(["agents:read"], requests=60, burst=3)})

    replies = [program.get("/tasks"), program.post("/auth/api-keys", {}), program.get("/agents"), program.get("/tasks")]

    assert [reply.status_code for reply in replies] == [403, 403, 200, 429]
    assert [reply.headers["x-ratelimit-remaining"] for reply in replies] == ["59", "58", "57", "57"]


def test_waiting_as_told_is_enough(strict: Sandbox, http: httpx.Client) -> None:
    program = by_key(strict, http, requests=60, burst=1)
    program.get("/tasks")
    wait = float(program.get("/tasks").headers["retry-after"])

    strict.clock.advance(wait)

    assert program.get("/tasks").status_code == 200


def test_keys_count_for_themselves_and_the_sessions_of_a_user_together(strict: Sandbox, http: httpx.Client) -> None:
    one, other = by_key(strict, http), by_key(strict, http)
    remaining = [program.get("/tasks").headers["x-ratelimit-remaining"] for program in (one, one, other)]

    assert remaining == ["99999", "99998", "99999"]


def test_whoever_is_not_known_yet_is_counted_by_address(strict: Sandbox, http: httpx.Client) -> None:
    attempts = [
        http.post(f"{strict.url}/api/v1/auth/login", json={"email": "a@example.com", "password": "x"})
        for _ in range(51)
    ]

    assert {reply.status_code for reply in attempts[:50]} == {401}
    assert error_of(attempts[50]) == (429, "RATE_LIMIT_ERROR")


def test_without_enforcement_nobody_is_refused(sandbox: Sandbox, http: httpx.Client) -> None:
    program = by_key(sandbox, http, requests=1, burst=1)

    replies = [program.get("/tasks") for _ in range(3)]

    assert [reply.status_code for reply in replies] == [200] * 3
    assert replies[-1].headers["x-ratelimit-remaining"] == "0"


def test_a_limit_that_lets_nothing_through_is_no_limit(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="one request"):
        sandbox.api_key(requests=0)
