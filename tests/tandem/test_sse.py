"""Server-sent events from bytes, by the WHATWG specification."""

from __future__ import annotations

import time
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem._streaming._sse import EventDecoder, EventTooLargeError, ServerSentEvent


def decoded(*chunks: bytes) -> list[tuple[str, str, str | None]]:
    decoder = EventDecoder()
    return [(event.event, event.data, event.id) for chunk in chunks for event in decoder.feed(chunk)]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\n", [("message", "a", None)]),
        (b"data:a\n\n", [("message", "a", None)]),
        (b"data:  a\n\n", [("message", " a", None)]),
        (b"data: a\ndata: b\ndata\n\n", [("message", "a\nb\n", None)]),
        (b"id: 1\nevent: e\ndata: a\ndata:b\ndata:  c\ndata:\ndata: d\n\n", [("e", "a\nb\n c\n\nd", "1")]),
        (b"data: a\ndata: b\nid: 1\n\n", [("message", "a\nb", "1")]),
        (b"data: data: a\ndata: \n\n", [("message", "data: a\n", None)]),
        (b"data: a\ndatabase: b\n\n", [("message", "a", None)]),
        (b"data: a\x00\ndata: b\x00\n\n", [("message", "a\x00\nb\x00", None)]),
        (b"id: 1\x002\nevent: e\nid: 3\ndata: a\n\n", [("e", "a", "3")]),
        (b"data\n\n", [("message", "", None)]),
        (b"data\ndata\n\n", [("message", "\n", None)]),
        (b"data: a\r\n\r\ndata: b\r\rdata: c\n\n", [("message", x, None) for x in "abc"]),
        (b"data: a\r\ndata: b\r\n\r\n", [("message", "a\nb", None)]),
        (b"event: greet\ndata: a\n\ndata: b\n\n", [("greet", "a", None), ("message", "b", None)]),
        (b"event: lost\n\ndata: b\n\n", [("message", "b", None)]),
        (
            b"id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n",
            [("message", "a", "1"), ("message", "b", "1"), ("message", "c", "")],
        ),
        (b"id: 1\n\ndata: b\n\n", [("message", "b", "1")]),
        (b"id: 1\x002\ndata: a\n\n", [("message", "a", None)]),
        (b": heartbeat\n\n: another\ndata: a\n\n", [("message", "a", None)]),
        (b"unknown: x\nDATA: x\n data: x\ndata: a\n\n", [("message", "a", None)]),
        (b"data: a: b\n\n", [("message", "a: b", None)]),
        (b"\xef\xbb\xbfdata: a\n\n", [("message", "a", None)]),
        (b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\n", []),
        (b"data: \xff\n\n", [("message", "\ufffd", None)]),
        ("data: a\u2028b\x85\x0bc\n\n".encode(), [("message", "a\u2028b\x85\x0bc", None)]),
        (b"data: unfinished\n", []),
        (b"data: unfinished", []),
        (b"\n\n\n", []),
        (b"", []),
    ],
)
def test_a_stream_is_read_as_the_specification_says(stream: bytes, events: list[tuple[str, str, str | None]]) -> None:
    assert decoded(stream) == events
    assert decoded(*(stream[i : i + 1] for i in range(len(stream)))) == events


LINES = st.lists(
    st.sampled_from(
        [
            b"data: x",
            b"data",
            b"data:",
            b"event: e",
            b"id: 7",
            b"id",
            b": c",
            b"retry: 5",
            b"",
            b"",
            "data: é☃".encode(),
            b"id: 8\nevent: e\ndata: x\n",
            b"data: " + b"y" * 3000,
        ]
    )
    | st.binary(max_size=8),
    max_size=20,
)

CUTS = st.lists(st.integers(0, 200) | st.integers(0, 20_000), max_size=12)


@given(LINES, st.sampled_from([b"\n", b"\r", b"\r\n"]), CUTS, st.booleans())
def test_any_chunking_gives_the_same_events(lines: list[bytes], ending: bytes, cuts: list[int], mark: bool) -> None:
    stream = (b"\xef\xbb\xbf" if mark else b"") + b"".join(line + b"\n" for line in lines).replace(b"\n", ending)
    places = [0, *sorted(cuts), len(stream)]
    whole, parts = EventDecoder(), EventDecoder()

    expected = whole.feed(stream)
    found = [event for a, b in pairwise(places) for event in parts.feed(stream[a:b])]

    assert found == expected
    assert (parts.last_event_id, parts.retry) == (whole.last_event_id, whole.retry)


BLOCKS = [
    b"id: 1\nevent: e\ndata: x",
    b"event: e\nid: 2\ndata:x",
    b"id: 3\nid: 4\ndata:  x",
    b"id: 5\nevent: e\nid\ndata: x",
    b"data: x",
    b"data: x\ndata: y",
    b"data: x\nid: 6",
    b"event:\ndata:",
    b"id: 7\x00\ndata: \xff",
    b"id: 8",
    b": c\ndata: x",
    b"retry: 5",
    b"\xef\xbb\xbfdata: x",
    b"data: x\r",
    b"data: x\n\ndata: y",
]


@given(st.lists(st.sampled_from(BLOCKS), max_size=8))
def test_a_chunk_for_each_event_gives_the_same_events(blocks: list[bytes]) -> None:
    chunks = [block + b"\n\n" for block in blocks]
    whole, parts = EventDecoder(), EventDecoder()

    expected = whole.feed(b"".join(chunks))
    found = [event for chunk in chunks for event in parts.feed(chunk)]

    assert found == expected
    assert (parts.last_event_id, parts.retry) == (whole.last_event_id, whole.retry)


@given(st.lists(st.binary(max_size=30)))
def test_any_bytes_are_events_or_nothing(chunks: list[bytes]) -> None:
    assert all(isinstance(data, str) for _, data, _ in decoded(*chunks))


def test_an_event_is_given_as_soon_as_its_last_byte_is_here() -> None:
    decoder = EventDecoder()

    assert decoder.feed(b"data: a\r\r") == [ServerSentEvent("a")]
    assert decoder.feed(b"\n\n") == []


def test_an_id_counts_once_its_event_is_complete() -> None:
    decoder = EventDecoder()
    decoder.feed(b"id: 1\ndata: a\n\nid: 2\ndata: cut o")

    assert decoder.last_event_id == "1"


@pytest.mark.parametrize(
    ("line", "seconds"),
    [(b"retry: 2500", 2.5), (b"retry: soon", None), (b"retry: -1", None), (b"retry: " + b"9" * 99, None)],
)
def test_the_server_may_name_a_pause(line: bytes, seconds: float | None) -> None:
    decoder = EventDecoder()
    decoder.feed(line + b"\n")

    assert decoder.retry == seconds


def test_an_event_tells_whether_its_id_is_its_own() -> None:
    decoder = EventDecoder()
    found = decoder.feed(b"id: 1\ndata: a\n\ndata: b\n\nid: 2\n\ndata: c\n\ndata: d\nid: 3\n\ndata: e\r\nid: 4\r\n\r\n")

    told = [(event.data, event.id, event.identified) for event in found]
    assert told == [("a", "1", True), ("b", "1", False), ("c", "2", False), ("d", "3", True), ("e", "4", True)]


def test_a_decoder_goes_on_where_another_one_was_cut_off() -> None:
    decoder = EventDecoder(last_event_id="7", retry=1.5)

    assert decoder.feed(b": heartbeat\n\ndata: a\n\n") == [ServerSentEvent("a", id="7")]
    assert (decoder.last_event_id, decoder.retry) == ("7", 1.5)


@pytest.mark.parametrize("order", list(permutations(["id: 1", "event: e", "data: a"])))
@pytest.mark.parametrize("space", [" ", ""])
def test_the_fields_of_an_event_stand_in_any_order(order: tuple[str, ...], space: str) -> None:
    block = "\n".join(order).replace(": ", f":{space}").encode()

    assert decoded(block + b"\n\n" + block + b"\n\n") == [("e", "a", "1")] * 2


@pytest.mark.parametrize("event", [b"data: %s\n\n", b"id: 1\nevent: e\ndata: %s\n\n", b"data: %s\r\n\r\n"])
def test_the_ceiling_holds_for_an_event_that_comes_in_one_piece(event: bytes) -> None:
    assert EventDecoder(ceiling=1000).feed(event % (b"x" * 999))
    with pytest.raises(EventTooLargeError, match="1000 bytes"):
        EventDecoder(ceiling=1000).feed(event % (b"x" * 1001))


def test_a_chunk_that_looks_like_an_event_may_be_the_end_of_one() -> None:
    assert decoded(b"data: a\n\n", b"data: b\n", b"data: c\n\n") == [("message", "a", None), ("message", "b\nc", None)]


def test_a_byte_order_mark_counts_at_the_beginning_only() -> None:
    assert decoded(b"", b"data: a\n\n", b"\xef\xbb\xbfdata: b\n\n") == [("message", "a", None)]


def test_the_ceiling_holds_for_each_chunk_that_is_an_event() -> None:
    decoder = EventDecoder(ceiling=1000)
    decoder.feed(b"data: a\n\n")

    with pytest.raises(EventTooLargeError, match="1000 bytes"):
        decoder.feed(b"data: " + b"x" * 1001 + b"\n\n")


@pytest.mark.parametrize("chunk", [b"x", b"data: x\n", b"data\n", b"data:x"])
def test_a_line_or_an_event_without_an_end_is_cut_at_the_ceiling(chunk: bytes) -> None:
    decoder = EventDecoder(ceiling=1000)

    with pytest.raises(EventTooLargeError, match="1000 bytes"):
        list(map(decoder.feed, [chunk] * 2000))


def test_comments_and_small_events_may_go_on_for_ever() -> None:
    decoder = EventDecoder(ceiling=100)

    assert sum(len(decoder.feed(b": beat\ndata: x\n\n")) for _ in range(1000)) == 1000


def test_a_long_line_in_small_pieces_takes_no_quadratic_time() -> None:
    decoder = EventDecoder()
    decoder.feed(b"data: ")

    for _ in range(100_000):
        decoder.feed(b"0123456789")

    (event,) = decoder.feed(b"\n\n")
    assert len(event.data) == 1_000_000


@pytest.mark.parametrize("chunk", [b"\n", b"\r", b":\n\n", b"id\n\n", b"id\ndata: x\n\n", b"data: x\ndata: x\n\n"])
def test_whatever_is_repeated_takes_no_quadratic_time(chunk: bytes) -> None:
    started = time.process_time()

    EventDecoder().feed(chunk * (300_000 // len(chunk)))

    assert time.process_time() - started < 3
