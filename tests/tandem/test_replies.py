"""What a stranger sent ends in a value or in an error of ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tandem
from tandem import APIStatusError, Call, Headers, Model, Operation, Response, TandemError
from tandem._exchange import Exchange
from tandem._replies import dig, read_problem

from .acme import GET, HISTORY, LIST, AcmeDecodeError, get, put, unchanged
from .conftest import MakeWorld, world_of
from .fakes import answer


def reply_of(kind: Any, decode: Callable[[Any], Any] = unchanged) -> Call[Any]:
    return Call(Operation(name="odd", method="GET", path="/odd", host="core", decode=decode, reply=kind))


@pytest.mark.parametrize("body", [{"data": {"id": 7}}, {"id": 7}])
def test_an_envelope_may_be_missing(make: MakeWorld, body: Any) -> None:
    assert make(answer(body)).client.call(get()).additional_properties == {"id": 7}


def test_digging_stops_where_an_envelope_is_missing() -> None:
    assert dig({"data": {"events": [1]}}, ("data", "events")) == [1]
    assert dig({"events": [1]}, ("data", "events")) == [1]
    assert dig({"data": [1]}, ("data", "events")) == [1]
    assert dig([1], ("data", "events")) == [1]
    assert dig(None, ("data",)) is None


def test_a_result_tells_how_it_came_about(make: MakeWorld) -> None:
    world = make(answer(b"", 503), answer({"data": {}}, 201, {"X-Request-Id": "r5"}))

    meta = world.client.call(get()).response_meta

    assert (meta.status_code, meta.request_id, meta.attempts, meta.elapsed) == (201, "r5", 2, 0.5)
    assert meta.headers["X-REQUEST-ID"] == "r5"


@pytest.mark.parametrize("status", [202, 204, 205])
def test_a_write_that_is_done_without_a_word_is_a_result_without_fields(make: MakeWorld, status: int) -> None:
    world = make(answer(b"", status), answer(b"", status))

    assert world.client.call(put()).response_meta.status_code == status
    with pytest.raises(AcmeDecodeError, match="empty where JSON was due"):
        world.client.call(get())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty where JSON was due"),
        (b"<html><body>Log in</body></html>", "JSONDecodeError"),
        (b'{"data": {"id": ', "JSONDecodeError"),
        (b"\xff\xfe\x00", "UnicodeDecodeError|JSONDecodeError"),
        (b'{"data": "\xc3\x28"}', "UnicodeDecodeError"),
        (b"[" * 100_000 + b"]" * 100_000, "RecursionError"),
        (b'{"data": ' * 100_000 + b"1" + b"}" * 100_000, "RecursionError"),
        (b'{"data": ' + b"9" * 5000 + b"}", "ValueError"),
        (b'{"data": 7}', "TypeError"),
        (b'{"data": null}', "TypeError"),
        (b"\x00", "JSONDecodeError"),
    ],
)
def test_a_success_that_cannot_be_read_is_an_error_that_says_why(make: MakeWorld, content: bytes, reason: str) -> None:
    world = make(answer(content, 200, {"X-Request-Id": "r1"}))

    with pytest.raises(AcmeDecodeError, match=reason) as caught:
        world.client.call(get())

    error = caught.value
    assert str(error).startswith("200: The reply cannot be read: ")
    assert (error.status_code, error.request_id, error.body) == (200, "r1", content)
    assert len(world.server.requests) == 1, "it may have taken effect"


@pytest.mark.parametrize("content", [b'{"data": {"n": NaN}}', b'{"data": {"n": ' + b"9" * 400 + b"}}", b'{"n": 1e999}'])
def test_odd_numbers_are_values(make: MakeWorld, content: bytes) -> None:
    assert "n" in make(answer(content)).client.call(get()).additional_properties


def test_each_kind_of_reply_is_read_in_its_way(make: MakeWorld) -> None:
    assert make(answer(b"\xff!")).client.call(reply_of("bytes")) == b"\xff!"
    assert make(answer(b"\xff!")).client.call(reply_of("text")) == "\ufffd!"
    assert make(answer(b"ignored")).client.call(reply_of("none")) is None
    assert make(answer(b"")).client.call(reply_of("any")) is None
    assert make(answer([1])).client.call(reply_of("any")) == [1]


def test_an_error_of_our_own_passes_through_a_decoder(make: MakeWorld) -> None:
    def decode(raw: Any) -> Any:
        raise tandem.ConfigurationError("ours")

    with pytest.raises(tandem.ConfigurationError):
        make(answer({})).client.call(reply_of("json", decode))


@pytest.mark.parametrize(
    ("body", "code", "message", "details"),
    [
        ({"error": {"code": "c", "message": "m", "details": [1]}}, "c", "m", [1]),
        ({"error": {"code": 7, "message": None}}, None, "Bad Request", None),
        ({"error": "m"}, None, "m", None),
        ({"error": "c", "error_description": "m"}, "c", "m", None),
        ({"error": "c", "message": "m", "details": {"f": ["x"]}}, "c", "m", {"f": ["x"]}),
        ({"error": [{"field": "f"}]}, None, "Bad Request", [{"field": "f"}]),
        ({"error": None, "message": "m"}, None, "m", None),
        ({"error": ""}, None, "Bad Request", None),
        ({"error": 7, "code": "c"}, "c", "Bad Request", 7),
        ({"code": "c", "message": "m"}, "c", "m", None),
        ({}, None, "Bad Request", None),
        ([], None, "Bad Request", None),
        ("text", None, "Bad Request", None),
        (7, None, "Bad Request", None),
    ],
)
def test_an_error_is_read_in_whatever_shape_it_comes(
    make: MakeWorld, body: Any, code: str | None, message: str, details: Any
) -> None:
    with pytest.raises(tandem.BadRequestError) as caught:
        make(answer(body, 400)).client.call(get())

    error = caught.value
    assert (error.code, error.message, error.details, error.body) == (code, message, details, body)


def test_the_request_id_is_taken_from_the_header_or_else_from_the_body(make: MakeWorld) -> None:
    for body, headers, expected in (
        ({"error": {"request_id": "b"}}, {"X-Request-Id": "h"}, "h"),
        ({"error": {"request_id": "b"}}, {}, "b"),
        ({"error": "x", "request_id": "b"}, {}, "b"),
        ({"error": {"request_id": 7}}, {}, None),
    ):
        with pytest.raises(APIStatusError) as caught:
            make(answer(body, 404, headers)).client.call(get())
        assert caught.value.request_id == expected


def test_the_page_of_a_proxy_is_named_and_its_beginning_kept(make: MakeWorld) -> None:
    page = b"<html>" + b"x" * 100_000
    world = make(answer(page, 502, {"Content-Type": "text/html; charset=utf-8"}))

    with pytest.raises(
        tandem.ServerError, match=r"^502: Bad Gateway \(the reply is text/html, not JSON\) \(GET"
    ) as caught:
        world.client.call(get())

    assert caught.value.body == page[:2000].decode()


def test_a_status_without_a_name_is_told_by_its_number(make: MakeWorld) -> None:
    with pytest.raises(tandem.ServerError, match=r"^529: Unknown status") as caught:
        make(answer(b"", 529)).client.call(get())

    assert caught.value.attempts == 1


def test_the_error_has_the_limits_that_the_server_told(make: MakeWorld) -> None:
    headers = {"X-RateLimit-Limit": "5", "X-RateLimit-Remaining": "0", "Retry-After": "90"}

    with pytest.raises(tandem.RateLimitError) as caught:
        make(answer({}, 429, headers)).client.call(get())

    assert caught.value.rate_limit == tandem.RateLimit(5, 0)
    assert caught.value.retry_after == 90
    assert caught.value.headers is not None


@pytest.mark.parametrize("evil", ["\ud800", "\x1b[31mred", "line\rforged", "\x00", "\u202egnp"])
def test_nothing_in_a_message_can_break_or_forge_a_log_line(make: MakeWorld, evil: str) -> None:
    body = {"error": {"code": evil, "message": evil, "request_id": evil}}

    with pytest.raises(APIStatusError) as caught:
        make(answer(body, 404, {"Content-Type": evil})).client.call(get())

    str(caught.value).encode()
    assert evil not in str(caught.value)


def test_a_message_of_a_megabyte_is_cut() -> None:
    problem = read_problem({"error": "x" * 1_000_000})

    assert len(problem.message or "") == 2000


BODIES = st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["data", "meta", "pagination", "error", "events", "page", "total_pages", "next_cursor", "code"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
).map(lambda value: json.dumps(value).encode())
NAMES = st.sampled_from(["retry-after", "x-ratelimit-limit", "x-ratelimit-remaining", "x-request-id", "content-type"])


@given(
    st.sampled_from([GET, LIST, HISTORY]), st.integers(100, 999), BODIES, st.dictionaries(NAMES, st.text(max_size=20))
)
def test_no_reply_whatsoever_raises_a_foreign_exception(
    operation: Operation[Any], status: int, body: bytes, headers: dict[str, str]
) -> None:
    client, _, _, core = world_of("sync")
    path = ("t1",) if "{id}" in operation.path else ()
    call = client.paginate(Call(operation, path))._call if operation.paginate != "none" else Call(operation, path)
    exchange: Exchange[Any] = Exchange(core, call, client._settings)
    exchange.attempt(None)
    response = Response(status, Headers(headers.items()), body)

    try:
        if exchange.after_response(response) is None:
            result = exchange.result(response)
            assert isinstance(result, Model | tandem.Page)
    except TandemError as error:
        str(error).encode()
