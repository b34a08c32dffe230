"""Whole replies that are not what the document promises: each ends in a value or in the right error of the tree."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from tandem import ResponseDecodeError, ServerError, UnknownEvent, ValidationError

from .conftest import Connect
from .misbehaving import GOOD, THING, Misbehaving, Script, head, json_reply, reply, send
from .products import Product

HTML = b"<html><body><h1>Bad gateway</h1></body></html>"


def undecodable(product: Product, connect: Connect, script: Script, status: int = 200) -> ResponseDecodeError:
    """The error that a reply ends in, which is not asked for again."""
    with Misbehaving(script) as server:
        with pytest.raises(ResponseDecodeError) as caught:
            product.read(connect(server))

        assert len(server.requests) == 1
    error = caught.value
    assert (error.status_code, error.request_id, error.attempts) == (status, "req_1", 1)
    assert f"GET {product.template}, request req_1" in str(error)
    return error


def test_an_html_502_is_a_server_error_after_all_attempts(connect: Connect, product: Product) -> None:
    with Misbehaving(reply(HTML, 502, "Content-Type: text/html")) as server:
        with pytest.raises(ServerError) as caught:
            product.read(connect(server))

        assert len(server.requests) == 4
    error = caught.value
    assert (error.status_code, error.request_id, error.attempts) == (502, "req_1", 4)
    assert error.body == HTML.decode()
    assert str(error) == (
        f"502: Bad Gateway (the reply is text/html, not JSON) (GET {product.template}, request req_1, 4 attempts)"
    )


def test_an_empty_200_is_a_decode_error(connect: Connect, product: Product) -> None:
    assert undecodable(product, connect, reply(b"")).body == b""


def test_a_200_with_html_is_a_decode_error_that_keeps_the_page(connect: Connect, product: Product) -> None:
    assert undecodable(product, connect, reply(HTML, 200, "Content-Type: text/html")).body == HTML


def test_truncated_json_is_a_decode_error(connect: Connect, product: Product) -> None:
    undecodable(product, connect, reply(json.dumps({"data": THING}).encode()[:-5]))


def test_invalid_utf_8_is_a_decode_error(connect: Connect, product: Product) -> None:
    undecodable(product, connect, reply(b'{"data": {"name": "\xff\xfe"}}'))


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"data":', b"}")])
def test_json_of_a_hundred_thousand_levels_is_a_decode_error(
    connect: Connect, opening: bytes, closing: bytes, product: Product
) -> None:
    undecodable(product, connect, reply(opening * 100_000 + b"1" + closing * 100_000))


def test_an_error_of_a_hundred_thousand_levels_is_the_error_of_its_status(connect: Connect, product: Product) -> None:
    with Misbehaving(reply(b"[" * 100_000, 422)) as server, pytest.raises(ValidationError) as caught:
        product.read(connect(server))

    assert caught.value.request_id == "req_1"


def test_a_204_where_a_body_was_due_is_a_decode_error(connect: Connect, product: Product) -> None:
    undecodable(product, connect, [send(head(204, "X-Request-Id: req_1"))], 204)


@pytest.mark.parametrize("data", [b"[]", b'"text"', b"7", b"null", b"true"])
def test_a_result_of_another_kind_is_a_decode_error(connect: Connect, data: bytes, product: Product) -> None:
    undecodable(product, connect, reply(b'{"data": %s}' % data))


def test_an_integer_too_long_to_read_is_a_decode_error(connect: Connect, product: Product) -> None:
    undecodable(product, connect, reply(b'{"data": {"%s": 1%s}}' % (product.number.encode(), b"0" * 5_000)))


def test_a_400_digit_integer_is_a_value(connect: Connect, product: Product) -> None:
    with Misbehaving(reply(b'{"data": {"%s": 1%s}}' % (product.number.encode(), b"0" * 399))) as server:
        assert getattr(product.read(connect(server)), product.number) == 10**399


def test_nan_is_a_value(connect: Connect, product: Product) -> None:
    with Misbehaving(reply(b'{"data": {"%s": NaN}}' % product.number.encode())) as server:
        found = product.read(connect(server))

    assert math.isnan(getattr(found, product.number))


def test_a_missing_required_field_reads_as_none(connect: Connect, product: Product) -> None:
    with Misbehaving(json_reply({"data": {"id": "asst_1"}})) as server:
        found = product.read(connect(server))

    shown: tuple[Any, ...] = (found.id, product.name_of(found), found.created_at)
    assert shown == ("asst_1", None, None)


def test_an_unknown_field_is_kept(connect: Connect, product: Product) -> None:
    with Misbehaving(json_reply({"data": {**THING, "mood": ["calm"]}})) as server:
        found = product.read(connect(server))

    assert found.additional_properties["mood"] == ["calm"]
    assert found.to_dict()["mood"] == ["calm"]


def test_an_unknown_enum_value_is_kept_as_its_text(connect: Connect, product: Product) -> None:
    with Misbehaving(json_reply({"data": {"id": "cred_1", "status": "on_holiday"}})) as server:
        assert getattr(connect(server), product.stateful).get("cred_1").status == "on_holiday"


@pytest.mark.needs("unions")
def test_an_unknown_union_member_stays_a_dict(connect: Connect) -> None:
    entry = {"id": "evt_1", "type": "teleported", "to": "Mars"}
    with Misbehaving(json_reply({"data": {"events": [entry]}})) as server:
        items = list(connect(server).workflows.instances.history("inst_1"))

    assert items == [entry]


@pytest.mark.needs("event streams")
def test_an_unknown_event_of_a_stream_is_handed_on(connect: Connect) -> None:
    body = b'event: teleported\ndata: {"type": "teleported", "to": "Mars"}\n\n'
    script = reply(body, 200, "Content-Type: text/event-stream")
    with Misbehaving(script) as server, connect(server).rooms.stream("room_1") as events:
        assert next(iter(events)) == UnknownEvent("teleported", {"type": "teleported", "to": "Mars"})


def test_a_status_that_no_standard_knows_is_a_server_error(connect: Connect, product: Product) -> None:
    script = json_reply({"error": {"code": "OVERLOADED", "message": "Too busy."}}, 529)
    with Misbehaving(script) as server, pytest.raises(ServerError) as caught:
        product.read(connect(server))

    error = caught.value
    assert (error.status_code, error.code, error.message, error.request_id) == (529, "OVERLOADED", "Too busy.", "req_1")
    assert error.attempts == 1


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        ("Not like this.", None, "Not like this."),
        ({"code": "BAD", "message": "Not like this."}, "BAD", "Not like this."),
        ({"code": 7, "message": ["no", "text"]}, None, "Unprocessable Entity"),
        (["Not", "like", "this."], None, "Unprocessable Entity"),
        (None, None, "Unprocessable Entity"),
        (False, None, "Unprocessable Entity"),
    ],
)
def test_an_error_in_any_form_is_the_error_of_its_status(
    connect: Connect, error: Any, code: str | None, message: str, product: Product
) -> None:
    with Misbehaving(json_reply({"error": error}, 422)) as server, pytest.raises(ValidationError) as caught:
        product.create(connect(server))

    found = caught.value
    assert (found.code, found.status_code, found.request_id, found.attempts) == (code, 422, "req_1", 1)
    assert found.message.replace("Content", "Entity") == message  # newer Pythons call 422 Unprocessable Content
    assert found.body == {"error": error}


def test_header_values_may_be_of_any_bytes(connect: Connect, product: Product) -> None:
    with Misbehaving(json_reply({"data": THING}, 200, b"X-Mood: caf\xe9 \xff\xfe")) as server:
        found = product.read(connect(server))

    assert found.response_meta.headers["x-mood"] == "café ÿþ"
    assert found.response_meta.request_id == "req_1"


@pytest.mark.parametrize("interim", [[head(100)], [head(102)], [head(103, "Link: </x>; rel=preload")], [head(100)] * 9])
def test_an_interim_reply_is_passed_over(connect: Connect, interim: list[bytes], product: Product) -> None:
    with Misbehaving([*map(send, interim), *GOOD]) as server:
        client = connect(server)

        assert product.read(client).response_meta.status_code == 200
        assert product.create(client).response_meta.attempts == 1
        assert len(server.requests) == 2
