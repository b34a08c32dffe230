"""Replies are held against the document too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from tandem.sandbox import LimitRule, Problem, Request, SocketServer

from .bookshop import CORE, Bookshop, api, registry


def test_a_reply_that_breaks_the_document_is_a_500_naming_operation_field_and_reason(http: httpx.Client) -> None:
    reply = http.post("/books", json={"title": "Nonsense"})

    error = reply.json()["error"]
    assert reply.status_code == 500
    assert "books.create" in error["message"]
    assert {"field": "data.price", "message": '"much" is not of type "number"'} in error["details"]


def test_a_broken_reply_is_in_the_journal(http: httpx.Client, shop: Bookshop) -> None:
    http.post("/books", json={"title": "Nonsense"})

    entry = shop.journal.entries()[-1]

    assert entry.status == 500
    assert 'reply body data.price: "much" is not of type "number"' in entry.violations


@pytest.mark.parametrize("title", ["Nonsense", "Crash", "Teapot", "Sold out"])
def test_whatever_goes_wrong_nothing_was_written(http: httpx.Client, shop: Bookshop, title: str) -> None:
    assert http.post("/books", json={"title": title}).status_code in (409, 500)
    assert shop.store.count("book", namespace=None) == 1
    assert shop.store.count("_idempotency", namespace=None) == 0


def test_a_problem_is_answered_in_the_products_envelope(http: httpx.Client) -> None:
    reply = http.post("/books", json={"title": "Sold out"})

    assert (reply.status_code, reply.headers["x-shelf"]) == (409, "empty")
    assert reply.json()["error"]["code"] == "sold_out"


def test_a_problem_that_the_document_does_not_list_is_a_500_that_says_so(http: httpx.Client, shop: Bookshop) -> None:
    reply = http.post("/books", json={"title": "Teapot"})

    assert reply.status_code == 500
    assert "status 418 is not documented" in reply.json()["error"]["message"]
    assert "status 418 is not documented" in shop.journal.entries()[-1].violations[0]


def test_a_crash_names_its_place_and_not_its_message(http: httpx.Client, shop: Bookshop) -> None:
    reply = http.post("/books", json={"title": "Crash"})

    assert reply.status_code == 500
    assert "KeyError in misbehave (bookshop.py:" in reply.json()["error"]["message"]
    assert "hunter2" not in reply.text
    assert (shop.journal.entries()[-1].error or "").startswith("KeyError in misbehave")


def test_a_handlers_status_and_headers_are_its_own(http: httpx.Client) -> None:
    reply = http.post("/books/seeded/order", json={"copies": 2})

    assert (reply.status_code, reply.headers["x-shelf"]) == (202, "3")


class Mislabelled(Bookshop):
    """Its headers break the document."""

    def reply_headers(self, request: Request) -> dict[str, str]:
        return {"X-RateLimit-Limit": "plenty"}


def test_headers_are_held_against_the_document_as_well() -> None:
    shop = Mislabelled(api(), registry)
    with SocketServer(shop) as server:
        reply = httpx.get(f"{server.url}{CORE}/books", headers={"Authorization": "Bearer ann:books:read"})

    assert reply.status_code == 500
    assert shop.journal.entries()[-1].violations[0].startswith("reply header X-RateLimit-Limit")
    shop.close()


class Speechless(Bookshop):
    """Cannot even word an error."""

    def problem_body(self, problem: Problem, request_id: str) -> Any:
        raise LookupError


@pytest.mark.parametrize("path", ["/nowhere", "/books"])
def test_a_hook_that_fails_still_ends_in_a_reply(path: str) -> None:
    shop = Speechless(api(), registry)
    with SocketServer(shop) as server:
        reply = httpx.get(f"{server.url}{CORE}{path}")

    assert (reply.status_code, reply.json()["error"][:26]) == (500, "A hook of the platform fai")
    assert (shop.journal.entries()[-1].error or "").startswith("LookupError in problem_body")
    shop.close()


class Limited(Bookshop):
    """Two requests a minute."""

    limits: Sequence[LimitRule] = (LimitRule("client", "everybody", 2),)


@pytest.mark.parametrize("enforced", [True, False])
def test_limits_are_always_told_and_refused_only_on_demand(enforced: bool) -> None:
    shop = Limited(api(), registry, enforce_limits=enforced)
    with SocketServer(shop) as server:
        url, headers = f"{server.url}{CORE}/books", {"Authorization": "Bearer ann:books:read"}
        replies = [httpx.get(url, headers=headers) for _ in range(3)]
        shop.clock.advance(60)
        later = httpx.get(url, headers=headers)

    assert [reply.headers["x-ratelimit-remaining"] for reply in replies] == ["1", "0", "0"]
    assert [reply.status_code for reply in replies] == [200, 200, 429 if enforced else 200]
    assert ("retry-after" in replies[2].headers) is enforced
    assert replies[0].headers["x-ratelimit-scope"] == "client"
    assert later.status_code == 200
    shop.close()


def test_a_page_of_its_own_is_public_and_unchecked(server: SocketServer) -> None:
    reply = httpx.get(f"{server.url}/counter/a%3Cb?q=%22")

    assert reply.headers["content-type"].startswith("text/html")
    assert reply.text == f"<h1>a&lt;b &quot; at {server.url}</h1>"


def test_a_page_takes_forms_and_may_send_its_reader_elsewhere(server: SocketServer, shop: Bookshop) -> None:
    reply = httpx.post(f"{server.url}/counter/a", data={"choice": "yes"})

    assert (reply.status_code, reply.headers["location"]) == (303, "/counter/a")
    assert shop.store.get("form", "a", namespace="") == {"choice": "yes"}


def test_the_base_url_is_the_one_the_caller_used_unless_it_is_nonsense(server: SocketServer) -> None:
    for host, seen in {"shop.test:99": "http://shop.test:99", '"><script>': server.url}.items():
        reply = httpx.get(f"{server.url}/counter/a", headers={"Host": host})

        assert seen in reply.text
        assert "script" not in reply.text


def test_a_stored_line_break_writes_no_header_of_its_own(http: httpx.Client, shop: Bookshop) -> None:
    from tandem.sandbox import Fault

    shop.faults.add(Fault(status=503, headers={"X-Note": "a\r\nSet-Cookie: b"}))
    reply = http.get("/books")

    assert "set-cookie" not in reply.headers
    assert reply.headers["x-note"] == "a  Set-Cookie: b"
