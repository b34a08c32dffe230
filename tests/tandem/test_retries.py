"""Which calls are sent again, after what, and what ends it."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import pytest

import tandem
from tandem import APIStatusError, Call, Operation, RetryPolicy, TransportError

from .acme import create, get, put, unchanged
from .conftest import MakeWorld
from .fakes import answer, refused, reset, silence

OK = {"data": {"id": "t1"}}
CALLS: dict[str, Callable[..., Call[Any]]] = {"safe": get, "keyed": create, "unkeyed": put}


@pytest.mark.parametrize("kind", ["safe", "keyed"])
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_safe_or_keyed_call_is_sent_again(make: MakeWorld, kind: str, status: int) -> None:
    world = make(answer(b"", status), answer(OK))

    assert world.client.call(CALLS[kind]()).response_meta.attempts == 2


@pytest.mark.parametrize("kind", ["safe", "keyed"])
@pytest.mark.parametrize("problem", [refused, reset, silence])
def test_a_safe_or_keyed_call_is_sent_again_after_no_reply(
    make: MakeWorld, kind: str, problem: Callable[[], TransportError]
) -> None:
    world = make(problem(), answer(OK))

    assert world.client.call(CALLS[kind]()).response_meta.attempts == 2


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_write_without_a_key_is_sent_once(make: MakeWorld, status: int) -> None:
    world = make(answer(b"", status), answer(OK))

    with pytest.raises(APIStatusError):
        world.client.call(put())

    assert len(world.server.requests) == 1


@pytest.mark.parametrize("problem", [reset, silence])
def test_a_write_without_a_key_is_sent_once_when_the_server_may_have_seen_it(
    make: MakeWorld, problem: Callable[[], TransportError]
) -> None:
    world = make(problem(), answer(OK))

    with pytest.raises(tandem.APIConnectionError):
        world.client.call(put())

    assert len(world.server.requests) == 1


def test_a_write_without_a_key_is_sent_again_when_the_server_saw_nothing(make: MakeWorld) -> None:
    world = make(refused(), answer(b"", 429), answer(OK))

    assert world.client.call(put()).response_meta.attempts == 3


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 501, 302])
def test_what_will_not_change_is_not_sent_again(make: MakeWorld, status: int) -> None:
    world = make(answer(b"", status), answer(OK))

    with pytest.raises(APIStatusError) as caught:
        world.client.call(get())

    assert (caught.value.status_code, caught.value.attempts) == (status, 1)


def test_the_key_is_the_same_on_each_attempt_and_another_for_each_call(make: MakeWorld) -> None:
    world = make(reset(), answer(b"", 503), answer(OK), answer(OK))

    first = world.client.call(create())
    world.client.call(create())

    keys = world.server.sent("idempotency-key")
    assert len(keys) == 4
    assert len(set(keys[:3])) == 1
    assert keys[0] == first.response_meta.idempotency_key
    assert keys[3] not in {None, keys[0]}


def test_a_key_of_your_own_is_sent_as_it_is(make: MakeWorld) -> None:
    world = make(answer(b"", 503), answer(OK))
    call = create()

    world.client.call(Call(call.operation, body=call.body, idempotency_key="order-7"))

    assert world.server.sent("idempotency-key") == ["order-7", "order-7"]


def test_a_safe_call_has_no_key(make: MakeWorld) -> None:
    world = make(answer(OK))

    assert world.client.call(get()).response_meta.idempotency_key is None
    assert world.server.sent("idempotency-key") == [None]


def test_attempts_are_counted_and_the_last_failure_is_told(make: MakeWorld) -> None:
    world = make(answer({"error": {"code": "busy", "message": "Later"}}, 503, {"X-Request-Id": "r9"}))

    with pytest.raises(tandem.ServerError, match=r"503 busy: Later .*request r9, 4 attempts"):
        world.client.call(get())

    assert world.clock.pauses == [0.5, 1.0, 2.0]


def test_one_attempt_means_never_again(make: MakeWorld) -> None:
    world = make(answer(b"", 503), retry=RetryPolicy(max_attempts=1))

    with pytest.raises(tandem.ServerError):
        world.client.call(get())

    assert len(world.server.requests) == 1


def test_a_call_may_bring_its_own_policy(make: MakeWorld) -> None:
    world = make(answer(b"", 503))

    with pytest.raises(tandem.ServerError):
        world.client.call(get(retry=RetryPolicy(max_attempts=2)))

    assert len(world.server.requests) == 2


def test_retry_after_is_obeyed(make: MakeWorld) -> None:
    world = make(answer(b"", 429, {"Retry-After": "7"}), answer(OK))

    world.client.call(get())

    assert world.clock.pauses == [7.0]


def test_retry_after_as_a_date_is_obeyed(make: MakeWorld) -> None:
    world = make(answer(OK))
    world.server.steps.insert(0, answer(b"", 503, {"Retry-After": formatdate(world.clock.time() + 30, usegmt=True)}))

    world.client.call(get())

    assert world.clock.pauses == [30.0]


@pytest.mark.parametrize("value", ["nonsense", "nan", "inf", "-1"])
def test_a_retry_after_that_says_nothing_means_the_usual_pause(make: MakeWorld, value: str) -> None:
    world = make(answer(b"", 429, {"Retry-After": value}), answer(OK))

    world.client.call(get())

    assert world.clock.pauses == [0.5]


@pytest.mark.parametrize("value", ["61", "86400", "999999999999"])
def test_a_retry_after_over_a_minute_fails_the_call_at_once(make: MakeWorld, value: str) -> None:
    world = make(answer(b"", 429, {"Retry-After": value}), answer(OK))

    with pytest.raises(tandem.RateLimitError) as caught:
        world.client.call(get())

    assert caught.value.retry_after == float(value)
    assert (world.clock.pauses, len(world.server.requests)) == ([], 1)


def test_a_pause_that_would_outlast_the_deadline_is_not_begun(make: MakeWorld) -> None:
    world = make(answer(b"", 503, {"Retry-After": "20"}), answer(OK), deadline=10.0)

    with pytest.raises(tandem.ServerError) as caught:
        world.client.call(get())

    assert caught.value.retry_after == 20
    assert world.clock.pauses == []


def test_an_attempt_that_used_up_the_deadline_ends_the_call(make: MakeWorld) -> None:
    world = make(answer(OK))

    def slow(request: object) -> Any:
        world.clock.advance(11)
        raise silence()

    world.server.steps.insert(0, slow)

    with pytest.raises(tandem.DeadlineExceededError, match=r"deadline of 10 s \(GET"):
        world.client.call(get(deadline=10))


def test_a_timer_that_fires_a_moment_early_is_still_the_deadline(make: MakeWorld) -> None:
    world = make(answer(OK))

    def slow(request: object) -> Any:
        world.clock.advance(9.999)
        raise silence()

    world.server.steps.insert(0, slow)

    with pytest.raises(tandem.DeadlineExceededError):
        world.client.call(get(deadline=10))


def test_every_attempt_carries_the_same_deadline(make: MakeWorld) -> None:
    world = make(answer(b"", 503), answer(OK), deadline=10.0)

    world.client.call(get())

    assert len({request.deadline.at for request in world.server.requests}) == 1


def test_the_budget_is_shared_by_all_views(make: MakeWorld) -> None:
    world = make(answer(b"", 503))
    views = [world.client, world.client.for_namespace("other"), world.client.with_options(timeout=5)]

    for _ in range(10):
        for view in views:
            with pytest.raises(tandem.ServerError):
                view.call(get())

    assert len(world.server.requests) == 30 + 500 // 14


def test_an_empty_budget_comes_back_with_successes(make: MakeWorld) -> None:
    world = make(answer(OK))
    world.client.auth.token()
    while world.core.budget.take(throttled=False):
        pass
    before = world.core.budget.level

    for _ in range(20):
        world.client.call(get())

    assert world.core.budget.level == before + 20


def test_a_throttled_retry_costs_less(make: MakeWorld) -> None:
    world = make(answer(b"", 429, {"Retry-After": "1"}), answer(b"", 404))

    with pytest.raises(tandem.NotFoundError):
        world.client.call(get())

    assert world.core.budget.level == 500 - 5


def test_a_reply_that_is_too_large_is_not_asked_for_again(make: MakeWorld) -> None:
    from tandem._transport import ReplyTooLargeError

    world = make(ReplyTooLargeError(64), answer(OK))

    with pytest.raises(tandem.ResponseDecodeError, match=r"larger than 64 bytes \(GET /things"):
        world.client.call(get())


def test_a_method_that_is_not_known_to_be_safe_counts_as_a_write(make: MakeWorld) -> None:
    operation: Operation[Any] = Operation(
        name="things.purge", method="PURGE", path="/things", host="core", decode=unchanged
    )
    world = make(answer(b"", 503), answer(OK))

    with pytest.raises(tandem.ServerError):
        world.client.call(Call(operation))

    assert len(world.server.requests) == 1
