"""What one who follows a thing does next."""

from __future__ import annotations

from typing import Any

import pytest

from tandem import APIConnectionError, APIStatusError, Call, CallSettings, Core, RetryPolicy
from tandem._live._watching import Watching
from tests.tandem.acme import CONVENTIONS
from tests.tandem.fakes import Clock

from .conftest import GREETING, QUICK, Things
from .server import LIVE, LOOK


def watching(clock: Clock, retry: RetryPolicy = QUICK, interval: float = 5.0) -> Watching[Any]:
    """Decisions, and no connection."""
    core: Core[Any, Any] = Core(
        CONVENTIONS, {"core": "http://core.test"}, object, monotonic=clock.monotonic, rng=lambda: 1.0
    )
    settings = CallSettings(retry=retry)
    made = Watching(core, settings, Call(LOOK, ("t1",)), Call(LIVE), GREETING, Things("t1"), interval)
    made.begin()
    return made


def refused(status: int, retry_after: float | None = None) -> APIStatusError:
    return CONVENTIONS.errors[APIStatusError]("no", status_code=status, retry_after=retry_after)


def test_when_all_is_quiet_for_half_a_minute_the_state_is_asked_for() -> None:
    clock = Clock()
    quiet = watching(clock)
    quiet.connected()
    quiet.found(LOOK.decode({"version": 1}))
    asked: list[bool] = []

    for seconds in (29.0, 2.0):
        clock.sleep(seconds)
        quiet.quiet()
        asked.append(quiet.looks)

    assert asked == [False, True]


def test_after_a_mute_beginning_the_state_is_asked_for_once_more() -> None:
    mute = watching(Clock())
    mute.connected()
    mute.found(LOOK.decode({"version": 1}))
    mute.mute()
    asked: list[bool] = [mute.looks]

    for _ in range(2):
        mute.quiet()
        asked.append(mute.looks)
        mute.found(LOOK.decode({"version": 1}))

    assert asked == [False, True, False]


def test_the_first_message_after_a_mute_beginning_is_told_and_the_state_is_asked_for() -> None:
    mute = watching(Clock())
    mute.connected()
    mute.found(LOOK.decode({"version": 1}))
    mute.mute()

    assert mute.told({"id": "t1", "version": 2}) is not None
    assert mute.looks
    assert mute.found(LOOK.decode({"version": 2})) is None


def test_after_a_message_that_cannot_be_understood_the_state_is_asked_for() -> None:
    puzzled = watching(Clock())
    puzzled.connected()
    puzzled.found(LOOK.decode({"version": 1}))

    assert puzzled.told({"id": "t1", "version": "two"}) is None
    assert puzzled.looks


def test_pauses_grow_while_connections_bring_nothing_and_are_short_again_after_one_that_did() -> None:
    broken = watching(Clock(), RetryPolicy(base=1.0, cap=60.0))
    pauses: list[float] = []

    for brings in (False, False, False, False, True):
        broken.connected()
        if brings:
            broken.told({"id": "t1", "version": 1})
        broken.broke(CONVENTIONS.errors[APIConnectionError]("it broke"))
        pauses.append(broken.pause())

    assert pauses == [1.0, 2.0, 4.0, 5.0, 1.0]  # no longer than the interval


def test_whoever_is_told_to_wait_waits_or_gives_up() -> None:
    waits = watching(Clock())

    waits.not_found(refused(429, 20.0))
    assert waits.pause() == 20.0
    waits.found(LOOK.decode({"version": 1}))
    assert waits.pause() < 1.0
    with pytest.raises(APIStatusError):
        waits.not_found(refused(429, 3600.0))


@pytest.mark.parametrize(("retry_after", "listens"), [(None, True), (1.0, True), (60.0, False)])
def test_a_channel_that_is_closed_for_long_is_done_without(retry_after: float | None, listens: bool) -> None:
    closed = watching(Clock())

    closed.broke(refused(503, retry_after))

    assert (closed.listens, closed.looks) == (listens, True)
