"""Event streams on the wire: whatever becomes of a connection, each event comes once, and the end is told."""

from __future__ import annotations

import time

import pytest

from interactor import (
    DeadlineExceededError,
    InteractorClient,
    MessageDelta,
    NotFoundError,
    ResponseDecodeError,
    RetryPolicy,
    StreamGap,
    StreamInterruptedError,
)

from .conftest import Connect
from .misbehaving import (
    Misbehaving,
    Script,
    close,
    head,
    json_reply,
    reply,
    reset,
    send,
    stay_silent,
    token_reply,
    wait,
)

pytestmark = pytest.mark.needs("event streams")
TYPE = "Content-Type: text/event-stream"
NO_MORE = reply(b"", 204)
NOT_FOUND = json_reply({"error": {"code": "NOT_FOUND", "message": "No such room."}}, 404)


def frame(number: int) -> bytes:
    return b'id: %d\nevent: message.delta\ndata: {"type": "message.delta", "content": "%d"}\n\n' % (number, number)


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(content), content)


def opened(*numbers: int) -> bytes:
    """The head of a stream, and some events."""
    return head(200, TYPE, "Transfer-Encoding: chunked") + b"".join(map(chunk, map(frame, numbers)))


def contents(client: InteractorClient, last_event_id: str | None = None) -> list[object]:
    with client.rooms.stream("room_1", last_event_id=last_event_id, options={"idle_timeout": 0.5}) as events:
        return [event.content if isinstance(event, MessageDelta) else event for event in events]


ENDS: dict[str, Script] = {
    "done": [send(opened(1, 2) + b"0\r\n\r\n")],
    "closed": [send(opened(1, 2)), close],
    "reset": [send(opened(1, 2)), reset],
    "half an event": [send(opened(1, 2) + chunk(frame(3)[:20])), close],
    "half a chunk": [send(opened(1, 2) + b"ff\r\nid: 3\nda"), close],
    "no chunk": [send(opened(1, 2) + b"what?\r\n"), close],
    "no length": [send(head(200, TYPE, "Connection: close") + frame(1) + frame(2)), close],
    "too short": [send(head(200, TYPE, "Content-Length: 9999") + frame(1) + frame(2)), close],
    "silent": [send(opened(1, 2)), stay_silent],
    "split": [send(opened(1) + chunk(b"id: 2\r")), wait(0.05), send(chunk(b"\n" + frame(2)[6:])), close],
}


@pytest.mark.parametrize("end", ENDS)
def test_a_stream_goes_on_whatever_became_of_its_connection(connect: Connect, end: str) -> None:
    with Misbehaving(ENDS[end], [send(opened(3) + b"0\r\n\r\n")], NO_MORE) as server:
        assert contents(connect(server)) == ["1", "2", "3"]

    assert [request.header("last-event-id") for request in server.requests] == [None, "2", "3"]


def test_a_connection_that_is_dropped_before_the_reply_is_one_of_several(connect: Connect) -> None:
    dropped: list[Script] = [[reset], reply(b"", 502)]
    with Misbehaving([send(opened(1)), close], *dropped, [send(opened(2)), close], NO_MORE) as server:
        assert contents(connect(server)) == ["1", "2"]


def test_a_stream_that_cannot_be_carried_on_says_where_it_was(connect: Connect) -> None:
    with (
        Misbehaving([send(opened(1, 2)), close], [close]) as server,
        pytest.raises(StreamInterruptedError, match="4 times in a row") as caught,
    ):
        contents(connect(server))

    assert caught.value.last_event_id == "2"
    assert len(server.requests) == 4


def test_a_token_that_expires_on_the_way_is_replaced(connect: Connect) -> None:
    refusal = json_reply({"error": {"code": "UNAUTHORIZED", "message": "Expired."}}, 401)
    tokens = [token_reply("one"), token_reply("two")]
    with Misbehaving([send(opened(1)), close], refusal, [send(opened(2)), close], NO_MORE, tokens=tokens) as server:
        assert contents(connect(server)) == ["1", "2"]

    used = [request.header("authorization") for request in server.requests]
    assert used == ["Bearer one", "Bearer one", "Bearer two", "Bearer two"]


def test_a_server_that_is_busy_says_when_to_come_back(connect: Connect) -> None:
    busy = json_reply({"error": {"code": "RATE_LIMITED", "message": "Busy."}}, 429, "Retry-After: 0.3")
    started = time.monotonic()
    with Misbehaving([send(opened(1)), close], busy, [send(opened(2)), close], NO_MORE) as server:
        assert contents(connect(server)) == ["1", "2"]

    assert time.monotonic() - started > 0.3


def test_a_stream_ends_when_the_server_ended_it_and_what_was_followed_is_gone(connect: Connect) -> None:
    with Misbehaving([send(opened(1) + b"0\r\n\r\n")], NOT_FOUND) as server:
        assert contents(connect(server)) == ["1"]


def test_a_stream_that_was_cut_does_not_pass_over_a_404(connect: Connect) -> None:
    with Misbehaving([send(opened(1)), close], NOT_FOUND) as server, pytest.raises(NotFoundError):
        contents(connect(server))


def test_a_page_of_a_proxy_is_no_stream(connect: Connect) -> None:
    page = reply(b"<html>Log in</html>", 200, "Content-Type: text/html")
    with Misbehaving([send(opened(1)), close], page) as server, pytest.raises(ResponseDecodeError, match="text/html"):
        contents(connect(server))


def test_what_the_server_has_no_longer_is_reported_between_the_events(connect: Connect) -> None:
    with Misbehaving([send(opened(1)), close], [send(opened(5)), close], NO_MORE) as server:
        assert contents(connect(server)) == ["1", StreamGap("1", "5"), "5"]


def test_a_stream_goes_on_where_another_one_was(connect: Connect) -> None:
    with Misbehaving([send(opened(8)), close], NO_MORE) as server:
        assert contents(connect(server), last_event_id="7") == ["8"]

    assert server.requests[0].header("last-event-id") == "7"


def test_a_deadline_bounds_a_stream_with_all_its_connections(connect: Connect) -> None:
    started = time.monotonic()
    with Misbehaving([send(opened(1)), wait(0.1), close]) as server:
        client = connect(server, deadline=0.5, retry=RetryPolicy(max_attempts=1000, base=0.001))
        with pytest.raises(DeadlineExceededError, match=r"deadline of 0\.5 s"):
            contents(client)

    assert time.monotonic() - started < 2
