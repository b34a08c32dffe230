"""The controls under /_sandbox."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tandem.sandbox import Request
from tandem.sandbox._control import Control

from .bookshop import Bookshop


def test_health_says_that_it_is_up_and_where(control: httpx.Client, http: httpx.Client) -> None:
    body = control.get("/health").json()

    assert (body["status"], body["operations"]) == ("ok", 12)
    assert body["base_urls"]["core"] == str(http.base_url).rstrip("/")


def test_reset_goes_back_to_the_seeded_state(control: httpx.Client, http: httpx.Client, shop: Bookshop) -> None:
    first = http.post("/books", json={"title": "A"}).json()["data"]["id"]
    http.delete("/books/seeded")
    control.post("/clock", json={"advance": 1000})
    control.post("/faults", json={"status": 500, "times": None})

    assert control.post("/reset").json() == {"status": "ok"}

    assert [book["id"] for book in http.get("/books").json()["data"]] == ["seeded"]
    assert control.get("/clock").json()["offset"] == 0
    assert http.post("/books", json={"title": "B"}).json()["data"]["id"] == first


def test_reset_can_keep_to_one_namespace(control: httpx.Client, http: httpx.Client, shop: Bookshop) -> None:
    for name in ("a", "b"):
        http.post("/books", json={"title": "A"}, headers={"X-Namespace": name})

    control.post("/reset", json={"namespace": "a"})

    assert [shop.store.count("book", namespace=name) for name in ("a", "b", "")] == [0, 1, 1]


def test_the_journal_can_be_read_in_part_and_cleared(control: httpx.Client, http: httpx.Client) -> None:
    http.get("/books")
    http.get("/books/none")
    http.get("/books/seeded")

    def read(**params: str) -> list[tuple[str, int]]:
        entries = control.get("/journal", params=params).json()["entries"]
        return [(entry["operation"], entry["status"]) for entry in entries]

    assert read() == [("books.list", 200), ("books.get", 404), ("books.get", 200)]
    assert read(limit="1") == [("books.get", 200)]
    assert read(operation="books.get", status="404") == [("books.get", 404)]
    assert control.delete("/journal").json() == {"status": "ok"}
    assert read() == []


def test_the_clock_can_be_read_and_advanced(control: httpx.Client, shop: Bookshop) -> None:
    before = control.get("/clock").json()
    after = control.post("/clock", json={"advance": 90.5}).json()

    assert after["offset"] == 90.5
    assert 90 < after["unix"] - before["unix"] < 100
    assert after["now"].endswith("Z")
    assert shop.clock.offset == 90.5


def test_fault_rules_can_be_put_listed_and_removed(control: httpx.Client, http: httpx.Client) -> None:
    first = control.post("/faults", json={"path": "/books*", "status": 503, "times": 2}).json()["id"]
    second = control.post("/faults", json={"method": "POST", "cut": "before", "times": None}).json()["id"]
    assert http.get("/books").status_code == 503

    listed = control.get("/faults").json()["faults"]

    assert [(rule["id"], rule["hits"], rule["left"]) for rule in listed] == [(first, 1, 1), (second, 0, None)]
    assert control.delete("/faults", params={"id": str(first)}).status_code == 200
    assert [rule["id"] for rule in control.get("/faults").json()["faults"]] == [second]
    control.delete("/faults")
    assert control.get("/faults").json()["faults"] == []


def test_a_fault_rule_of_a_stream_can_be_put(control: httpx.Client, http: httpx.Client, shop: Bookshop) -> None:
    rule = {"events": 1, "then": "garbage", "drip": 0.0001, "when_header": "Last-Event-ID"}
    assert "id" in control.post("/faults", json=rule).json()

    content = http.get("/books/b1/watch", headers={"Last-Event-ID": "7"}).content

    assert b"\xff\xfe" in content
    assert rule.items() <= (shop.journal.entries()[-1].fault or {}).items()


def test_snapshots_can_be_taken_listed_and_restored(control: httpx.Client, http: httpx.Client) -> None:
    control.post("/snapshots", json={"name": "before it all"})
    control.post("/clock", json={"advance": 500})
    http.delete("/books/seeded")

    assert [kept["name"] for kept in control.get("/snapshots").json()["snapshots"]] == ["before it all"]
    assert control.post("/snapshots/before%20it%20all/restore").json() == {"name": "before it all"}
    assert http.get("/books/seeded").status_code == 200
    assert control.get("/clock").json()["offset"] == 0


def test_an_unknown_snapshot_is_not_found_and_the_known_ones_are_named(control: httpx.Client) -> None:
    control.post("/snapshots", json={"name": "a"})

    reply = control.post("/snapshots/b/restore")

    assert (reply.status_code, reply.json()) == (404, {"error": "There is no snapshot named 'b'; there are: a."})


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("POST", "/clock", {"advance": "1"}, '{"advance": 60}'),
        ("POST", "/clock", {"advance": True}, "advance"),
        ("POST", "/clock", {"advance": -1}, "forward"),
        ("POST", "/clock", {"advance": 10**400}, "9999"),
        ("POST", "/clock", [], "object"),
        ("POST", "/snapshots", {}, "name"),
        ("POST", "/snapshots", {"name": "a/b"}, "slash"),
        ("POST", "/snapshots", {"name": ""}, "slash"),
        ("POST", "/reset", {"namespace": 1}, "namespace"),
        ("GET", "/journal?limit=x", None, "limit"),
        ("GET", "/journal?status=²", None, "status"),
        ("DELETE", "/faults?id=99", None, "99"),
        ("DELETE", "/faults?id=x", None, "id"),
        ("POST", "/faults", [], "object"),
        ("POST", "/faults", {"statsu": 500}, "statsu"),
        ("POST", "/faults", {"status": "500"}, "whole number"),
        ("POST", "/faults", {"status": True}, "whole number"),
        ("POST", "/faults", {"status": 42}, "status"),
        ("POST", "/faults", {"delay": "1"}, "seconds"),
        ("POST", "/faults", {"headers": {"a": 1}}, "headers"),
        ("POST", "/faults", {"headers": None}, "headers"),
        ("POST", "/faults", {"cut": "off"}, "cut"),
        ("POST", "/faults", {"then": "off", "events": 1}, "then"),
        ("POST", "/faults", {"then": None}, "then"),
        ("POST", "/faults", {"drip": "slow"}, "drip"),
        ("POST", "/faults", {"operation": "books.gt"}, "Did you mean books.get?"),
    ],
)
def test_bad_input_is_refused_with_a_clear_message(
    control: httpx.Client, method: str, path: str, body: Any, said: str
) -> None:
    reply = control.request(method, path, json=body) if body is not None else control.request(method, path)

    assert reply.status_code == 400
    assert said in reply.json()["error"]


def test_a_body_that_is_not_json_is_refused(control: httpx.Client) -> None:
    assert control.post("/clock", content=b"{").status_code == 400


def test_what_is_not_there_is_not_found_and_a_wrong_method_told(control: httpx.Client) -> None:
    assert "/_sandbox/health" in control.get("/nothing").json()["error"]
    assert control.get("").status_code == 404
    assert (control.post("/health").status_code, control.post("/health").headers["allow"]) == (405, "GET")
    assert control.get("/snapshots/a/restore").headers["allow"] == "POST"


def test_the_controls_are_not_in_the_journal_and_have_no_faults(control: httpx.Client, shop: Bookshop) -> None:
    control.post("/faults", json={"status": 500, "times": None})

    assert control.get("/health").status_code == 200
    assert shop.journal.entries() == []


@pytest.mark.parametrize(("client", "status"), [("192.0.2.1", 403), ("somewhere", 403), ("::1", 200), (None, 200)])
def test_the_controls_answer_only_to_this_machine(shop: Bookshop, client: str | None, status: int) -> None:
    import asyncio

    from tandem import Headers

    request = Request("GET", "/_sandbox/health", "", Headers(), client=client)

    assert asyncio.run(Control(shop).reply(request)).status == status
