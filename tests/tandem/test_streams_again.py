"""Event streams whose connections end: where they go on, when, and when they give up."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pytest

import tandem
from tandem import Call, Operation, RetryPolicy, StreamGap, TransportError, UnknownEvent

from .acme import WATCH, AcmeDeadlineError, AcmeInvalidRequestError, AcmeNotFoundError, AcmeStreamError, unchanged
from .conftest import MakeWorld
from .fakes import Answer, Clock, Step, answer, events, refused, silence

NO_MORE = answer(None, 204)
GARBAGE = b"\xff garbage\n\n"


class Number:
    """An event of these tests, equal to its number."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        return self.number == other

    def __hash__(self) -> int:
        return hash(self.number)

    def __repr__(self) -> str:
        return repr(self.number)


def numbered(raw: Any) -> Any:
    return Number(raw)


NUMBERS = replace(cast("Operation[Any]", WATCH), decode=numbered)


def watch(*, after: str | None = None, **options: Any) -> Call[Any]:
    return Call(NUMBERS, ("t1",), options=options or None, last_event_id=after)  # type: ignore[arg-type]  # a dict of any


def some(*numbers: int) -> bytes:
    return b"".join(b"id: %d\ndata: %d\n\n" % (number, number) for number in numbers)


def unnumbered(*numbers: int) -> bytes:
    return b"".join(b"data: %d\n\n" % number for number in numbers)


def cut() -> TransportError:
    return TransportError("connection reset", stage="reply")


@pytest.mark.parametrize("end", [[], [cut()], [silence()]], ids=["ended", "cut", "silent"])
def test_a_stream_goes_on_after_the_last_event(make: MakeWorld, end: list[TransportError]) -> None:
    world = make(events(some(1, 2), *end), events(some(3, 4)), NO_MORE)

    with world.client.stream(watch()) as stream:
        found = list(stream)
        assert stream.reconnects == 1
        assert stream.last_event_id == "4"

    assert found == [1, 2, 3, 4]
    assert world.server.sent("last-event-id") == [None, "2", "4"]
    assert all(reply.closed for reply in world.server.replies)


def test_a_stream_keeps_the_options_that_it_was_given(make: MakeWorld) -> None:
    world = make(events(some(1), cut()), events(some(2)), NO_MORE)
    options: Any = {"namespace": "a", "extra_headers": {"X-Trace": "a"}}
    opening = world.client.stream(Call(NUMBERS, ("t1",), options=options))
    options["namespace"] = options["extra_headers"]["X-Trace"] = "b"

    with opening as stream:
        assert list(stream) == [1, 2]

    assert (world.server.sent("x-space"), world.server.sent("x-trace")) == (["a"] * 3, ["a"] * 3)


def test_an_event_that_was_cut_in_half_comes_once(make: MakeWorld) -> None:
    world = make(events(some(1) + b"id: 2\ndata: 2", cut()), events(some(2, 3)), NO_MORE)

    with world.client.stream(watch()) as stream:
        assert list(stream) == [1, 2, 3]


def test_a_server_that_repeats_itself_is_not_heard_twice(make: MakeWorld) -> None:
    world = make(events(some(1, 2, 3), cut()), events(some(1, 2), cut()), events(some(2, 3, 4)), NO_MORE)

    with world.client.stream(watch()) as stream:
        assert list(stream) == [1, 2, 3, 4]

    assert world.server.sent("last-event-id") == [None, "3", "3", "4"]


def test_events_without_an_id_of_their_own_are_all_handed_out(make: MakeWorld) -> None:
    world = make(events(some(1) + unnumbered(7, 7), cut()), events(unnumbered(7)), NO_MORE)

    with world.client.stream(watch()) as stream:
        assert list(stream) == [1, 7, 7, 7]

    assert world.server.sent("last-event-id") == [None, "1", "1"]


def test_events_that_the_server_no_longer_has_are_reported(make: MakeWorld) -> None:
    world = make(events(some(1, 2), cut()), events(some(7, 8)), NO_MORE)

    with world.client.stream(watch()) as stream:
        assert list(stream) == [1, 2, StreamGap("2", "7"), 7, 8]


def test_a_server_that_counts_anew_is_heard_and_reported(make: MakeWorld) -> None:
    world = make(events(some(8, 9), cut()), events(b"id: 8\ndata: 80\n\nid: 9\ndata: 90\n\n"), NO_MORE)

    with world.client.stream(watch()) as stream:
        assert list(stream) == [8, 9, StreamGap("9", "8"), 80, 90]


@pytest.mark.parametrize(("first", "gaps"), [(5, []), (9, [StreamGap("4", "9")])])
def test_a_stream_goes_on_where_another_process_was(make: MakeWorld, first: int, gaps: list[StreamGap]) -> None:
    world = make(events(some(first)), NO_MORE)

    with world.client.stream(watch(after="4")) as stream:
        assert stream.last_event_id == "4"
        assert list(stream) == [*gaps, first]

    assert world.server.sent("last-event-id") == ["4", str(first)]


@pytest.mark.parametrize("ids", [["a", "b", "c"], ["2", "5", "9"], ["2", "x", "9"]], ids=["words", "holes", "both"])
def test_ids_that_do_not_count_prove_no_gap(make: MakeWorld, ids: list[str]) -> None:
    first, second, third = (f"id: {each}\ndata: {number}\n\n".encode() for number, each in enumerate(ids))
    world = make(events(first + second, cut()), events(third), NO_MORE)

    with world.client.stream(watch()) as stream:
        assert list(stream) == [0, 1, 2]


def test_an_event_that_a_connection_left_out_is_asked_for_again(make: MakeWorld) -> None:
    world = make(events(some(1, 2, 3) + GARBAGE + some(5, 6)), events(some(4, 5, 6)), NO_MORE)

    with world.client.stream(watch()) as stream:
        assert list(stream) == [1, 2, 3, 4, 5, 6]

    assert world.server.sent("last-event-id") == [None, "3", "6"]


def test_an_event_that_the_server_has_no_longer_is_asked_for_once(make: MakeWorld) -> None:
    world = make(events(some(1, 2, 3, 5)), events(some(5, 6, 8, 9)), NO_MORE)

    with world.client.stream(watch()) as stream:
        assert list(stream) == [1, 2, 3, StreamGap("3", "5"), 5, 6, 8, 9]

    assert len(world.server.requests) == 3


def test_a_policy_of_one_attempt_reports_what_a_connection_left_out(make: MakeWorld) -> None:
    world = make(events(some(1, 2, 3, 5)), retry=RetryPolicy(max_attempts=1))

    found: list[object] = []
    with world.client.stream(watch()) as stream, pytest.raises(AcmeStreamError):
        found.extend(stream)

    assert found == [1, 2, 3, StreamGap("3", "5"), 5]


@pytest.mark.parametrize(
    ("left_out", "seen"),
    [
        ({2}, [1, 3, 4, StreamGap("1", "3"), 5, 6]),
        ({3}, [1, 2, 4, 5, StreamGap("2", "4"), 6]),
        ({2, 3}, [1, 4, 5, StreamGap("1", "4"), 6]),
    ],
    ids=["second", "third", "both"],
)
@pytest.mark.parametrize("instead", [b"", GARBAGE], ids=["nothing", "garbage"])
def test_an_event_that_is_missing_early_is_reported_once_numbers_are_known_to_count(
    make: MakeWorld, instead: bytes, left_out: set[int], seen: list[object]
) -> None:
    sent = (instead if number in left_out else some(number) for number in range(1, 7))
    world = make(events(*sent), NO_MORE)

    with world.client.stream(watch()) as stream:
        assert list(stream) == seen

    assert world.server.sent("last-event-id") == [None, "6"]


def test_what_is_missing_early_is_reported_over_another_connection_as_well(make: MakeWorld) -> None:
    world = make(events(some(1) + GARBAGE + some(3), cut()), events(some(4, 5, 6)), NO_MORE)

    with world.client.stream(watch()) as stream:
        assert list(stream) == [1, 3, 4, StreamGap("1", "3"), 5, 6]


def test_several_events_that_are_missing_early_are_reported_together(make: MakeWorld) -> None:
    world = make(events(some(1, 3, *range(5, 40))), NO_MORE)

    with world.client.stream(watch()) as stream:
        found = list(stream)

    assert [event for event in found if isinstance(event, StreamGap)] == [StreamGap("1", "5")]
    assert [event for event in found if not isinstance(event, StreamGap)] == [1, 3, *range(5, 40)]


def test_numbers_that_are_shared_with_other_streams_prove_no_gap_however_long_they_go_on(make: MakeWorld) -> None:
    world = make(events(some(*(number for number in range(1, 300) if number % 3))), NO_MORE)

    with world.client.stream(watch()) as stream:
        assert [event for event in stream if isinstance(event, StreamGap)] == []


@pytest.mark.parametrize("place", range(4))
def test_an_event_that_is_no_json_is_handed_out_wherever_it_stands(make: MakeWorld, place: int) -> None:
    sent = [some(number) for number in range(1, 6)]
    sent[place] = b"id: %d\ndata: {\xff\n\n" % (place + 1)
    world = make(events(*sent), NO_MORE)

    with world.client.stream(watch()) as stream:
        found = list(stream)

    assert [event for event in found if isinstance(event, UnknownEvent)] == [UnknownEvent("message", "{\ufffd")]
    assert len(found) == 5


def test_a_stream_that_knows_no_place_reports_that_it_may_have_missed_something(make: MakeWorld) -> None:
    world = make(events(unnumbered(1), cut()), events(unnumbered(3)), NO_MORE)

    with world.client.stream(watch()) as stream:
        assert list(stream) == [1, StreamGap(None, None), 3]

    assert world.server.sent("last-event-id") == [None, None, None]


def test_a_server_may_name_the_place_before_the_first_event(make: MakeWorld) -> None:
    world = make(
        events(b"id: 7\n\n: heartbeat\n\n", cut()), events(b": heartbeat\n\n", cut()), events(some(8)), NO_MORE
    )

    with world.client.stream(watch()) as stream:
        assert list(stream) == [8]

    assert world.server.sent("last-event-id") == [None, "7", "7", "8"]


def test_an_id_that_no_header_can_hold_is_not_sent(make: MakeWorld) -> None:
    world = make(events(b"id: a\x01b\ndata: 1\n\n", cut()), events(unnumbered(2)), NO_MORE)

    with world.client.stream(watch()) as stream:
        assert list(stream) == [1, StreamGap("a\x01b", None), 2]

    assert world.server.sent("last-event-id") == [None, None, None]


def test_an_id_is_sent_as_its_bytes_in_utf_8(make: MakeWorld) -> None:
    world = make(events("id: é☃\ndata: 1\n\n".encode(), cut()), NO_MORE)

    with world.client.stream(watch()) as stream:
        assert list(stream) == [1]
        assert stream.last_event_id == "é☃"

    sent = world.server.sent("last-event-id")[1]
    assert sent is not None
    assert sent.encode("latin-1").decode() == "é☃"


@pytest.mark.parametrize("given", ["a\nb", "a\x00", " a", "\ud800", "x" * 5000, 7])
def test_a_place_that_no_header_can_hold_is_refused(make: MakeWorld, given: Any) -> None:
    world = make(events(some(1)))

    with pytest.raises(AcmeInvalidRequestError, match="last_event_id"):
        world.client.stream(watch(after=given))

    assert world.server.requests == []


def test_a_place_given_as_a_header_is_where_the_stream_begins(make: MakeWorld) -> None:
    world = make(events(some(5), cut()), NO_MORE)

    with world.client.stream(watch(extra_headers={"Last-Event-ID": "4", "X-Own": "1"})) as stream:
        assert list(stream) == [5]

    assert world.server.sent("last-event-id") == ["4", "5"]
    assert world.server.sent("x-own") == ["1", "1"]


def test_pauses_grow_until_the_stream_gives_up(make: MakeWorld) -> None:
    world = make(events(some(1), cut()), refused())

    with world.client.stream(watch()) as stream, pytest.raises(AcmeStreamError) as caught:
        list(stream)

    assert world.clock.pauses == [0.5, 1.0, 2.0]
    assert caught.value.last_event_id == "1"
    assert "4 times in a row" in str(caught.value)
    assert "connection refused" in str(caught.value)
    assert list(stream) == [], "it is over"


def test_a_policy_of_one_attempt_connects_once(make: MakeWorld) -> None:
    world = make(events(some(1)), retry=RetryPolicy(max_attempts=1))

    with world.client.stream(watch()) as stream, pytest.raises(AcmeStreamError, match="the server ended it"):
        list(stream)

    assert len(world.server.requests) == 1


def test_an_event_makes_up_for_all_failures_before_it(make: MakeWorld) -> None:
    fails = [refused(), answer(b"", 503)]
    world = make(
        events(some(1), cut()), *fails, events(some(2), cut()), *fails, events(some(3), cut()), *fails, NO_MORE
    )

    with world.client.stream(watch()) as stream:
        assert list(stream) == [1, 2, 3]

    assert world.clock.pauses == [0.5, 1.0, 2.0] * 3


def test_a_connection_that_brings_nothing_counts_as_a_failure(make: MakeWorld) -> None:
    world = make(events(b": hello\n\n"))

    with world.client.stream(watch()) as stream, pytest.raises(AcmeStreamError, match="4 times in a row"):
        list(stream)


class Lasting:
    """Chunks that take their time."""

    def __init__(self, clock: Clock, seconds: float, *chunks: bytes) -> None:
        self._clock, self._seconds, self._chunks = clock, seconds, chunks

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._clock.advance(self._seconds)
            yield chunk


def test_a_quiet_stream_behind_a_proxy_that_cuts_it_every_minute_goes_on_for_ever(make: MakeWorld) -> None:
    world = make()
    quiet: list[Step] = [Answer(chunks=Lasting(world.clock, 60, b": heartbeat\n\n")) for _ in range(50)]  # type: ignore[arg-type]  # looks like one
    world.server.steps = [events(some(1)), *quiet, events(some(2)), NO_MORE]

    with world.client.stream(watch()) as stream:
        assert list(stream) == [1, 2]
        assert stream.reconnects == 51


def test_a_stream_that_stays_silent_is_given_up(make: MakeWorld) -> None:
    world = make(events(silence()))

    with world.client.stream(watch()) as stream, pytest.raises(AcmeStreamError, match="silent for too long"):
        list(stream)

    assert len(world.server.requests) == 4


def test_the_server_names_the_pause_and_jitter_comes_on_top(make: MakeWorld) -> None:
    world = make(events(b"retry: 2000\n" + some(1), cut()), refused(), events(some(2), cut()), NO_MORE)

    with world.client.stream(watch()) as stream:
        assert list(stream) == [1, 2]

    assert world.clock.pauses == [4.0, 6.0, 4.0]


def test_a_pause_that_the_server_names_is_no_way_to_keep_a_client_waiting(make: MakeWorld) -> None:
    world = make(events(b"retry: 999999999999\n" + some(1), cut()), NO_MORE)

    with world.client.stream(watch()) as stream:
        assert list(stream) == [1]

    assert world.clock.pauses == [120.0]


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed(make: MakeWorld, status: int) -> None:
    world = make(events(some(1), cut()), answer(b"", status, {"Retry-After": "7"}), events(some(2)), NO_MORE)

    with world.client.stream(watch()) as stream:
        assert list(stream) == [1, 2]

    assert world.clock.pauses[:2] == [0.5, 7.0]


def test_a_retry_after_beyond_all_patience_ends_the_stream(make: MakeWorld) -> None:
    world = make(events(some(1), cut()), answer(b"", 429, {"Retry-After": "3600"}))

    with world.client.stream(watch()) as stream, pytest.raises(AcmeStreamError) as caught:
        list(stream)

    assert isinstance(caught.value.__cause__, tandem.RateLimitError)
    assert caught.value.__cause__.retry_after == 3600
    assert world.clock.pauses == [0.5]


def test_a_token_that_is_refused_is_replaced(make: MakeWorld) -> None:
    world = make(events(some(1), cut()), answer(b"", 401), events(some(2)), NO_MORE)

    with world.client.stream(watch()) as stream:
        assert list(stream) == [1, 2]

    assert world.server.sent("authorization")[:3] == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]
    assert world.server.sent("last-event-id")[:3] == [None, "1", "1"]


@pytest.mark.parametrize("status", [404, 410])
def test_a_stream_that_the_server_ended_ends_when_nothing_is_there_any_more(make: MakeWorld, status: int) -> None:
    world = make(events(some(1)), answer(b"", 503), answer(b"", status))

    with world.client.stream(watch()) as stream:
        assert list(stream) == [1]


@pytest.mark.parametrize(
    ("status", "error"), [(404, AcmeNotFoundError), (403, tandem.PermissionDeniedError), (400, tandem.BadRequestError)]
)
def test_a_stream_that_was_cut_tells_why_it_cannot_go_on(make: MakeWorld, status: int, error: type[Exception]) -> None:
    world = make(events(some(1), cut()), answer(b"", status))

    with world.client.stream(watch()) as stream, pytest.raises(error):
        list(stream)

    assert stream.last_event_id == "1"
    assert len(world.server.requests) == 2


def test_a_token_server_that_answers_404_is_not_the_end_of_what_was_followed(make: MakeWorld) -> None:
    world = make(events(some(1)), answer(b"", 401))
    with world.client.stream(watch()) as stream:
        world.server.token_steps = [answer(b"", 404)]
        with pytest.raises(AcmeNotFoundError, match="oauth/token"):
            list(stream)


def test_a_deadline_bounds_the_stream_as_a_whole(make: MakeWorld) -> None:
    world = make()
    world.server.steps = [Answer(chunks=Lasting(world.clock, 4, some(1)))]  # type: ignore[arg-type]  # looks like one

    with (
        world.client.stream(watch(deadline=10)) as stream,
        pytest.raises(AcmeDeadlineError, match="deadline of 10 s") as caught,
    ):
        list(stream)

    assert caught.value.path == "/things/{id}/events"
    assert len(world.server.requests) == 3


def test_a_deadline_bounds_a_stream_that_never_pauses(make: MakeWorld) -> None:
    world = make()
    chunks = [some(number) for number in range(1, 9)]
    world.server.steps = [Answer(chunks=Lasting(world.clock, 4, *chunks))]  # type: ignore[arg-type]  # looks like one
    found: list[object] = []

    with world.client.stream(watch(deadline=10)) as stream, pytest.raises(AcmeDeadlineError):
        found.extend(stream)

    assert found == [1, 2]


def test_each_new_connection_is_worth_a_line_in_the_log(make: MakeWorld, caplog: pytest.LogCaptureFixture) -> None:
    world = make(events(some(1), cut()), NO_MORE)

    with caplog.at_level(logging.INFO), world.client.stream(watch()) as stream:
        list(stream)

    assert "GET /things/{id}/events: connecting again in 0.50 s (connection reset)" in caplog.messages


@pytest.mark.parametrize("seconds", [0, -1, "60", True])
def test_an_idle_timeout_is_a_number_of_seconds(make: MakeWorld, seconds: Any) -> None:
    with pytest.raises(AcmeInvalidRequestError, match="idle_timeout is a number of seconds"):
        make(events()).client.stream(watch(idle_timeout=seconds))


def test_a_call_that_is_no_stream_sends_no_place(make: MakeWorld) -> None:
    world = make(answer({"data": 1}))
    plain = Call(replace(WATCH, decode=unchanged, reply="json"), ("t1",))

    world.client.call(plain)

    assert world.server.sent("last-event-id") == [None]
    assert not world.server.requests[0].stream
