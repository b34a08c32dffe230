"""What is written down, and what is not."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tandem.sandbox import Journal, JournalEntry, SocketServer, Violation
from tandem.sandbox._redaction import Redaction
from tandem.sandbox._schemas import Schemas
from tandem.sandbox._secrecy import secret_names

from .bookshop import ACCOUNT, Bookshop


def entry(path: str = "/") -> JournalEntry:
    return JournalEntry(0, "", "GET", path, {}, {}, "req_1")


def test_a_request_is_written_down_with_what_became_of_it(http: httpx.Client, shop: Bookshop) -> None:
    http.post("/books?a=b", json={"title": "A"}, headers={"X-Namespace": "acme", "Idempotency-Key": "k1"})

    written = shop.journal.entries()[-1]

    assert (written.method, written.path, written.query) == ("POST", "/core/api/v1/books", {"a": "b"})
    assert (written.operation, written.status, written.namespace) == ("books.create", 201, "acme")
    assert (written.client_id, written.idempotency_key, written.body) == ("ann", "k1", {"title": "A"})
    assert written.reply["data"]["title"] == "A"
    assert written.duration_ms is not None
    assert written.duration_ms > 0


def test_no_secret_is_written_down(server: SocketServer, http: httpx.Client, shop: Bookshop) -> None:
    secret = "s3cr3t-value"
    form = {"client_id": "ann", "client_secret": secret}
    url = f"{server.url}{ACCOUNT}/token"
    httpx.post(url, json=form)
    httpx.post(url, data=form)
    httpx.post(url, json={**form, "lifetime": "x"})
    httpx.post(url, json=[form])
    httpx.post(url, content=json.dumps(form)[:-1], headers={"Content-Type": "application/json"})
    http.get(f"/books/b1/watch?token={secret}", headers={"Cookie": f"a={secret}", "X-Api-Key": secret})
    http.get("/books", headers={"Authorization": f"Bearer bob:{secret}"})
    http.post("/books", json={"title": "A", "vault_code": secret})

    written = json.dumps([found.to_dict() for found in shop.journal.entries()])

    assert len(shop.journal.entries()) == 8
    assert secret not in written
    assert "ann:books:read" not in written
    assert written.count("***") > 8


def test_the_journal_keeps_the_newest() -> None:
    journal = Journal(size=3)
    for number in range(5):
        journal.start(entry(f"/{number}"))

    assert [(kept.number, kept.path) for kept in journal.entries()] == [(3, "/2"), (4, "/3"), (5, "/4")]
    assert [kept.path for kept in journal.entries(limit=1)] == ["/4"]
    assert journal.entries(limit=0) == []


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        ("Authorization", True),
        ("Proxy-Authorization", True),
        ("Set-Cookie", True),
        ("X-API-Key", True),
        ("X-Webhook-Signature", True),
        ("X-Auth-Token", True),
        ("Accept", False),
        ("X-Request-Id", False),
        ("Idempotency-Key", False),
    ],
)
def test_headers_are_hidden_by_their_names(name: str, hidden: bool) -> None:
    assert Redaction(()).headers({name: "v"}) == {name: "***" if hidden else "v"}


def test_a_name_is_hidden_unless_the_schema_of_the_body_says_that_it_is_harmless() -> None:
    schemas = {
        "Login": {"properties": {"code": {"type": "string", "format": "password"}, "secret": {"type": "string"}}},
        "Error": {"properties": {"error": {"$ref": "#/Detail"}, "secret": {"type": "string"}}},
        "Detail": {"properties": {"code": {"type": "string"}, "cause": {"$ref": "#/Error"}}},
    }
    redaction = Redaction(secret_names(schemas), schemas)
    body = {"error": {"code": "x", "secret": "y"}}

    assert redaction.body(body, "/Error") == {"error": {"code": "x", "secret": "***"}}
    assert redaction.body(body, "/Login") == redaction.body(body) == {"error": {"code": "***", "secret": "***"}}


def test_a_secret_is_known_however_its_name_is_written() -> None:
    schemas: dict[str, Any] = {
        "A": {"properties": {"pinCode": {"type": "string", "format": "password", "minLength": 9}}}
    }

    found = Schemas(schemas, Redaction(secret_names(schemas)).names).check("/A", {"pinCode": "1234"})

    assert found == [Violation("pinCode", "is not valid", "minLength")]


def test_bodies_are_hidden_to_any_depth_by_the_names_in_them() -> None:
    body = {"list": [{"Pin": 1, "pin": {"a": 2}, "other": [{"pin": None}]}]}

    assert Redaction({"pin"}).body(body) == {"list": [{"Pin": "***", "pin": "***", "other": [{"pin": None}]}]}
