"""Clock, identifiers and rate limits: everything that counts."""

from __future__ import annotations

import asyncio
import time

import pytest

from tandem.sandbox import Clock, Ids, LimitRule
from tandem.sandbox._limits import Limiter


def test_a_clock_runs_with_real_time() -> None:
    assert abs(Clock().now() - time.time()) < 1


def test_a_frozen_clock_moves_only_when_it_is_pushed() -> None:
    clock = Clock(start=100.0, frozen=True)

    assert (clock.now(), clock.advance(5), clock.offset) == (100.0, 105.0, 5.0)


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 1e12])
def test_time_does_not_go_back_or_to_the_end(seconds: float) -> None:
    with pytest.raises(ValueError, match="moves forward"):
        Clock().advance(seconds)


def test_moments_are_written_in_utc_with_milliseconds() -> None:
    assert Clock(start=1.25, frozen=True).iso() == "1970-01-01T00:00:01.250Z"
    assert Clock().iso(0) == "1970-01-01T00:00:00.000Z"


def test_listeners_hear_of_every_jump_until_they_have_enough() -> None:
    clock = Clock(start=0.0, frozen=True)
    heard: list[float] = []
    forget = clock.on_advance(heard.append)
    clock.advance(1)
    clock.advance(2)
    forget()
    clock.advance(4)

    assert heard == [1.0, 3.0]


def test_a_jump_wakes_whoever_sleeps_on_the_clock() -> None:
    clock = Clock(start=0.0, frozen=True)

    async def sleep() -> float:
        sleeper = asyncio.ensure_future(clock.sleep(3600))
        await asyncio.sleep(0)
        clock.advance(3599)
        await asyncio.sleep(0.01)
        assert not sleeper.done()
        clock.advance(1)
        await asyncio.wait_for(sleeper, 1)
        return clock.now()

    assert asyncio.run(sleep()) == 3600.0


def test_a_sleep_ends_by_itself_when_time_passes() -> None:
    asyncio.run(asyncio.wait_for(Clock().sleep(0.01), 1))


def test_identifiers_are_their_prefix_and_twenty_characters() -> None:
    prefix, _, rest = Ids().new("book").partition("_")

    assert (prefix, len(rest), rest.isalnum()) == ("book", 20, True)


def test_random_identifiers_differ() -> None:
    ids = Ids()

    assert len({ids.new("book") for _ in range(1000)}) == 1000


def test_a_seed_makes_the_same_identifiers_in_every_run() -> None:
    first, second = Ids(seed=7), Ids(seed=7)

    assert [first.new("book") for _ in range(3)] == [second.new("book") for _ in range(3)]
    assert Ids(seed=8).new("book") != Ids(seed=7).new("book")


def test_identifiers_of_one_prefix_do_not_depend_on_those_of_another() -> None:
    first, second = Ids(seed=7), Ids(seed=7)
    second.new("order")

    assert first.new("book") == second.new("book")


MINUTE = LimitRule("client", "ann", limit=3, window=60.0)


def test_a_limit_lets_through_what_it_says_and_then_no_more() -> None:
    limiter = Limiter(enforce=True)

    verdicts = [limiter.take([MINUTE], now=125.0) for _ in range(4)]

    assert [(v.allowed, v.remaining) for v in verdicts if v] == [(True, 2), (True, 1), (True, 0), (False, 0)]


def test_a_refusal_says_when_to_come_back() -> None:
    limiter = Limiter(enforce=True)
    for _ in range(3):
        limiter.take([MINUTE], now=125.0)

    verdict = limiter.take([MINUTE], now=130.0)

    assert verdict is not None
    assert (verdict.retry_after, verdict.reset) == (50.0, 180.0)
    again = limiter.take([MINUTE], now=180.0)
    assert again is not None
    assert again.allowed


def test_a_burst_is_bounded_and_flows_back() -> None:
    limiter = Limiter(enforce=True)
    rule = LimitRule("client", "ann", limit=60, window=60.0, burst=2)

    allowed = [v.allowed for now in (0.0, 0.0, 0.0, 1.0, 1.0) if (v := limiter.take([rule], now))]

    assert allowed == [True, True, False, True, False]


def test_a_refusal_says_what_was_exceeded_and_what_the_window_has_left() -> None:
    limiter = Limiter(enforce=True)
    rule = LimitRule("client", "ann", limit=3, window=60.0, burst=2)

    verdicts = [v for now in (0.0, 0.0, 0.0, 40.0, 40.0) if (v := limiter.take([rule], now))]

    _, _, burst, last, window = verdicts
    assert [v.allowed for v in verdicts] == [True, True, False, True, False]
    assert (burst.exceeded, burst.remaining, burst.reset, burst.retry_after) == ("2 requests at once", 1, 60.0, 20.0)
    assert (last.remaining, window.remaining) == (0, 0)
    assert (window.exceeded, window.reset, window.retry_after) == ("3 requests in 60 seconds", 60.0, 20.0)


def test_keys_are_counted_apart_and_the_nearest_limit_is_told() -> None:
    limiter = Limiter(enforce=True)
    wide = LimitRule("all", "", limit=100)
    limiter.take([wide, MINUTE], now=0.0)

    ann, bob = limiter.take([wide, MINUTE], 0.0), limiter.take([wide, LimitRule("client", "bob", 3)], 0.0)

    assert ann is not None
    assert bob is not None
    assert (ann.rule.key, ann.remaining, bob.rule.key, bob.remaining) == ("ann", 1, "bob", 2)


def test_a_refused_request_costs_nothing() -> None:
    limiter = Limiter(enforce=True)
    other = LimitRule("all", "", limit=100)
    for _ in range(10):
        limiter.take([MINUTE, other], now=0.0)

    verdict = limiter.take([other], now=0.0)

    assert verdict is not None
    assert verdict.remaining == 96


def test_without_enforcement_all_is_counted_and_nothing_refused() -> None:
    limiter = Limiter()

    verdicts = [limiter.take([MINUTE], now=0.0) for _ in range(5)]

    assert [(v.allowed, v.remaining) for v in verdicts if v][-1] == (True, 0)


def test_no_rules_means_no_verdict() -> None:
    assert Limiter(enforce=True).take([], now=0.0) is None
