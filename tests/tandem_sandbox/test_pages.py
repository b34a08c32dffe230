"""Pages by number and by cursor."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tandem.sandbox import Api, Context, Paged, Platform, Registry, SocketServer

from .bookshop import Bookshop


@pytest.fixture
def shelf(http: httpx.Client, shop: Bookshop) -> httpx.Client:
    shop.start()
    for number in range(7):
        shop.store.put("order", f"o{number}", {"copies": number}, namespace="")
        book = {"id": f"b{number}", "title": str(number), "created_at": shop.clock.iso()}
        shop.store.put("book", book["id"], book, namespace="")
    shop.store.delete("book", "seeded", namespace="")
    return http


def test_a_page_by_number_says_where_it_stands(shelf: httpx.Client) -> None:
    body = shelf.get("/books?page=2&per_page=3").json()

    assert [book["title"] for book in body["data"]] == ["3", "2", "1"]
    assert body["meta"] == {"page": 2, "per_page": 3, "total": 7, "total_pages": 3, "has_more": True}


def test_the_documents_defaults_hold(shelf: httpx.Client) -> None:
    assert shelf.get("/books").json()["meta"] == {
        "page": 1,
        "per_page": 20,
        "total": 7,
        "total_pages": 1,
        "has_more": False,
    }


@pytest.mark.parametrize("page", ["4", "9" * 30])
def test_beyond_the_last_page_there_is_nothing(shelf: httpx.Client, page: str) -> None:
    body = shelf.get(f"/books?page={page}&per_page=3").json()

    assert (body["data"], body["meta"]["has_more"]) == ([], False)


def events(shelf: httpx.Client, cursor: str | None) -> dict[str, Any]:
    params = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
    found: dict[str, Any] = shelf.get("/books/b1/history", params=params).json()["data"]
    return found


def test_cursors_lead_through_all_items_once(shelf: httpx.Client) -> None:
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = events(shelf, cursor)
        seen += [event["what"] for event in page["events"]]
        cursor = page["pagination"]["next_cursor"]
        if not page["pagination"]["has_more"]:
            break

    assert seen == [f"ordered {number}" for number in range(7)]
    assert cursor is None


def test_values_beside_the_items_stand_beside_them(shelf: httpx.Client) -> None:
    assert events(shelf, None)["book_id"] == "b1"


def test_what_is_removed_meanwhile_moves_no_item_to_another_page(shelf: httpx.Client, shop: Bookshop) -> None:
    first = events(shelf, None)
    shop.store.delete("order", "o1", namespace="")

    second = events(shelf, first["pagination"]["next_cursor"])

    assert [event["what"] for event in second["events"]] == ["ordered 3", "ordered 4", "ordered 5"]


def test_an_empty_cursor_is_the_beginning(shelf: httpx.Client) -> None:
    assert shelf.get("/books/b1/history?cursor=").json() == shelf.get("/books/b1/history").json()


@pytest.mark.parametrize("cursor", ["x", "%00", "YXQ6", "é", "YXQ6OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "YXQ6LTE"])
def test_a_cursor_that_is_none_is_refused(shelf: httpx.Client, cursor: str) -> None:
    reply = shelf.get("/books/b1/history", params={"cursor": cursor})

    assert reply.status_code == 422
    assert reply.json()["error"]["details"][0]["field"] == "cursor"


@pytest.mark.parametrize(("paginate", "query"), [("page", "page=2&per_page=2"), ("cursor", "limit=2&cursor=YXQ6Mg")])
def test_a_plain_list_can_be_paged_as_well(paginate: str, query: str) -> None:
    registry = Registry()

    @registry.handles("n.list")
    def numbers(ctx: Context) -> Paged:
        return ctx.page([1, 2, 3, 4, 5], show=lambda number: number * 10)

    sdk = {"resource": "n", "method": "list", "paginate": paginate}
    names = [pair.partition("=")[0] for pair in query.split("&")]
    parameters = [
        {"name": name, "in": "query", "schema": {"type": "string" if name == "cursor" else "integer"}} for name in names
    ]
    responses: dict[str, Any] = {"200": {"description": "", "content": {"application/json": {}}}}
    document: dict[str, Any] = {
        "x-sdk": {"envelope": "data"},
        "paths": {"/n": {"get": {"x-sdk": sdk, "parameters": parameters, "responses": responses}}},
    }
    platform = Platform(Api(document), registry)

    with SocketServer(platform) as server:
        body = httpx.get(f"{server.url}/n?{query}").json()

    assert body["data"] == [30, 40]
    assert body.get("meta", body.get("pagination"))["has_more"] is True
    platform.close()
