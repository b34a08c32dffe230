"""Calls wait for their turn, so that the server need not refuse them."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest

from tandem import DeadlineExceededError, Headers, RateLimit, RateLimitError, Request
from tandem._throttle import LastLimits, Throttle

from .acme import CONVENTIONS, get
from .conftest import MakeWorld, World
from .fakes import Answer, Clock, Step, answer

KIND = ("things.get", "s1")


def told(limit: int, left: int, reset: float, scope: str = "space") -> Headers:
    return Headers(
        [
            ("X-RateLimit-Limit", str(limit)),
            ("X-RateLimit-Remaining", str(left)),
            ("X-RateLimit-Reset", str(int(reset))),
            ("X-RateLimit-Scope", scope),
        ]
    )


class Counter:
    """A server that lets `limit` calls through in each minute and counts those that it had to refuse."""

    def __init__(self, clock: Clock, limit: int) -> None:
        self.clock, self.limit = clock, limit
        self.minute, self.used, self.refused = 0, 0, 0

    def __call__(self, request: Request) -> Answer:
        now = self.clock.time()
        if int(now // 60) != self.minute:
            self.minute, self.used = int(now // 60), 0
        if self.used >= self.limit:
            self.refused += 1
            return answer(b"", 429, {"Retry-After": "1"})
        self.used += 1
        headers = told(self.limit, self.limit - self.used, (self.minute + 1) * 60)
        return answer({"data": {}}, 200, headers)


def paced(make: MakeWorld, limit: int = 60) -> tuple[World, Counter]:
    world = make(namespace="s1")
    server = Counter(world.clock, limit)
    world.server.steps = list[Step]([server])
    world.core.throttle = Throttle(60.0, CONVENTIONS.namespace_limits)
    return world, server


def call_often(world: World) -> None:
    for _ in range(200):
        world.client.call(get())


def test_a_paced_client_is_never_refused(make: MakeWorld) -> None:
    world, server = paced(make)

    call_often(world)

    assert server.refused == 0
    assert world.clock.passed < 240  # three minutes are the least that 60 a minute allows


def test_a_client_that_is_not_paced_is_refused(make: MakeWorld) -> None:
    world, server = paced(make)
    world.core.throttle = None

    with pytest.raises(RateLimitError):
        call_often(world)

    assert server.refused > 0


def test_it_is_off_by_default(make: MakeWorld) -> None:
    assert make().core.throttle is None


def test_views_share_the_pace(make: MakeWorld) -> None:
    world, server = paced(make)
    view = world.client.for_namespace("s2")

    for _ in range(100):
        world.client.call(get())
        view.call(get())

    assert server.refused == 0


def test_a_turn_that_comes_after_the_deadline_is_not_waited_for(make: MakeWorld) -> None:
    world, server = paced(make, limit=3)
    for _ in range(3):
        world.client.call(get())
    before = world.clock.passed

    with pytest.raises(DeadlineExceededError):
        world.client.call(get(deadline=0.5))

    assert (world.clock.passed, server.used) == (before, 3)


def test_before_the_first_reply_a_crowd_is_spread() -> None:
    throttle = Throttle(60.0, frozenset())

    waits = [throttle.reserve(KIND, 1000.0) for _ in range(300)]

    assert waits[:30] == pytest.approx([0.0] * 30, abs=1e-9)
    assert waits == sorted(waits)
    assert waits[-1] > 50


def test_a_server_that_tells_no_limit_is_not_waited_for() -> None:
    throttle = Throttle(60.0, frozenset())
    throttle.hear(KIND, Headers(), 1000.0, 5000.0)

    assert {throttle.reserve(KIND, 1000.0) for _ in range(1000)} == {0.0}


def test_an_empty_limit_is_waited_for_until_its_window_ends() -> None:
    throttle = Throttle(60.0, frozenset())
    throttle.hear(KIND, told(100, 0, 5020), 1000.0, 5000.0)

    assert throttle.reserve(KIND, 1000.0) == pytest.approx(20.05)


def test_a_wall_clock_that_is_wrong_makes_nobody_wait_longer_than_a_window() -> None:
    throttle = Throttle(60.0, frozenset())
    throttle.hear(KIND, told(100, 0, 9_999_999_999), 1000.0, 5000.0)

    assert throttle.reserve(KIND, 1000.0) < 61


def test_a_reply_that_was_overtaken_does_not_bring_calls_back() -> None:
    throttle = Throttle(60.0, frozenset())
    for left in (50, 0, 49):
        throttle.hear(KIND, told(100, left, 5020), 1000.0, 5000.0)

    assert throttle.reserve(KIND, 1000.0) > 19


def test_what_is_not_used_after_all_is_given_back() -> None:
    throttle = Throttle(60.0, frozenset())
    throttle.hear(KIND, told(10, 9, 5060), 1000.0, 5000.0)
    throttle.reserve(KIND, 1000.0)
    waiting = throttle.reserve(KIND, 1000.0)
    throttle.give_back(KIND)

    assert throttle.reserve(KIND, 1000.0) == pytest.approx(waiting)


@pytest.mark.parametrize(("per_namespace", "waits"), [(frozenset({"space"}), False), (frozenset[str](), True)])
def test_a_limit_of_a_namespace_holds_for_that_namespace(per_namespace: frozenset[str], waits: bool) -> None:
    throttle = Throttle(60.0, per_namespace)
    throttle.hear(("things.get", "s2"), told(100, 90, 5060), 1000.0, 5000.0)
    throttle.hear(KIND, told(100, 0, 5060), 1000.0, 5000.0)

    assert (throttle.reserve(("things.get", "s2"), 1000.0) > 0) is waits


@pytest.mark.parametrize("namespace", ["s1", None])
def test_what_only_calls_for_tokens_have_met_holds_for_no_others(namespace: str | None) -> None:
    throttle = Throttle(60.0, frozenset())
    throttle.hear(("auth.login", None), told(3, 0, 5060, "tokens"), 1000.0, 5000.0)

    assert throttle.reserve(("things.get", namespace), 1000.0) == 0
    assert throttle.reserve(("auth.refresh", None), 1000.0) > 59


@pytest.mark.parametrize("namespace", ["s1", None])
def test_what_calls_of_two_kinds_have_met_holds_for_all(namespace: str | None) -> None:
    throttle = Throttle(60.0, frozenset())
    throttle.hear(("things.get", "s2"), told(100, 1, 5060, "client"), 1000.0, 5000.0)
    throttle.hear(("lists.get", "s3"), told(100, 0, 5060, "client"), 1000.0, 5000.0)

    assert throttle.reserve(("orders.get", namespace), 1000.0) > 59


def test_a_server_that_invents_limits_does_not_fill_the_memory() -> None:
    throttle, limits = Throttle(60.0, frozenset()), LastLimits()
    for number in range(10_000):
        headers = told(100, 1, 5060, scope=f"scope {number}")
        throttle.hear((f"operation {number}", None), headers, 1000.0, 5000.0)
        limits.note(headers)

    assert len(throttle._meters) <= 5000  # pyright: ignore[reportPrivateUsage]  # nothing else tells
    assert len(limits.known()) <= 100


def test_the_last_limit_of_each_scope_is_known_to_all_views(make: MakeWorld) -> None:
    replies: list[Callable[[Request], Answer] | Answer] = [
        answer({"data": {}}, 200, told(100, 9, 1_800_000_000)),
        answer({"data": {}}, 200, told(100, 8, 1_800_000_000)),
        answer({"data": {}}, 200, told(600, 5, 1_800_000_000, "client")),
        answer({"data": {}}, 200, {"X-RateLimit-Limit": "many", "X-RateLimit-Scope": "odd"}),
    ]
    client = make(*replies).client
    assert client.rate_limit == {}
    for _ in replies:
        client.call(get())

    moment = datetime.datetime(2027, 1, 15, 8, 0, tzinfo=datetime.UTC)
    known = {"space": RateLimit(100, 8, moment, "space"), "client": RateLimit(600, 5, moment, "client")}
    assert client.rate_limit == client.for_namespace("other").rate_limit == known


def test_refused_calls_tell_their_limit_too(make: MakeWorld) -> None:
    world = make(answer(b"", 429, told(100, 0, 1_800_000_000)), answer({"data": {}}))

    world.client.call(get())

    assert world.client.rate_limit["space"].remaining == 0
