"""Replies that break off, lie about their length, or never begin."""

from __future__ import annotations

import gzip
import pickle
import threading

import pytest

from tandem import APIConnectionError, APITimeoutError, AttemptRecord

from .conftest import ONCE, Connect
from .misbehaving import GOOD, Misbehaving, Peer, Script, close, head, reply, reset, send, stay_silent
from .products import Product

BODY = b'{"data": {"id": "asst_1"}}'
LONG = f"Content-Length: {len(BODY) + 10}"
FORGED = head(200, "Content-Length: 2") + b"{}"
BROKEN: dict[str, Script] = {
    "closed before the first byte": [close],
    "reset before the first byte": [reset],
    "closed in the status line": [send(b"HTTP/1.1 20"), close],
    "reset in the headers": [send(b"HTTP/1.1 200 OK\r\nContent-Le"), reset],
    "closed in the headers": [send(b"HTTP/1.1 200 OK\r\nContent-Le"), close],
    "reset in the body": [send(head(200, LONG) + BODY), reset],
    "closed before the length that was promised": [send(head(200, LONG) + BODY), close],
    "closed in a chunk": [send(head(200, "Transfer-Encoding: chunked") + b"ff\r\n" + BODY), close],
    "a chunk size that is no number": [send(head(200, "Transfer-Encoding: chunked") + b"zz\r\n" + BODY), close],
    "a length that is no number": [send(head(200, "Content-Length: many") + BODY), close],
    "two lengths": [send(head(200, "Content-Length: 5", "Content-Length: 6") + BODY), close],
    "no HTTP at all": [send(b"SSH-2.0-OpenSSH_9.9\r\n"), close],
    "a status of four digits": [send(b"HTTP/1.1 2000 OK\r\n\r\n"), close],
    "a header without a colon": [send(head(200, "Content-Length") + BODY), close],
    "a header with NUL": [send(head(200, b"X-A: \x00", f"Content-Length: {len(BODY)}") + BODY), close],
    "headers without end": [send(b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"a" * 400_000), close],
    "a gzip that is none": reply(b"not gzip", 200, "Content-Encoding: gzip"),
    "a gzip cut short": [send(head(200, "Content-Encoding: gzip",
    "Content-Length: 40") + gzip.compress(BODY)[:20]), close],
}  # fmt: skip

NAME = "X-Request-Id: req_9"
BEGUN: dict[str, Script] = {
    "reset in the body": [send(head(201, NAME, LONG) + BODY), reset],
    "closed before the length that was promised": [send(head(201, NAME, LONG) + BODY), close],
    "closed in a chunk": [send(head(201, NAME, "Transfer-Encoding: chunked") + b"ff\r\n" + BODY), close],
    "silent in the body": [send(head(201, NAME, LONG) + BODY), stay_silent],
    "a gzip that is none": [send(head(201, NAME, "Content-Encoding: gzip", "Content-Length: 4") + b"none")],
}


@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN)
def test_a_broken_reply_to_a_safe_call_is_asked_for_again(connect: Connect, script: Script, product: Product) -> None:
    with Misbehaving(script, GOOD) as server:
        found = product.read(connect(server))

    assert (found.id, found.response_meta.attempts) == ("asst_1", 2)


@pytest.mark.needs("keys")
@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN)
def test_a_broken_reply_to_a_keyed_write_is_asked_for_again_with_its_key(
    connect: Connect, script: Script, product: Product
) -> None:
    with Misbehaving(script, GOOD) as server:
        found = product.create(connect(server))

    first, second = server.sent("idempotency-key")
    assert first == second == found.response_meta.idempotency_key
    assert first


@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN)
def test_a_broken_reply_to_an_unkeyed_write_is_a_connection_error(
    connect: Connect, script: Script, product: Product
) -> None:
    with Misbehaving(script, GOOD) as server:
        with pytest.raises(APIConnectionError) as caught:
            product.update(connect(server))

        assert len(server.requests) == 1
    error = caught.value
    assert (error.method, error.path, error.attempts) == ("PATCH", product.template, 1)
    assert not isinstance(error, APITimeoutError)


@pytest.mark.parametrize("script", BEGUN.values(), ids=BEGUN)
def test_the_error_of_a_reply_that_breaks_off_has_its_status_and_request_id(
    connect: Connect, script: Script, product: Product
) -> None:
    with Misbehaving(script) as server, pytest.raises(APIConnectionError, match=r"201: .*request req_9") as caught:
        product.update(connect(server, timeout=0.3))

    error = caught.value
    assert (error.status_code, error.request_id, error.attempts) == (201, "req_9", 1)
    assert pickle.loads(pickle.dumps(error)) == error


def test_a_hook_is_told_of_a_reply_that_breaks_off(connect: Connect, product: Product) -> None:
    seen: list[AttemptRecord] = []
    with Misbehaving(BEGUN["reset in the body"], GOOD) as server:
        product.read(connect(server, on_attempt=seen.append))

    broken, whole = (each for each in seen if each.operation == f"{product.resource}.get")
    assert (broken.status_code, broken.error, broken.request_id) == (201, "APIConnectionError", "req_9")
    assert (whole.status_code, whole.error) == (200, None)


def test_the_error_of_a_reply_that_never_begins_has_neither(connect: Connect, product: Product) -> None:
    with Misbehaving([close]) as server, pytest.raises(APIConnectionError) as caught:
        product.update(connect(server))

    assert (caught.value.status_code, caught.value.request_id) == (None, None)


def test_replies_that_stay_broken_end_in_a_connection_error_with_the_attempts(
    connect: Connect, product: Product
) -> None:
    with Misbehaving([reset]) as server, pytest.raises(APIConnectionError, match="4 attempts") as caught:
        product.read(connect(server))

    assert (caught.value.attempts, len(server.requests)) == (4, 4)


def test_a_length_that_is_too_short_spoils_no_later_call(connect: Connect, product: Product) -> None:
    with Misbehaving([send(head(200, "Content-Length: 4") + b'null, "rest": 1}')], GOOD) as server:
        client = connect(server)
        client.request("GET", "/anything")

        assert product.read(client).id == "asst_1"


def test_what_stands_behind_a_reply_is_not_taken_for_the_next_one(connect: Connect, product: Product) -> None:
    whole = head(200, f"Content-Length: {len(BODY)}") + BODY
    with Misbehaving([send(whole + FORGED)], GOOD) as server:
        client = connect(server)
        product.read(client)

        assert product.read(client).id == "asst_1"


def test_what_arrives_behind_a_reply_is_not_taken_for_the_next_one(connect: Connect, product: Product) -> None:
    arrived = threading.Event()

    async def tell(peer: Peer) -> None:
        arrived.set()

    with Misbehaving([*reply(BODY), send(FORGED), tell], GOOD) as server:
        client = connect(server, retry=ONCE)
        product.read(client)
        assert arrived.wait(10)

        # A write without a key: it is not sent again, the connection is found out before.
        assert product.update(client).id == "asst_1"


@pytest.mark.parametrize("end", [close, reset])
def test_a_safe_call_on_a_connection_that_the_server_drops_is_sent_again_silently(
    connect: Connect, end: Script, product: Product
) -> None:
    with Misbehaving(GOOD, [end], GOOD) as server:  # type: ignore[list-item]  # an act of a script
        client = connect(server)
        product.read(client)

        assert product.read(client).id == "asst_1"
    first, second, third = (request.connection for request in server.requests)
    assert first == second != third


@pytest.mark.needs("keys")
@pytest.mark.parametrize("end", [close, reset])
def test_a_keyed_write_on_a_connection_that_the_server_drops_is_sent_again_silently(
    connect: Connect, end: Script, product: Product
) -> None:
    with Misbehaving(GOOD, [end], GOOD) as server:  # type: ignore[list-item]  # an act of a script
        client = connect(server)
        product.read(client)

        assert product.create(client).id == "asst_1"
    _, second, third = server.sent("idempotency-key")
    assert second == third is not None


@pytest.mark.parametrize("end", [close, reset])
def test_an_unkeyed_write_on_a_connection_that_the_server_drops_is_not(
    connect: Connect, end: Script, product: Product
) -> None:
    with Misbehaving(GOOD, [end], GOOD) as server:  # type: ignore[list-item]  # an act of a script
        client = connect(server)
        product.read(client)
        with pytest.raises(APIConnectionError):
            product.update(client)

        assert len(server.requests) == 2  # the server may have seen it, and acted


def test_a_connection_that_was_closed_while_idle_costs_nobody_a_call(connect: Connect, product: Product) -> None:
    with Misbehaving(GOOD) as server:
        client = connect(server, retry=ONCE)
        product.read(client)
        server.hang_up()

        assert product.update(client).response_meta.attempts == 1


def test_a_server_that_stays_silent_is_a_timeout(connect: Connect, product: Product) -> None:
    with Misbehaving([stay_silent]) as server, pytest.raises(APITimeoutError) as caught:
        product.read(connect(server, timeout=0.1, retry=ONCE))

    assert caught.value.attempts == 1
