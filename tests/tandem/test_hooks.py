"""Hooks are told what happens, and whatever they do, the call does not notice."""

from __future__ import annotations

import dataclasses
import logging
from typing import Any

import pytest

from tandem import APIConnectionError, AttemptRecord, Hooks, NotFoundError, ResultRecord, RetryPolicy, RetryRecord
from tandem._hooks import NO_HOOKS

from .acme import WATCH, get
from .conftest import MakeWorld, World
from .fakes import Step, answer, events, refused, silence

OK = {"data": {"id": "t1"}}
HEADERS = {"X-Request-Id": "r7"}


def told(make: MakeWorld, *steps: Step, **settings: Any) -> tuple[World, list[Any]]:
    """A world whose hooks write down what they are given."""
    world, seen = make(*steps, **settings), list[Any]()
    world.core.hooks = Hooks(seen.append, seen.append, seen.append)
    world.client.auth.token()
    seen.clear()
    return world, seen


def test_a_call_is_told_from_its_first_attempt_to_its_result(make: MakeWorld) -> None:
    world, seen = told(make, answer(b"", 503, HEADERS), answer(OK, 200, HEADERS), namespace="s1")

    world.client.call(get())

    facts = {"operation": "things.get", "method": "GET", "path": "/things/{id}", "namespace": "s1"}
    rest: dict[str, Any] = {"error": None, "request_id": "r7"}
    assert seen == [
        AttemptRecord(**facts, **rest, status_code=503, duration=0.0, attempt=1),
        RetryRecord(**facts, **rest, status_code=503, attempt=1, pause=0.5, reason="status 503"),
        AttemptRecord(**facts, **rest, status_code=200, duration=0.0, attempt=2),
        ResultRecord(**facts, **rest, status_code=200, duration=0.5, attempts=2),
    ]


@pytest.mark.parametrize(("step", "name"), [(refused(), "AcmeConnectionError"), (silence(), "AcmeTimeoutError")])
def test_an_attempt_without_a_reply_names_its_error(make: MakeWorld, step: Step, name: str) -> None:
    world, seen = told(make, step, retry=RetryPolicy(max_attempts=1))

    with pytest.raises(APIConnectionError):
        world.client.call(get())

    attempt, result = seen
    assert (attempt.status_code, attempt.error, attempt.request_id) == (None, name, None)
    assert (result.status_code, result.error, result.attempts) == (None, name, 1)


def test_a_refusal_is_a_result_with_status_and_error(make: MakeWorld) -> None:
    world, seen = told(make, answer(b"", 404))

    with pytest.raises(NotFoundError):
        world.client.call(get())

    assert (seen[-1].status_code, seen[-1].error) == (404, "AcmeNotFoundError")


def test_a_renewed_token_is_told_as_the_reason(make: MakeWorld) -> None:
    world, seen = told(make, answer(b"", 401), answer(OK))

    world.client.call(get())

    assert [record.reason for record in seen if isinstance(record, RetryRecord)] == ["the token was refused"]


def test_a_stream_that_opens_is_a_result(make: MakeWorld) -> None:
    from tandem import Call

    world, seen = told(make, events(b"data: {}\n\n"))

    with world.client.stream(Call(WATCH, ("t1",))):
        pass

    assert [type(record).__name__ for record in seen] == ["AttemptRecord", "ResultRecord"]


def test_a_hook_that_fails_is_logged_and_the_call_goes_on(make: MakeWorld, caplog: pytest.LogCaptureFixture) -> None:
    def broken(record: object) -> None:
        raise ZeroDivisionError("canary")

    world = make(answer(b"", 503), answer(OK))
    world.core.hooks = Hooks(broken, broken, broken)

    assert world.client.call(get()).response_meta.attempts == 2

    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert "The hook on_retry failed (ZeroDivisionError); going on." in warnings
    assert {text.split()[2] for text in warnings} == {"on_attempt", "on_retry", "on_result"}
    assert "canary" not in caplog.text


def test_nobody_sees_a_call_when_nobody_asked_to(make: MakeWorld) -> None:
    assert make().core.hooks is NO_HOOKS
    assert make().core.witness(get().operation, None) is None


def test_records_are_frozen_and_slotted(make: MakeWorld) -> None:
    world, seen = told(make, answer(b"", 503), answer(OK))

    world.client.call(get())

    assert {type(record) for record in seen} == {AttemptRecord, RetryRecord, ResultRecord}
    for record in seen:
        assert not hasattr(record, "__dict__")
        with pytest.raises(dataclasses.FrozenInstanceError):
            record.method = "PUT"


def test_a_hook_that_nobody_would_await_is_refused() -> None:
    async def hook(record: object) -> None: ...

    assert "on_retry" in (Hooks(on_retry=hook).refuse() or "")
    assert "on_result" in (Hooks(on_result=1).refuse() or "")  # type: ignore[arg-type]  # wrong on purpose
    assert Hooks(on_attempt=print).refuse() is None
