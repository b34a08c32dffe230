"""Keyed writes are done once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tandem.sandbox import Fault, SocketServer

from .bookshop import CORE, Bookshop, api, registry


def create(http: httpx.Client, key: str, title: str = "Emma", **headers: str) -> httpx.Response:
    return http.post("/books", json={"title": title}, headers={"Idempotency-Key": key, **headers})


def made(shop: Bookshop) -> int:
    return shop.store.count("book", namespace=None) - 1


def test_the_first_reply_is_given_again(http: httpx.Client, shop: Bookshop) -> None:
    first, second = create(http, "k1"), create(http, "k1")

    assert (second.status_code, second.json()) == (first.status_code, first.json())
    assert (first.headers.get("idempotency-replayed"), second.headers["idempotency-replayed"]) == (None, "true")
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert made(shop) == 1


def test_a_handlers_own_headers_are_given_again(http: httpx.Client) -> None:
    replies = [http.post("/books/seeded/order", headers={"Idempotency-Key": "k1"}) for _ in range(2)]

    assert [reply.headers["x-shelf"] for reply in replies] == ["3", "3"]


def test_the_same_json_written_otherwise_is_the_same_request(http: httpx.Client, shop: Bookshop) -> None:
    for content in (b'{"title": "A", "price": 1}', b'{ "price":1,"title":"A" }'):
        assert http.post("/books", content=content, headers={"Idempotency-Key": "k1"}).status_code == 201

    assert made(shop) == 1


def test_another_body_under_the_same_key_is_a_conflict(http: httpx.Client, shop: Bookshop) -> None:
    create(http, "k1")

    reply = create(http, "k1", title="Sanditon")

    assert (reply.status_code, reply.json()["error"]["code"]) == (409, "idempotency_conflict")
    assert made(shop) == 1


def test_another_path_under_the_same_key_is_a_conflict(http: httpx.Client) -> None:
    replies = [http.post(f"/books/{name}/order", headers={"Idempotency-Key": "k1"}) for name in ("emma", "sanditon")]

    assert [reply.status_code for reply in replies] == [202, 409]


@pytest.mark.parametrize(
    "other", [{"X-Namespace": "other"}, {"Authorization": "Bearer bob:books:write"}, {"Idempotency-Key": "k2"}]
)
def test_a_key_belongs_to_its_client_and_namespace(http: httpx.Client, shop: Bookshop, other: dict[str, str]) -> None:
    create(http, "k1")
    http.post("/books", json={"title": "Emma"}, headers={"Idempotency-Key": "k1", **other})

    assert made(shop) == 2


def test_a_key_is_forgotten_after_a_day(http: httpx.Client, shop: Bookshop) -> None:
    create(http, "k1")
    shop.clock.advance(24 * 3600 - 60)
    assert create(http, "k1").headers["idempotency-replayed"] == "true"
    shop.clock.advance(61)

    assert create(http, "k1", title="Another").status_code == 201
    assert made(shop) == 2


def test_a_refused_write_may_be_corrected_under_the_same_key(http: httpx.Client) -> None:
    assert create(http, "k1", title="Sold out").status_code == 409
    assert create(http, "k1", title="").status_code == 422

    assert create(http, "k1").status_code == 201


def test_a_write_whose_reply_was_lost_is_not_done_twice(http: httpx.Client, shop: Bookshop) -> None:
    shop.faults.add(Fault(operation="books.create", cut="before", after_handler=True))
    with pytest.raises(httpx.RemoteProtocolError):
        create(http, "k1")

    again = create(http, "k1")

    assert (again.status_code, again.headers["idempotency-replayed"], made(shop)) == (201, "true", 1)


def test_an_operation_that_takes_no_key_ignores_it(http: httpx.Client) -> None:
    replies = [http.patch("/books/seeded", json={"title": title}, headers={"Idempotency-Key": "k"}) for title in "ab"]

    assert [reply.status_code for reply in replies] == [200, 200]


def test_of_many_at_once_one_does_the_work(server: SocketServer, shop: Bookshop) -> None:
    gate = threading.Barrier(8)

    def send(_: int) -> Any:
        with httpx.Client(
            base_url=server.url + CORE, headers={"Authorization": "Bearer ann:books:write"}, timeout=10
        ) as http:
            gate.wait(10)
            return create(http, "k1").json()

    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(send, range(8)))

    assert replies.count(replies[0]) == 8
    assert made(shop) == 1


def test_keys_are_remembered_across_a_restart(tmp_path: Path) -> None:
    replies: list[httpx.Response] = []
    for _ in range(2):
        shop = Bookshop(api(), registry, db=tmp_path / "shop.db")
        with (
            SocketServer(shop) as server,
            httpx.Client(base_url=server.url + CORE, headers={"Authorization": "Bearer ann:books:write"}) as http,
        ):
            replies.append(create(http, "k1"))
        shop.close()

    assert replies[0].json() == replies[1].json()
    assert replies[1].headers["idempotency-replayed"] == "true"


def test_the_journal_counts_the_attempts_of_a_key(http: httpx.Client, shop: Bookshop) -> None:
    for _ in range(3):
        create(http, "k1")
    create(http, "k2")

    entries = shop.journal.entries(operation="books.create")

    assert [(entry.idempotency_key, entry.attempt, entry.replayed) for entry in entries] == [
        ("k1", 1, False),
        ("k1", 2, True),
        ("k1", 3, True),
        ("k2", 1, False),
    ]
