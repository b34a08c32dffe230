"""What a call sends: headers, bodies and options, checked before a byte goes out."""

from __future__ import annotations

import datetime
import enum
import json
import math
from types import MappingProxyType
from typing import Any

import pytest

from tandem import Call, Model, Operation, Secret

from .acme import AcmeInvalidRequestError, create, get, put, unchanged
from .conftest import MakeWorld
from .fakes import answer, header

FORM: Operation[Any] = Operation(
    name="things.form", method="POST", path="/form", host="core", decode=unchanged, body="form", reply="any"
)
WHOLE: Operation[Any] = Operation(
    name="things.whole",
    method="PUT",
    path="/whole",
    host="core",
    decode=unchanged,
    body="json",
    whole_body=True,
    reply="any",
)


class Mode(enum.Enum):
    FAST = "fast"


def sent_body(make: MakeWorld, call: Call[Any]) -> Any:
    world = make(answer({"data": {}}))
    world.client.call(call)
    content = world.server.requests[0].content
    assert isinstance(content, bytes)
    return json.loads(content)


def test_a_request_says_who_asks_and_what_is_accepted(make: MakeWorld) -> None:
    world = make()

    world.client.call(create())

    request = world.server.requests[0]
    assert (request.method, request.url) == ("POST", "https://core.test/v1/things")
    assert header(request, "user-agent") == "acme-python/1"
    assert header(request, "accept") == "application/json"
    assert header(request, "content-type") == "application/json"
    assert world.server.token_requests[0].url == "https://account.test/v1/oauth/token"


def test_a_request_shows_neither_headers_nor_body(make: MakeWorld) -> None:
    world = make()
    call = Call(WHOLE, body={"password": "canary"}, options={"extra_headers": {"Authorization": "canary"}})

    world.client.call(call)

    assert "canary" not in f"{world.server.requests[0]!r} {call!r}"


def test_fields_that_were_not_given_are_left_out(make: MakeWorld) -> None:
    call = create()

    assert sent_body(make, Call(call.operation, body={"a": None, "b": 0, "c": {"d": None}})) == {
        "b": 0,
        "c": {"d": None},
    }


def test_a_whole_body_is_sent_as_it_is(make: MakeWorld) -> None:
    assert sent_body(make, Call(WHOLE, body={"a": None})) == {"a": None}
    assert sent_body(make, Call(WHOLE, body=[1, None])) == [1, None]
    assert sent_body(make, Call(WHOLE, body=Model(additional_properties={"a": 1}))) == {"a": 1}


def test_extra_body_is_added_and_wins(make: MakeWorld) -> None:
    assert sent_body(make, create(extra_body={"name": "y", "z": None})) == {"name": "y", "z": None}
    model = Model(additional_properties={"a": 1})
    assert sent_body(make, Call(WHOLE, body=model, options={"extra_body": {"b": 2}})) == {"a": 1, "b": 2}
    assert sent_body(make, get(extra_body={"b": 2})) == {"b": 2}


def test_values_are_written_as_an_api_reads_them(make: MakeWorld) -> None:
    body = {
        "secret": Secret("s3cret"),
        "when": datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
        "day": datetime.date(2026, 1, 2),
        "model": Model(additional_properties={"x": 1}),
        "mode": Mode.FAST,
        "mapping": MappingProxyType({"k": (1, 2)}),
        "set": {5},
        "text": "zażółć 🦄",
    }

    assert sent_body(make, Call(WHOLE, body=body)) == {
        "secret": "s3cret",
        "when": "2026-01-02T00:00:00+00:00",
        "day": "2026-01-02",
        "model": {"x": 1},
        "mode": "fast",
        "mapping": {"k": [1, 2]},
        "set": [5],
        "text": "zażółć 🦄",
    }


def cyclic() -> list[Any]:
    loop: list[Any] = []
    loop.append(loop)
    return loop


def deep() -> Any:
    value: Any = 1
    for _ in range(100_000):
        value = [value]
    return value


@pytest.mark.parametrize(
    "body",
    [object(), {"a": object()}, {"a": math.nan}, {"a": math.inf}, {"a": "\ud800"}, {("a", "b"): 1}, cyclic(), b"bytes"],
)
def test_a_body_that_json_cannot_say_is_refused(make: MakeWorld, body: Any) -> None:
    world = make()

    with pytest.raises(AcmeInvalidRequestError, match=r"things.whole: the body cannot be sent"):
        world.client.call(Call(WHOLE, body=body))

    assert world.server.requests == []


def test_a_body_that_is_nested_too_deeply_is_refused(make: MakeWorld) -> None:
    with pytest.raises(AcmeInvalidRequestError, match="the body cannot be sent"):
        make().client.call(Call(WHOLE, body=deep()))


def test_extra_body_needs_a_body_that_is_an_object(make: MakeWorld) -> None:
    with pytest.raises(AcmeInvalidRequestError, match="an object was due, not list"):
        make().client.call(Call(WHOLE, body=[1], options={"extra_body": {"a": 1}}))


def test_a_form_is_written_like_a_query(make: MakeWorld) -> None:
    world = make(answer({}))

    world.client.call(Call(FORM, body={"a": "x y", "b": True, "c": None, "d": ["1", "2"], "e": Secret("s3")}))

    assert world.server.requests[0].content == b"a=x+y&b=true&d=1&d=2&e=s3"
    assert header(world.server.requests[0], "content-type") == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("body", ["text", [1], {"a": object()}, {"a": "\ud800"}])
def test_a_form_that_cannot_be_written_is_refused(make: MakeWorld, body: Any) -> None:
    with pytest.raises(AcmeInvalidRequestError, match="the body cannot be sent"):
        make().client.call(Call(FORM, body=body))


def test_the_namespace_is_sent_where_an_operation_takes_one(make: MakeWorld) -> None:
    world = make(namespace="space_1")

    world.client.call(get())
    world.client.for_namespace("space_2").call(get())
    world.client.call(get(namespace="space_3"))

    assert world.server.sent("x-space") == ["space_1", "space_2", "space_3"]
    assert header(world.server.token_requests[0], "x-space") is None


@pytest.mark.parametrize(
    "namespace", ["", " ", "UPPER", "a" * 17, "a\n", "a\r\nX-Admin: 1", "ä", "\ud800", 7, ["a"], True]
)
def test_a_namespace_that_is_not_valid_is_refused_when_it_is_given(make: MakeWorld, namespace: Any) -> None:
    world = make()

    with pytest.raises(AcmeInvalidRequestError, match="A namespace is 1 to 16 lower-case letters"):
        world.client.for_namespace(namespace)
    with pytest.raises(AcmeInvalidRequestError, match="Namespace"):
        world.client.call(get(namespace=namespace))
    with pytest.raises(AcmeInvalidRequestError):
        world.client.call(get(extra_headers={"X-Space": namespace}))

    assert world.server.requests == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Ok", "a\r\nX-Admin: 1"),
        ("X-Ok", "a\n"),
        ("X-Ok", "\x00"),
        ("X-Ok", "é"),
        ("X-Ok", " padded "),
        ("X-Ok", b"bytes"),
        ("X-Ok", None),
        ("X Bad", "v"),
        ("X-Bad:", "v"),
        ("", "v"),
        ("X-Bad\r\n", "v"),
        (7, "v"),
        ("Content-Length", "0"),
        ("transfer-encoding", "chunked"),
    ],
)
def test_a_header_that_could_break_a_request_is_refused(make: MakeWorld, name: Any, value: Any) -> None:
    world = make()

    with pytest.raises(AcmeInvalidRequestError, match="header") as caught:
        world.client.call(get(extra_headers={name: value}))

    assert "X-Admin" not in str(caught.value), "the value may be a secret"
    assert world.server.requests == []


def test_extra_headers_are_added_and_win(make: MakeWorld) -> None:
    world = make(answer({"data": {}}), namespace="mine")
    extra = {
        "X-Trace": "t1",
        "USER-AGENT": "other/2",
        "x-space": "theirs",
        "Content-Type": "application/merge-patch+json",
        "Authorization": Secret("Basic abc"),
        "idempotency-key": "own-key",
    }

    made = world.client.call(create(extra_headers=extra))

    request = world.server.requests[0]
    assert {name: header(request, name) for name in extra} == {**extra, "Authorization": "Basic abc"}
    assert all(type(value) is str for _, value in request.headers), "a transport meets no masks"
    assert made.response_meta.idempotency_key == "own-key"
    assert world.server.token_requests == [], "no token is fetched where it would not be sent"


def test_a_refused_authorization_of_your_own_is_not_replaced(make: MakeWorld) -> None:
    import tandem

    world = make(answer(b"", 401))

    with pytest.raises(tandem.AuthenticationError):
        world.client.call(get(extra_headers={"Authorization": "Basic abc"}))

    assert len(world.server.requests) == 1


@pytest.mark.parametrize("key", ["", " ", "a\nb", "é", 7, b"k"])
def test_an_idempotency_key_that_cannot_be_sent_is_refused(make: MakeWorld, key: Any) -> None:
    call = create()

    with pytest.raises(AcmeInvalidRequestError, match="idempotency key"):
        make().client.call(Call(call.operation, body=call.body, idempotency_key=key))


@pytest.mark.parametrize("options", [{"timeuot": 5}, {"prefetched": 1}, {7: 1}])
def test_an_option_that_does_not_exist_is_refused_and_the_others_are_named(make: MakeWorld, options: Any) -> None:
    names = (
        "deadline, extra_body, extra_headers, extra_query, idle_timeout, namespace, prefetch, progress, retry, timeout"
    )

    with pytest.raises(AcmeInvalidRequestError, match=f"Unknown option .* Options are: {names}"):
        make().client.call(Call(put().operation, ("t1",), options=options))


@pytest.mark.parametrize("name", ["timeout", "deadline"])
@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, pytest.param(10**5000, id="huge"), "5", True, [5]])
def test_a_time_that_makes_no_sense_is_refused(make: MakeWorld, name: str, value: Any) -> None:
    world = make()

    with pytest.raises(AcmeInvalidRequestError, match=f"{name} is a number of seconds above 0, or None"):
        world.client.call(get(**{name: value}))
    with pytest.raises(AcmeInvalidRequestError):
        world.client.with_options(**{name: value})


@pytest.mark.parametrize(
    "options", ["x", 7, [("timeout", 5)], {"extra_headers": "x"}, {"extra_query": [1]}, {"extra_body": 7}, {"retry": 3}]
)
def test_options_of_a_wrong_kind_are_refused(make: MakeWorld, options: Any) -> None:
    with pytest.raises(AcmeInvalidRequestError, match=r"is a dict, not|is a RetryPolicy, not"):
        make().client.call(Call(get().operation, ("t1",), options=options))


def test_none_lifts_a_limit_for_one_call(make: MakeWorld) -> None:
    world = make(timeout=5.0, deadline=9.0)

    world.client.call(get(timeout=None, deadline=None))
    world.client.call(get())

    assert [request.timeout for request in world.server.requests] == [None, 5.0]
    assert [request.deadline.remaining() for request in world.server.requests] == [None, 9.0]


def test_a_host_that_does_not_exist_is_refused_and_the_others_are_named(make: MakeWorld) -> None:
    with pytest.raises(AcmeInvalidRequestError, match=r"no host 'elsewhere'. Hosts are: account, core"):
        make().client.request("GET", "/x", host="elsewhere")
