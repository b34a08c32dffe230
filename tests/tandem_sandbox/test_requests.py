"""What the platform says to requests that it does not like, and to those it does."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tandem.sandbox import SocketServer

from .bookshop import ACCOUNT, CORE, Bookshop


def error(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["error"]["code"]


def fields(reply: httpx.Response) -> list[str]:
    return [detail["field"] for detail in reply.json()["error"]["details"]]


def test_a_valid_request_gets_its_result_under_the_envelope(http: httpx.Client) -> None:
    reply = http.post("/books", json={"title": "Persuasion", "price": 3.5})

    assert reply.status_code == 201
    assert reply.json()["data"]["title"] == "Persuasion"


def test_what_was_written_is_read_again(http: httpx.Client) -> None:
    made = http.post("/books", json={"title": "Persuasion"}).json()["data"]
    http.patch(f"/books/{made['id']}", json={"title": "Sanditon"})

    assert http.get(f"/books/{made['id']}").json()["data"] == {**made, "title": "Sanditon"}


def test_a_delete_has_no_body_and_takes_effect(http: httpx.Client) -> None:
    reply = http.delete("/books/seeded")

    assert (reply.status_code, reply.content) == (204, b"")
    assert "content-length" not in reply.headers
    assert error(http.get("/books/seeded")) == (404, "book_not_found")


def test_namespaces_are_apart(http: httpx.Client) -> None:
    http.post("/books", json={"title": "Hers"}, headers={"X-Namespace": "anns"})

    assert len(http.get("/books", headers={"X-Namespace": "anns"}).json()["data"]) == 1
    assert http.get("/books", headers={"X-Namespace": "bobs"}).json()["data"] == []
    assert len(http.get("/books?namespace=anns").json()["data"]) == 1


def test_without_a_token_only_public_operations_answer(server: SocketServer) -> None:
    assert error(httpx.get(f"{server.url}{CORE}/books")) == (401, "unauthorized")
    assert httpx.get(f"{server.url}{ACCOUNT}/keys").json() == {"keys": []}


def test_a_scope_that_was_not_granted_is_forbidden(http: httpx.Client) -> None:
    reply = http.post("/books", json={"title": "A"}, headers={"Authorization": "Bearer bob:books:read"})

    assert error(reply) == (403, "forbidden")
    assert "books:write" in reply.json()["error"]["message"]


def test_any_one_of_the_alternative_scopes_is_enough(http: httpx.Client) -> None:
    assert http.delete("/books/seeded", headers={"Authorization": "Bearer bob:books:admin"}).status_code == 204


def test_an_unknown_path_is_not_found(http: httpx.Client) -> None:
    assert error(http.get("/shelves")) == (404, "not_found")


def test_a_wrong_method_is_told_all_the_right_ones(http: httpx.Client) -> None:
    reply = http.put("/books/seeded", json={})

    assert error(reply) == (405, "method_not_allowed")
    assert reply.headers["allow"] == "DELETE, GET, PATCH"


def test_a_reserved_word_is_no_identifier(http: httpx.Client) -> None:
    assert http.get("/books/featured").json()["data"]["id"] == "featured"
    assert http.delete("/books/featured").headers["allow"] == "GET"


@pytest.mark.parametrize(
    "content", [b"{", b"\xff\xfe", b"[1,", b'{"title": NaN}', b'{"title": "\\ud800"}', b"[" * 9999]
)
def test_a_body_that_is_not_json_is_a_bad_request(http: httpx.Client, content: bytes) -> None:
    assert error(http.post("/books", content=content)) == (400, "bad_request")


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, ["title"]),
        ({"title": ""}, ["title"]),
        ({"title": 7, "price": -1}, ["title", "price"]),
        ({"title": "A", "tags": ["a", 2]}, ["tags.1"]),
        ({"title": "A", "maker": {"type": "author"}}, ["maker.name"]),
        ({"title": "A", "maker": {"type": "publisher", "name": "X"}}, ["maker.city"]),
        ({"title": "A", "maker": {"type": "bakery"}}, ["maker"]),
        ([], [""]),
        (None, [""]),
    ],
)
def test_a_body_that_breaks_the_document_is_told_which_fields(http: httpx.Client, body: Any, wrong: list[str]) -> None:
    reply = http.post("/books", json=body)

    assert error(reply) == (422, "validation_failed")
    assert sorted(fields(reply)) == sorted(wrong)


def test_a_missing_body_is_told_when_it_is_required_and_fine_when_it_is_not(http: httpx.Client) -> None:
    assert error(http.post("/books")) == (422, "validation_failed")
    assert http.post("/books/seeded/order").json()["data"] == {"copies": 1}


def test_a_message_about_a_secret_does_not_quote_it(http: httpx.Client, shop: Bookshop) -> None:
    for body in (
        {"title": "A", "vault_code": "x7!"},
        {"vault_code": "x7!", "title": "A", "maker": {"vault_code": "x7!"}},
    ):
        reply = http.post("/books", json=body)

        assert reply.status_code == 422
        assert "x7!" not in reply.text
    assert "x7!" not in str([entry.to_dict() for entry in shop.journal.entries()])


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("page=0", ["page"]),
        ("page=x&per_page=101", ["page", "per_page"]),
        ("page=", ["page"]),
        ("status=lost", ["status"]),
        ("min_price=cheap", ["min_price"]),
        ("filter[year]=old", ["filter.year"]),
    ],
)
def test_a_query_that_breaks_the_document_is_told_which_parameters(
    http: httpx.Client, query: str, wrong: list[str]
) -> None:
    reply = http.get(f"/books?{query}")

    assert error(reply) == (422, "validation_failed")
    assert sorted(fields(reply)) == sorted(wrong)


def test_query_values_arrive_converted(http: httpx.Client) -> None:
    reply = http.get("/books?tag=a&tag=b&min_price=1.5&filter[year]=1815&filter[signed]=true&unknown=1")

    assert reply.status_code == 200


def test_a_header_that_breaks_the_document_is_refused(http: httpx.Client) -> None:
    reply = http.get("/books", headers={"X-Namespace": "a b"})

    assert error(reply) == (422, "validation_failed")
    assert fields(reply) == ["X-Namespace"]


def test_a_path_parameter_that_breaks_the_document_is_refused(http: httpx.Client) -> None:
    assert fields(http.get(f"/books/{'x' * 41}")) == ["book_id"]


def test_a_form_is_read_where_the_document_lists_it(server: SocketServer) -> None:
    form = {"client_id": "ann", "client_secret": "s3cret!", "lifetime": "9"}

    reply = httpx.post(f"{server.url}{ACCOUNT}/token", data=form)

    assert reply.json() == {"data": {"access_token": "ann:books:read", "lifetime": 9}}


def test_a_media_type_that_the_document_does_not_list_is_refused(http: httpx.Client) -> None:
    reply = http.post("/books", content=b"title=A", headers={"Content-Type": "application/x-www-form-urlencoded"})

    assert error(reply) == (400, "bad_request")


def test_json_under_another_name_is_json(http: httpx.Client) -> None:
    reply = http.post("/books", content=b'{"title": "A"}', headers={"Content-Type": "application/merge-patch+json"})

    assert reply.status_code == 201


def test_bytes_arrive_as_bytes(http: httpx.Client, shop: Bookshop) -> None:
    http.put("/cover/b1", content=b"\x00\xff\x01", headers={"Content-Type": "application/octet-stream"})

    assert shop.store.get("cover", "b1", namespace="") == {"size": 3}


def test_no_bytes_at_all_are_a_body_where_bytes_are_wanted(http: httpx.Client, shop: Bookshop) -> None:
    http.put("/cover/b1", content=b"", headers={"Content-Type": "application/octet-stream"})

    assert shop.store.get("cover", "b1", namespace="") == {"size": 0}


def test_no_body_is_no_body_whatever_its_media_type(http: httpx.Client) -> None:
    reply = http.post("/books/seeded/order", content=b"", headers={"Content-Type": "application/x-www-form-urlencoded"})

    assert reply.status_code == 202


def test_an_empty_form_lacks_its_fields(server: SocketServer) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    reply = httpx.post(f"{server.url}{ACCOUNT}/token", content=b"", headers=headers)

    assert fields(reply) == ["client_id", "client_secret"]


def test_a_body_beyond_all_bounds_is_refused(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bookshop, "max_body_bytes", 100)

    reply = http.post("/books", json={"title": "A" * 200})

    assert reply.status_code == 400  # the bookshop's document has no 413
    assert "larger than 100 bytes" in reply.json()["error"]["message"]


def test_every_reply_has_a_request_id_and_a_date(http: httpx.Client) -> None:
    replies = [http.get("/books"), http.get("/nowhere"), http.post("/books", content=b"{")]

    assert all(reply.headers["x-request-id"].startswith("req_") and reply.headers["date"] for reply in replies)
    assert replies[1].json()["error"]["request_id"] == replies[1].headers["x-request-id"]


def test_a_callers_own_request_id_is_kept_when_it_is_a_sensible_one(http: httpx.Client) -> None:
    assert http.get("/books", headers={"X-Request-Id": "mine-1"}).headers["x-request-id"] == "mine-1"
    assert http.get("/books", headers={"X-Request-Id": "a b"}).headers["x-request-id"].startswith("req_")


_text = st.text(max_size=20)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_text, inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=80) | _json.map(lambda value: httpx.Request("POST", "http://x", json=value).content))
def test_no_body_of_a_stranger_breaks_the_platform(http: httpx.Client, body: bytes) -> None:
    assert http.post("/books", content=body).status_code in (201, 400, 422)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.binary(max_size=20), query=st.binary(max_size=40))
def test_no_path_or_query_of_a_stranger_breaks_the_platform(http: httpx.Client, path: bytes, query: bytes) -> None:
    def quoted(raw: bytes) -> str:
        return "".join(f"%{byte:02x}" for byte in raw)

    reply = http.get(f"/books/{quoted(path)}?{quoted(query)}&page={quoted(query)}")

    assert reply.status_code in (200, 404, 422)
