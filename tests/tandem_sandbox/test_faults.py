"""What goes wrong on purpose, seen from the other end of a real socket."""

from __future__ import annotations

import random
import time
from typing import Any

import httpx
import pytest

from tandem.sandbox import Fault, FaultBook, SocketServer

from .bookshop import CORE, Bookshop
from .sockets import exchange, parts


def test_a_status_is_answered_in_the_products_envelope_and_the_handler_spared(
    http: httpx.Client, shop: Bookshop
) -> None:
    shop.faults.add(Fault(status=503, headers={"Retry-After": "7"}))

    reply = http.post("/books", json={"title": "A"})

    assert (reply.status_code, reply.headers["retry-after"]) == (503, "7")
    assert reply.json()["error"]["code"] == "service_unavailable"
    assert shop.store.count("book", namespace=None) == 1


@pytest.mark.parametrize(
    ("body", "content", "media_type"),
    [
        ("<h1>no</h1>", b"<h1>no</h1>", "text/html; charset=utf-8"),
        ({"odd": 1}, b'{"odd":1}', "application/json"),
        (b"\x00", b"\x00", "application/octet-stream"),
        ("", b"", "text/html; charset=utf-8"),
    ],
)
def test_a_body_of_its_own_is_sent_as_it_is(
    http: httpx.Client, shop: Bookshop, body: Any, content: bytes, media_type: str
) -> None:
    shop.faults.add(Fault(status=502, body=body))

    reply = http.get("/books")

    assert (reply.status_code, reply.content, reply.headers["content-type"]) == (502, content, media_type)


def test_a_rule_applies_as_often_as_it_says(http: httpx.Client, shop: Bookshop) -> None:
    shop.faults.add(Fault(status=500, times=2))

    assert [http.get("/books").status_code for _ in range(4)] == [500, 500, 200, 200]


def test_a_rule_without_a_count_applies_until_it_is_removed(http: httpx.Client, shop: Bookshop) -> None:
    number = shop.faults.add(Fault(status=500, times=None))
    before = [http.get("/books").status_code for _ in range(3)]
    shop.faults.remove(number)

    assert (before, http.get("/books").status_code) == ([500, 500, 500], 200)


@pytest.mark.parametrize(
    ("fault", "hit"),
    [
        (Fault(status=500), True),
        (Fault(method="GET", status=500), True),
        (Fault(method="get", status=500), True),
        (Fault(method="POST", status=500), False),
        (Fault(path="/books*", status=500), True),
        (Fault(path="/books", status=500), False),
        (Fault(path="/core/api/v1/books/*", status=500), True),
        (Fault(path="/orders*", status=500), False),
        (Fault(operation="books.get", status=500), True),
        (Fault(operation="books.list", status=500), False),
        (Fault(operation="books.get", method="POST", status=500), False),
    ],
)
def test_a_rule_meets_the_requests_it_describes(http: httpx.Client, shop: Bookshop, fault: Fault, hit: bool) -> None:
    shop.faults.add(fault)

    assert http.get("/books/seeded").status_code == (500 if hit else 200)


def test_the_oldest_rule_that_matches_applies_alone(http: httpx.Client, shop: Bookshop) -> None:
    shop.faults.add(Fault(status=500))
    shop.faults.add(Fault(status=502))

    assert [http.get("/books").status_code for _ in range(3)] == [500, 502, 200]


def test_a_delay_holds_the_reply_back_and_nobody_else(http: httpx.Client, shop: Bookshop, server: SocketServer) -> None:
    shop.faults.add(Fault(path="/books/seeded", delay=2))
    started = time.monotonic()
    with httpx.Client(timeout=0.1, headers=http.headers) as impatient, pytest.raises(httpx.ReadTimeout):
        impatient.get(f"{server.url}{CORE}/books/seeded")

    assert http.get("/books").status_code == 200
    assert time.monotonic() - started < 1.9


def test_cut_before_sends_not_a_byte_and_spares_the_handler(server: SocketServer, shop: Bookshop) -> None:
    shop.faults.add(Fault(cut="before"))

    assert exchange(server, "POST", "/books", b'{"title": "A"}') == b""
    assert shop.store.count("book", namespace=None) == 1


def test_cut_before_can_come_after_the_handler(server: SocketServer, shop: Bookshop) -> None:
    shop.faults.add(Fault(cut="before", after_handler=True))

    assert exchange(server, "POST", "/books", b'{"title": "A"}') == b""
    assert shop.store.count("book", namespace=None) == 2


def test_cut_headers_sends_the_head_of_the_handlers_reply(server: SocketServer, shop: Bookshop) -> None:
    shop.faults.add(Fault(cut="headers"))

    status, headers, body = parts(exchange(server, "POST", "/books", b'{"title": "A"}'))

    assert (status, body) == (201, b"")
    assert int(headers["content-length"]) > 50
    assert shop.store.count("book", namespace=None) == 2


def test_cut_body_sends_half_of_it(server: SocketServer, shop: Bookshop) -> None:
    shop.faults.add(Fault(cut="body"))

    _, headers, body = parts(exchange(server, "GET", "/books"))

    assert len(body) == int(headers["content-length"]) // 2


def test_a_truncated_body_has_as_many_bytes_as_the_rule_says(server: SocketServer, shop: Bookshop) -> None:
    shop.faults.add(Fault(status=200, body={"data": "a" * 100}, truncate=7))

    status, headers, body = parts(exchange(server, "GET", "/books"))

    assert (status, headers["content-length"], body) == (200, "111", b'{"data"')


def test_a_cut_reply_is_no_reply_to_a_client(http: httpx.Client, shop: Bookshop) -> None:
    for fault in (Fault(cut="before"), Fault(cut="headers"), Fault(cut="body"), Fault(truncate=3)):
        shop.faults.add(fault)
        with pytest.raises(httpx.RemoteProtocolError):
            http.get("/books")

    assert http.get("/books").status_code == 200


def test_a_reply_without_a_body_can_be_cut_too(server: SocketServer, shop: Bookshop) -> None:
    shop.faults.add(Fault(cut="body"))

    assert parts(exchange(server, "DELETE", "/books/seeded"))[0] == 204


def test_a_lost_reply_did_take_effect(http: httpx.Client, shop: Bookshop) -> None:
    shop.faults.add(Fault(status=504, after_handler=True))

    assert http.post("/books", json={"title": "A"}).status_code == 504
    assert shop.store.count("book", namespace=None) == 2


def test_unknown_paths_have_faults_as_well(http: httpx.Client, shop: Bookshop) -> None:
    shop.faults.add(Fault(path="/nowhere", status=418))

    assert http.get("/nowhere").status_code == 418


def test_a_rule_can_be_for_requests_with_a_header_only(http: httpx.Client, shop: Bookshop) -> None:
    shop.faults.add(Fault(when_header="Last-Event-ID", status=401))

    assert http.get("/books").status_code == 200
    assert http.get("/books", headers={"last-event-id": "7"}).status_code == 401
    assert http.get("/books", headers={"last-event-id": "7"}).status_code == 200


def test_a_dripping_body_comes_whole_and_byte_by_byte(http: httpx.Client, shop: Bookshop) -> None:
    shop.faults.add(Fault(status=200, body={"data": "a" * 20}, drip=0.001))

    with http.stream("GET", "/books") as reply:
        chunks = list(reply.iter_raw())

    assert b"".join(chunks) == b'{"data":"aaaaaaaaaaaaaaaaaaaa"}'
    assert len(chunks) > 10


def test_a_dripping_body_can_be_cut(server: SocketServer, shop: Bookshop) -> None:
    shop.faults.add(Fault(status=200, body={"data": "a"}, drip=0.001, truncate=4))

    assert parts(exchange(server, "GET", "/books"))[2] == b'{"da'


def test_the_journal_tells_what_was_done_on_purpose(http: httpx.Client, shop: Bookshop) -> None:
    shop.faults.add(Fault(cut="body"))
    with pytest.raises(httpx.RemoteProtocolError):
        http.get("/books")

    entry = shop.journal.entries()[-1]

    assert entry.cut
    assert (entry.fault or {})["cut"] == "body"


def test_chance_is_the_same_for_the_same_seed() -> None:
    def drawn(seed: int) -> list[bool]:
        book = FaultBook(random.Random(seed))
        book.add(Fault(status=500, probability=0.5, times=None))
        return [book.take("GET", ("/",), None) is not None for _ in range(20)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert 2 < sum(drawn(1)) < 18


def test_a_rule_that_was_used_up_is_gone() -> None:
    book = FaultBook()
    number = book.add(Fault(status=500, times=2))
    book.take("GET", ("/",), None)
    assert [(rule["id"], rule["hits"], rule["left"]) for rule in book.describe()] == [(number, 1, 1)]
    book.take("GET", ("/",), None)

    assert book.describe() == []
    assert book.remove(number) is False


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": 99},
        {"status": 600},
        {"cut": "half"},
        {"delay": -1},
        {"delay": float("inf")},
        {"probability": 2},
        {"times": 0},
        {"truncate": -1},
        {"events": -1},
        {"then": "later", "events": 1},
        {"then": "silence"},
        {"drip": -0.1},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Fault(**wrong)
