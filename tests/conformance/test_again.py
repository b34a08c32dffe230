"""Again or not: what is sent once more, what never is, and with which key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from tandem import (
    APIConnectionError,
    APIStatusError,
    ConflictError,
    HttpxTransport,
    InvalidRequestError,
    Request,
    RetryPolicy,
    ServerError,
    TransportError,
)
from tests.conftest import MakeClient

from .conftest import Connect
from .misbehaving import GOOD, Misbehaving, json_reply, reset
from .products import INTERACTOR, Product

CREATE: dict[str, Any] = {**INTERACTOR.fields}
BUSY = json_reply({"error": {"code": "BUSY", "message": "Not now."}}, 503)
Play = Callable[[Product, Any], Any]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_safe_call_is_sent_again_after(product: Product, connect: Connect, status: int) -> None:
    with Misbehaving(json_reply({}, status), GOOD) as server:
        assert product.read(connect(server)).response_meta.attempts == 2


@pytest.mark.needs("keys")
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_keyed_write_is_sent_again_after(product: Product, connect: Connect, status: int) -> None:
    with Misbehaving(json_reply({}, status), GOOD) as server:
        assert product.create(connect(server)).response_meta.attempts == 2


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 501, 505, 529])
@pytest.mark.parametrize("play", [Product.read, Product.create])
def test_no_call_is_sent_again_after(connect: Connect, play: Play, status: int, product: Product) -> None:
    with Misbehaving(json_reply({}, status)) as server:
        with pytest.raises(APIStatusError) as caught:
            play(product, connect(server))

        assert len(server.requests) == 1
    assert caught.value.attempts == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_an_unkeyed_write_is_sent_again_only_after_a_refusal(product: Product, connect: Connect, status: int) -> None:
    with Misbehaving(json_reply({}, status)) as server:
        with pytest.raises(APIStatusError):
            product.update(connect(server))

        assert len(server.requests) == (4 if status in product.refusals else 1)


def test_an_unkeyed_write_that_was_refused_unread_is_sent_again(connect: Connect, product: Product) -> None:
    with Misbehaving(json_reply({}, 429), GOOD) as server:
        assert product.update(connect(server)).response_meta.attempts == 2


@pytest.mark.needs("keys")
def test_the_key_is_the_same_on_every_attempt_and_another_for_every_call(connect: Connect, product: Product) -> None:
    with Misbehaving(BUSY, [reset], GOOD, BUSY, [reset], GOOD) as server:
        client = connect(server)
        keys = [product.create(client).response_meta.idempotency_key for _ in range(2)]

    assert server.sent("idempotency-key") == [keys[0]] * 3 + [keys[1]] * 3
    assert keys[0] != keys[1]


@pytest.mark.needs("keys")
def test_every_attempt_sends_the_same_body(connect: Connect, product: Product) -> None:
    with Misbehaving(BUSY, [reset], GOOD) as server:
        product.create(connect(server))

    assert [request.json for request in server.requests] == [product.fields] * 3


@pytest.mark.needs("keys")
def test_a_key_of_the_callers_own_is_sent_as_it_is(connect: Connect, product: Product) -> None:
    with Misbehaving(BUSY, GOOD) as server:
        product.create(connect(server), idempotency_key="order-7")

    assert server.sent("idempotency-key") == ["order-7"] * 2


@pytest.mark.needs("keys")
def test_a_call_by_url_has_a_key_where_it_is_a_post_and_else_none(connect: Connect) -> None:
    with Misbehaving(BUSY, GOOD, GOOD) as server:
        client = connect(server)
        client.request("POST", "/new", body={})
        client.request("DELETE", "/new")

    first, second, third = server.sent("idempotency-key")
    assert first == second is not None
    assert third is None


def test_a_body_from_an_iterator_is_refused_before_it_is_used_up(connect: Connect) -> None:
    pieces = iter(["a", "b"])
    with Misbehaving() as server:
        with pytest.raises(InvalidRequestError):
            connect(server).request("POST", "/new", body={"pieces": pieces})

        assert server.requests == []
    assert list(pieces) == ["a", "b"]


class Pieces:
    """A body whose length nobody knows beforehand."""

    length = None

    def __iter__(self) -> Iterator[bytes]:
        yield from (b"a", b"b")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece


def test_a_transport_sends_a_body_that_comes_in_pieces_once() -> None:
    transport = HttpxTransport()
    with Misbehaving(GOOD, [reset], GOOD) as server:
        url = f"{server.url}/x"
        host = ("host", url.split("/")[2])
        transport.send(Request("GET", url, [host], timeout=5))
        with pytest.raises(TransportError):
            transport.send(Request("POST", url, [host], Pieces(), timeout=5))

        assert [request.body for request in server.requests] == [b"", b"ab"]
    transport.close()


def test_the_retry_budget_is_shared_by_all_views_of_a_client(connect: Connect, product: Product) -> None:
    with Misbehaving(BUSY) as server:
        client = connect(server, retry=RetryPolicy(max_attempts=1000, base=0.0))
        views = [client.with_options(timeout=5 + number) for number in range(3)]

        attempts: list[int] = []
        for view in views:
            with pytest.raises(ServerError) as caught:
                product.read(view)
            attempts.append(caught.value.attempts)

        # 500 tokens, 14 for a retry: the first view takes them all, and an outage is not multiplied by the others.
        assert attempts == [1 + 500 // 14, 1, 1]
        assert len(server.requests) == sum(attempts)


def test_successes_fill_the_retry_budget_again(connect: Connect, product: Product) -> None:
    with Misbehaving(*[BUSY] * 36, *[GOOD] * 20, BUSY, GOOD) as server:
        client = connect(server, retry=RetryPolicy(max_attempts=1000, base=0.0))
        with pytest.raises(ServerError):
            product.read(client)
        for _ in range(20):
            product.read(client)

        assert product.read(client).response_meta.attempts == 2


def test_the_attempts_taken_are_on_the_result_and_on_the_error(connect: Connect, product: Product) -> None:
    with Misbehaving(BUSY, BUSY, GOOD, [reset]) as server:
        client = connect(server)

        assert product.read(client).response_meta.attempts == 3
        with pytest.raises(APIConnectionError) as caught:
            product.read(client)
        assert caught.value.attempts == 4


def test_a_reused_key_with_another_body_is_a_conflict_with_a_code(make_client: MakeClient) -> None:
    client = make_client()
    other: dict[str, Any] = {**CREATE, "name": "Other"}
    first = client.assistants.create(**CREATE, idempotency_key="order-7")

    again = client.assistants.create(**CREATE, idempotency_key="order-7")
    with pytest.raises(ConflictError) as caught:
        client.assistants.create(**other, idempotency_key="order-7")

    assert again.id == first.id
    error = caught.value
    assert (error.status_code, error.attempts) == (409, 1)
    assert error.code is not None
    assert "IDEMPOTENCY" in error.code.upper()
    assert error.request_id
