"""Event streams over a client: opened by `with`, read by `for`, typed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import tandem
from tandem import Call, Model, RetryPolicy, TransportError, UnknownEvent
from tandem.models import by_tag

from .acme import WATCH, AcmeDecodeError, AcmeInvalidRequestError, AcmeStreamError
from .conftest import MakeWorld
from .fakes import answer, events, header


class Delta(Model):
    """The one event that the document lists."""


def decode(raw: Any) -> Any:
    return by_tag(raw, "type", {"delta": Delta.from_dict})


def watch(thing: str = "t1", **options: Any) -> Call[Any]:
    return Call(replace(WATCH, decode=decode), (thing,), options=options or None)  # type: ignore[arg-type]  # a dict of any


def cut() -> TransportError:
    return TransportError("connection reset", stage="reply")


def delta(number: int) -> bytes:
    return b'id: %d\nevent: delta\ndata: {"type": "delta", "content": "x"}\n\n' % number


DELTA = delta(1)
NO_MORE = answer(None, 204)


def test_events_come_typed_and_in_order(make: MakeWorld) -> None:
    world = make(events(DELTA[:20], DELTA[20:] + delta(2)), NO_MORE)

    with world.client.stream(watch()) as stream:
        found = list(stream)

    assert [type(event) for event in found] == [Delta, Delta]
    assert isinstance(found[0], Delta)
    assert found[0].additional_properties == {"type": "delta", "content": "x"}


def test_a_stream_is_asked_for_as_one(make: MakeWorld) -> None:
    world = make(events(DELTA), namespace="n1")

    with world.client.stream(watch()) as stream:
        meta = stream.response_meta

    request = world.server.requests[0]
    assert header(request, "accept") == "text/event-stream"
    assert header(request, "accept-encoding") == "identity"
    assert header(request, "authorization") == "Bearer token-1"
    assert header(request, "x-space") == "n1"
    assert meta is not None
    assert meta.status_code == 200


@pytest.mark.parametrize(
    ("event", "found"),
    [
        (b'event: new\ndata: {"type": "newer", "a": 1}', UnknownEvent("newer", {"type": "newer", "a": 1})),
        (b'event: new\ndata: {"a": 1}', UnknownEvent("new", {"a": 1})),
        (b'event: new\ndata: {"type": 7}', UnknownEvent("new", {"type": 7})),
        (b"event: new\ndata: not json", UnknownEvent("new", "not json")),
        (b"data: [1]", UnknownEvent("message", [1])),
        (b"data: 7", UnknownEvent("message", 7)),
        (b"data: null", UnknownEvent("message", None)),
        (b"data", UnknownEvent("message", "")),
        (b"data: " + b"[" * 50_000, UnknownEvent("message", "[" * 50_000)),
    ],
)
def test_an_event_that_is_not_understood_is_passed_on(make: MakeWorld, event: bytes, found: UnknownEvent) -> None:
    world = make(events(event + b"\n\n" + DELTA), NO_MORE)

    with world.client.stream(watch()) as stream:
        first, second = stream

    assert first == found
    assert isinstance(second, Delta)


def test_a_stream_that_breaks_off_says_where_to_go_on(make: MakeWorld) -> None:
    once = RetryPolicy(max_attempts=1)
    world = make(events(DELTA + b"id: 2\ndata: {}\n\nid: 3\ndata: hal", cut()), retry=once)
    seen: list[Any] = []

    with (
        pytest.raises(AcmeStreamError, match="broke off: connection reset") as caught,
        world.client.stream(watch()) as s,
    ):
        seen.extend(s)

    assert caught.value.last_event_id == "2"


def test_the_last_event_is_the_last_one_that_was_given(make: MakeWorld) -> None:
    world = make(events(DELTA + delta(2) + delta(3)), NO_MORE)

    with world.client.stream(watch()) as stream:
        assert stream.last_event_id is None
        for _ in stream:
            break
        assert stream.last_event_id == "1"
        assert len(list(stream)) == 2, "a second loop goes on where the first one stopped"
        assert stream.last_event_id == "3"


def test_an_event_without_end_interrupts_the_stream(make: MakeWorld) -> None:
    world = make(events(DELTA, *[b"data: " + b"x" * 1_000_000 + b"\n"] * 20))

    with pytest.raises(AcmeStreamError, match="larger than"), world.client.stream(watch()) as stream:
        list(stream)


def test_leaving_the_block_closes_the_connection(make: MakeWorld) -> None:
    world = make(events(DELTA, DELTA))

    with world.client.stream(watch()) as stream:
        for _ in stream:
            break
        assert not world.server.replies[0].closed

    assert world.server.replies[0].closed
    stream.close()


def test_an_error_in_the_block_closes_the_connection_too(make: MakeWorld) -> None:
    world = make(events(DELTA))

    with pytest.raises(KeyError), world.client.stream(watch()):
        raise KeyError

    assert world.server.replies[0].closed


def test_a_stream_that_was_not_opened_says_how_to(make: MakeWorld) -> None:
    stream = make(events(DELTA)).client.stream(watch())

    with pytest.raises(AcmeInvalidRequestError, match="Open the stream first: `with"):
        list(stream)
    stream.close()


def test_a_call_is_checked_when_the_stream_is_asked_for(make: MakeWorld) -> None:
    client = make(events(DELTA)).client

    with pytest.raises(AcmeInvalidRequestError):
        client.stream(watch(".."))
    with pytest.raises(AcmeInvalidRequestError):
        client.stream_url(watch(namespace="NOT VALID"))


def test_opening_is_retried_like_any_call(make: MakeWorld) -> None:
    world = make(answer(b"", 503), answer(b"", 401), cut(), events(DELTA), NO_MORE)

    with world.client.stream(watch()) as stream:
        assert stream.response_meta is not None
        assert stream.response_meta.attempts == 4
        assert len(list(stream)) == 1

    assert world.server.sent("authorization")[:4] == ["Bearer token-1"] * 2 + ["Bearer token-2"] * 2
    assert all(reply.closed for reply in world.server.replies)


def test_a_refusal_to_stream_is_told_like_any_error(make: MakeWorld) -> None:
    world = make(answer({"error": {"code": "gone", "message": "No such thing"}}, 404))

    with pytest.raises(tandem.NotFoundError, match="No such thing"), world.client.stream(watch()):
        pass

    assert world.server.replies[0].closed


@pytest.mark.parametrize("status", [200, 204])
def test_a_success_that_is_no_event_stream_is_an_error_of_ours(make: MakeWorld, status: int) -> None:
    world = make(answer(b"<html>Log in</html>", status, {"Content-Type": "text/html"}))

    with pytest.raises(AcmeDecodeError, match="it is text/html, not an event stream"), world.client.stream(watch()):
        pass

    assert world.server.replies[0].closed


def test_the_body_of_a_refusal_is_read_within_the_ceiling(make: MakeWorld) -> None:
    world = make(answer(b"x" * 2000, 404), max_response_bytes=1000)

    with pytest.raises(AcmeDecodeError, match="larger than 1000 bytes"), world.client.stream(watch()):
        pass


def test_a_stream_url_hides_its_token(make: MakeWorld) -> None:
    world = make(events(DELTA), namespace="n1")
    call = watch()

    url = world.client.stream_url(Call(call.operation, call.path, query={"since": 5}))

    assert url.reveal() == "https://core.test/v1/things/t1/events?since=5&token=token-1&space=n1"
    assert str(url) == "https://core.test/v1/things/t1/events?since=***&token=***&space=***"
    assert "space=other" in world.client.stream_url(watch(namespace="other")).reveal()


def test_a_stream_tells_how_far_it_is(make: MakeWorld) -> None:
    world = make(events(DELTA, delta(2)))
    stream = world.client.stream(watch())
    told = [repr(stream)]

    with stream:
        told.append(repr(stream))
        next(iter(stream))
        told.append(repr(stream))
    told.append(repr(stream))

    name = WATCH.name
    assert [line.partition(f"Stream of {name}, ")[2] for line in told] == [
        "not open>",
        "open>",
        "open, after event '1'>",
        "closed, after event '1'>",
    ]
