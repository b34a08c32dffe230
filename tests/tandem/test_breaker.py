"""A host that keeps failing is left alone, tried once, and used again when it is well."""

from __future__ import annotations

import pytest

from tandem import APIStatusError, CircuitBreaker, CircuitOpenError, RetryPolicy, TandemError
from tandem._breaker import Circuits

from .acme import get
from .conftest import MakeWorld, World
from .fakes import Step, answer, refused, reset

ONCE = RetryPolicy(max_attempts=1)
OK = {"data": {"id": "t1"}}


def circuits(failures: int = 2) -> Circuits:
    found = Circuits(CircuitBreaker(failures=failures, pause=30))
    for _ in range(failures):
        found.failed("core", 100.0)
    return found


def guarded(make: MakeWorld, *steps: Step, failures: int = 3, retry: RetryPolicy = ONCE) -> World:
    world = make(*steps, retry=retry)
    world.core.circuits = Circuits(CircuitBreaker(failures=failures, pause=30))
    return world


def fail(world: World, times: int) -> None:
    for _ in range(times):
        with pytest.raises(TandemError) as caught:
            world.client.call(get())
        assert not isinstance(caught.value, CircuitOpenError)


def test_it_opens_after_so_many_failures_in_a_row() -> None:
    found = Circuits(CircuitBreaker(failures=2, pause=30))
    found.failed("core", 100.0)
    assert found.refuse("core", 100.0) is None
    found.failed("core", 100.0)

    assert found.refuse("core", 110.0) == 20.0


def test_a_success_in_between_starts_the_count_anew() -> None:
    found = Circuits(CircuitBreaker(failures=2, pause=30))
    found.failed("core", 100.0)
    found.succeeded("core")
    found.failed("core", 100.0)

    assert found.refuse("core", 100.0) is None


def test_each_host_has_its_own() -> None:
    assert circuits().refuse("account", 100.0) is None


def test_one_probe_goes_through_after_the_pause() -> None:
    found = circuits()

    assert [found.refuse("core", 130.0), found.refuse("core", 130.0)] == [None, 30.0]


def test_a_probe_that_succeeds_opens_the_way() -> None:
    found = circuits()
    found.refuse("core", 130.0)
    found.succeeded("core")

    assert [found.refuse("core", 130.0), found.refuse("core", 130.0)] == [None, None]


def test_a_probe_that_fails_closes_it_for_another_pause() -> None:
    found = circuits()
    found.refuse("core", 130.0)
    found.failed("core", 135.0)

    assert found.refuse("core", 136.0) == 29.0


def test_a_probe_that_never_reports_back_is_followed_by_another() -> None:
    found = circuits()

    assert [found.refuse("core", moment) for moment in (130.0, 159.0, 160.0)] == [None, 1.0, None]


@pytest.mark.parametrize("wrong", [{"failures": 0}, {"pause": 0}, {"pause": float("inf")}, {"pause": float("nan")}])
def test_a_breaker_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"failures|pause"):
        CircuitBreaker(**wrong)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize("step", [answer(b"", 503), answer(b"", 529), reset(), refused()])
def test_a_host_that_keeps_failing_is_refused_at_once(make: MakeWorld, step: Step) -> None:
    world = guarded(make, step)
    fail(world, 3)

    with pytest.raises(CircuitOpenError) as caught:
        world.client.call(get())

    assert (caught.value.retry_after, caught.value.attempts, len(world.server.requests)) == (30.0, 0, 3)
    assert "core server" in str(caught.value)


def test_what_the_caller_did_wrong_does_not_count(make: MakeWorld) -> None:
    world = guarded(make, answer(b"", 404))
    fail(world, 5)

    assert len(world.server.requests) == 5


def test_one_call_tries_the_host_after_the_pause(make: MakeWorld) -> None:
    world = guarded(make, answer(b"", 503), answer(b"", 503), answer(b"", 503), answer(OK))
    fail(world, 3)
    world.clock.advance(30)

    assert world.client.call(get()).response_meta.attempts == 1
    assert world.client.call(get()).response_meta.attempts == 1


def test_views_share_what_is_known(make: MakeWorld) -> None:
    world = guarded(make, answer(b"", 503))
    fail(world, 3)

    with pytest.raises(CircuitOpenError):
        world.client.for_namespace("other").call(get())


def test_a_call_does_not_wait_for_a_host_that_it_may_not_try(make: MakeWorld) -> None:
    world = guarded(make, answer(b"", 503), failures=2, retry=RetryPolicy(max_attempts=9))

    with pytest.raises(APIStatusError) as caught:
        world.client.call(get())

    assert (caught.value.attempts, len(world.clock.pauses)) == (2, 1)


def test_it_is_off_by_default(make: MakeWorld) -> None:
    world = make(answer(b"", 503), retry=ONCE)
    fail(world, 20)

    assert len(world.server.requests) == 20
