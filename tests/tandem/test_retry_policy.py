"""The pure parts of sending again: how long, how often, for how much."""

from __future__ import annotations

import math
import threading
from email.utils import format_datetime, formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem import RetryPolicy
from tandem._retry import RetryBudget, parse_retry_after

NOW = 1_800_000_000.0


def test_pauses_grow_exponentially_to_the_cap() -> None:
    policy = RetryPolicy(base=0.5, cap=8.0)

    assert [policy.backoff(attempt, lambda: 1.0) for attempt in range(1, 8)] == [0.5, 1, 2, 4, 8, 8, 8]
    assert policy.backoff(10**9, lambda: 1.0) == 8


def test_jitter_may_take_all_of_a_pause() -> None:
    assert RetryPolicy().backoff(3, lambda: 0.0) == 0.0
    assert RetryPolicy().backoff(3, lambda: 0.25) == 0.5


@given(st.integers(1, 10_000))
def test_a_pause_is_never_negative_nor_over_the_cap(attempt: int) -> None:
    assert 0 <= RetryPolicy().backoff(attempt) <= 8


@pytest.mark.parametrize(
    "changes",
    [{"max_attempts": 0}, {"max_attempts": -1}, {"base": -0.1}, {"cap": math.nan}, {"max_retry_after": math.inf}],
)
def test_a_policy_that_makes_no_sense_is_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"must be at least 1|0 or more"):
        RetryPolicy().with_changes(**changes)


def test_changing_a_policy_leaves_the_old_one_alone() -> None:
    policy = RetryPolicy()

    assert policy.with_changes(max_attempts=9).max_attempts == 9
    assert policy.max_attempts == 4


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_replayable_call_is_sent_again_after_a_passing_failure(status: int) -> None:
    assert RetryPolicy().retries_status(status, replayable=True)
    assert RetryPolicy().retries_status(status, replayable=False) is (status == 429)


@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 409, 422, 501, 505, 529])
def test_nothing_is_sent_again_after_any_other_status(status: int) -> None:
    assert not RetryPolicy().retries_status(status, replayable=True)


def test_a_budget_pays_for_35_retries_or_100_throttled_ones() -> None:
    assert _affordable(throttled=False) == 500 // 14
    assert _affordable(throttled=True) == 100


def _affordable(*, throttled: bool) -> int:
    budget = RetryBudget()
    count = 0
    while budget.take(throttled=throttled):
        count += 1
    return count


def test_a_success_gives_back_what_its_call_took_and_otherwise_one() -> None:
    budget = RetryBudget()
    cost = budget.take(throttled=False) + budget.take(throttled=False)

    budget.refund(0)
    assert budget.level == 500 - 28 + 1

    budget.refund(cost)
    assert budget.level == 500


def test_a_budget_never_holds_more_than_its_capacity() -> None:
    budget = RetryBudget()

    for _ in range(100):
        budget.refund(14)

    assert budget.level == RetryBudget.CAPACITY


def test_threads_never_overdraw_a_budget() -> None:
    budget, paid = RetryBudget(), list[int]()

    def spend() -> None:
        for _ in range(50):
            paid.append(budget.take(throttled=False))

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(paid) + budget.level == RetryBudget.CAPACITY
    assert budget.level >= 0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("86400", 86400.0),
        ("999999999999", 999999999999.0),
        (formatdate(NOW + 30, usegmt=True), 30.0),
        (formatdate(NOW + 30), 30.0),
        (formatdate(NOW - 300, usegmt=True), 0.0),
        (formatdate(NOW + 30, usegmt=True).removesuffix(" GMT"), 30.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value: str, seconds: float) -> None:
    assert parse_retry_after(value, NOW) == seconds


@pytest.mark.parametrize(
    "value",
    ["", "-5", "soon", "nan", "inf", "-inf", "Infinity", "1e3", "1_000", "\u0667", "0x10", "9" * 400, "7, 7", "\x00"],
)
def test_a_retry_after_that_says_nothing_is_none(value: str) -> None:
    assert parse_retry_after(value, NOW) is None


def test_no_retry_after_is_none() -> None:
    assert parse_retry_after(None, NOW) is None


@given(st.text() | st.datetimes().map(format_datetime) | st.from_regex(r"[0-9]{1,3} [A-Z][a-z]{2} [0-9]{1,9} [0-9:]+"))
def test_any_text_in_a_retry_after_is_a_number_or_none(value: str) -> None:
    seconds = parse_retry_after(value, NOW)

    assert seconds is None or 0 <= seconds < math.inf
