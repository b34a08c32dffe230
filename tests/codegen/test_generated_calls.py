"""What a generated client sends and returns, over a real socket, in both colours."""

from __future__ import annotations

import datetime
import io
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tandem import Empty, InvalidRequestError, SecretUrl, UnknownEvent

from .library_server import LibraryServer


def in_envelope(content: Any) -> dict[str, Any]:
    return {"payload": {"content": content}}


def slips(*names: str) -> dict[str, Any]:
    return {**in_envelope([{"slipId": name} for name in names]), "meta": {"page": 1, "has_more": False}}


BOOK = {"bookCode": 7, "title": "Solaris", "format": "hardcover", "class": "fiction"}


def test_a_result_is_found_in_its_envelope(client: Any, server: LibraryServer) -> None:
    server.answer("GET", "/books/b1", in_envelope(BOOK))

    book = client.books.get("b1")

    assert (book.title, book.book_code, book.class_) == ("Solaris", 7, "fiction")
    assert book.response_meta.status_code == 200


def test_body_fields_are_sent_under_their_names_in_the_document(client: Any, server: LibraryServer) -> None:
    server.answer("POST", "/books", in_envelope(BOOK), status=201)
    moment = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)

    client.books.create(title="Solaris", class_="fiction", published_at=moment, list=["a"])

    assert server.asked[0].json == {
        "title": "Solaris",
        "class": "fiction",
        "publishedAt": "2026-01-02T00:00:00+00:00",
        "list": ["a"],
    }


def test_a_body_takes_models_and_dicts_alike(client: Any, server: LibraryServer, models: ModuleType) -> None:
    server.answer("POST", "/books", in_envelope(BOOK), status=201)

    client.books.create(title="Solaris", holdings=[models.PrintedHolding(shelf_code="A1"), {"url": "https://e.org"}])

    assert server.asked[0].json["holdings"] == [{"shelfCode": "A1"}, {"url": "https://e.org"}]


def test_an_idempotent_operation_sends_the_key_it_is_given(client: Any, server: LibraryServer) -> None:
    server.answer("POST", "/books", in_envelope(BOOK), status=201)

    client.books.create(title="Solaris", idempotency_key="order-1")

    assert server.asked[0].headers["idempotency-key"] == "order-1"


def test_a_cursor_list_is_followed_to_its_end(client: Any, server: LibraryServer) -> None:
    shelf = {"openedAt": "2026-01-02T03:04:05Z", "closedOn": None}
    for code, cursor in (("A1", "next"), ("A2", None)):
        page = {
            "shelves": [{"shelfCode": code, **shelf}],
            "pagination": {"nextCursor": cursor, "has_more": bool(cursor)},
        }
        server.answer("GET", "/shelves", in_envelope(page))

    codes = [shelf.shelf_code for shelf in client.shelves.list(page_size=1)]

    assert codes == ["A1", "A2"]
    assert [sorted(asked.query) for asked in server.asked] == [
        [("pageSize", "1")],
        [("cursor", "next"), ("pageSize", "1")],
    ]


def test_query_parameters_follow_their_styles(client: Any, server: LibraryServer) -> None:
    server.answer("GET", "/shelves", in_envelope({"shelves": []}))

    client.shelves.list(
        filter={"genre": "sea", "minYear": 1900},
        sort=["name", "-name"],
        tag=["a", "b"],
        since=datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
        list=True,
    ).first_page()

    assert sorted(server.asked[0].query) == [
        ("filter[genre]", "sea"),
        ("filter[minYear]", "1900"),
        ("list", "true"),
        ("since", "2026-01-02T00:00:00+00:00"),
        ("sort", "name,-name"),
        ("tag", "a"),
        ("tag", "b"),
    ]


def test_a_namespace_is_sent_only_where_the_document_says_so(client: Any, server: LibraryServer) -> None:
    server.answer("GET", "/shelves", in_envelope({"shelves": []}))
    server.answer("GET", "/books", [])

    client.shelves.list().first_page()
    client.books.list().first_page()

    assert [asked.headers.get("x-library") for asked in server.asked] == ["branch_1", None]


def test_a_list_without_pages_is_a_pager_too(client: Any, server: LibraryServer) -> None:
    server.answer("GET", "/books", [BOOK, {**BOOK, "title": "Eden"}])

    titles = [book.title for book in client.books.list()]

    assert titles == ["Solaris", "Eden"]


def test_resources_stand_as_deep_as_the_document_puts_them(client: Any, server: LibraryServer) -> None:
    server.answer("GET", "/archive/boxes/x%2Fy/slips", slips("s1", "s2"))

    names = [slip.slip_id for slip in client.archive.boxes.slips.list("x/y")]

    assert names == ["s1", "s2"]


def test_a_result_that_may_be_null_is_none(client: Any, server: LibraryServer) -> None:
    server.answer("GET", "/archive/boxes/b/slips/s", in_envelope(None))

    assert client.archive.boxes.slips.get("b", "s") is None


def test_a_delete_returns_an_empty_result_with_its_meta(client: Any, server: LibraryServer) -> None:
    server.answer("DELETE", "/books/b1", b"", status=204)

    result = client.books.delete("b1")

    assert isinstance(result, Empty)
    assert result.response_meta.status_code == 204


@pytest.mark.parametrize("kind", ["bytes", "path", "file", "named"])
def test_a_multipart_body_takes_a_file_in_any_form(
    client: Any, server: LibraryServer, tmp_path: Path, kind: str
) -> None:
    server.answer("PUT", "/books/b1/cover", in_envelope(BOOK))
    picture = tmp_path / "cover.png"
    picture.write_bytes(b"\x89PNG")
    image: Any = {
        "bytes": b"\x89PNG",
        "path": picture,
        "file": io.BytesIO(b"\x89PNG"),
        "named": ("cover.png", b"\x89PNG", "image/png"),
    }[kind]

    client.books.upload_cover("b1", image=image, alt_texts=["one", "two"])

    sent = server.asked[0]
    assert sent.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert sent.body.count(b'name="altTexts"') == 2
    assert b'name="image"; filename="' in sent.body
    assert b"\x89PNG" in sent.body
    assert b"caption" not in sent.body


def test_the_one_file_of_an_upload_is_named_by_its_place(client: Any, server: LibraryServer, tmp_path: Path) -> None:
    server.answer("PUT", "/books/b1/cover", in_envelope(BOOK))
    picture = tmp_path / "cover.png"
    picture.write_bytes(b"\x89PNG")

    client.books.upload_cover("b1", picture)

    assert b'name="image"; filename="cover.png"' in server.asked[0].body


@pytest.mark.parametrize("image", ["cover.png", ["cover.png"]])
def test_text_where_a_file_was_due_is_refused(client: Any, server: LibraryServer, image: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"image is a file: give Path\(\.\.\.\) for one on disk"):
        client.books.upload_cover("b1", image)

    assert server.asked == []


def test_bytes_and_text_are_returned_as_they_are(client: Any, server: LibraryServer) -> None:
    server.answer("GET", "/books/b1/cover", b"\x00\x01", kind="image/png")
    server.answer("GET", "/books/b1/notes/2", "très bien".encode(), kind="text/plain; charset=utf-8")

    assert client.books.cover("b1") == b"\x00\x01"
    assert client.books.notes("b1", 2) == "très bien"


def test_a_form_body_is_sent_as_a_form(client: Any, server: LibraryServer) -> None:
    server.answer("POST", "/sessions", {"token": "t0p"}, kind="application/vnd.library+json")

    session = client.sessions.create(user="ann", password="a&b=c", remember_me=True)

    assert server.asked[0].body == b"user=ann&password=a%26b%3Dc&rememberMe=true"
    assert session.token == "t0p"
    assert "t0p" not in repr(session)


def test_a_whole_body_is_one_keyword_and_a_free_result_a_dict(client: Any, server: LibraryServer) -> None:
    server.answer("POST", "/other/reports", {"rows": [1, 2]})

    result = client.reports.run(question={"year": None})

    assert server.asked[0].json == {"year": None}
    assert result == {"rows": [1, 2]}


def test_none_is_sent_as_null_where_a_field_is_required_and_left_out_elsewhere(
    client: Any, server: LibraryServer
) -> None:
    server.answer("PATCH", "/reports/compare", {})

    client.reports.compare(field="a", equals=None, since=None, note=None)

    assert server.asked[0].json == {"field": "a", "equals": None, "since": None}


def test_an_optional_field_is_set_to_null_by_an_option(client: Any, server: LibraryServer) -> None:
    server.answer("PATCH", "/reports/compare", {})

    client.reports.compare(field="a", equals=1, since=None, options={"extra_body": {"note": None}})

    assert server.asked[0].json == {"field": "a", "equals": 1, "since": None, "note": None}


def test_a_recursive_union_goes_there_and_back(client: Any, server: LibraryServer, models: ModuleType) -> None:
    tree = {"all": [{"field": "a", "equals": 1}, {"not": {"field": "b", "equals": None}}, {"some": "news"}]}
    server.answer("POST", "/reports/tree", {"tree": tree})

    result = client.reports.evaluate(expression=tree)

    assert server.asked[0].json == tree
    assert isinstance(result.all[0], models.Comparison)
    assert isinstance(result.all[1].not_, models.Comparison)
    assert result.all[2] == {"some": "news"}
    assert result.to_dict() == tree


def test_an_array_result_is_a_list_of_models(client: Any, server: LibraryServer) -> None:
    server.answer("GET", "/sections", [{"name": "a", "children": [{"name": "b"}]}])

    sections = client.reports.sections()

    assert sections[0].children[0].name == "b"


def test_a_stream_yields_typed_events(client: Any, server: LibraryServer, models: ModuleType) -> None:
    events = [{"type": "lent", "book": BOOK}, {"type": "back", "at": "2026-01-02T03:04:05Z"}, {"type": "burnt"}]
    lines = "".join(f"data: {event}\n\n" for event in map(json.dumps, events))
    server.answer("POST", "/token", {"token": "tok_1"})
    server.answer("GET", "/events", lines.encode(), kind="text/event-stream")
    seen: list[Any] = []

    with client.shelves.watch(kind="all") as stream:
        for event in stream:
            seen.append(event)
            if len(seen) == 3:
                break

    assert isinstance(seen[0], models.Borrowed)
    assert seen[0].book.title == "Solaris"
    assert seen[1].at == datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    assert isinstance(seen[2], UnknownEvent)
    assert server.asked[-1].query == [("kind", "all")]
    assert server.asked[-1].headers["authorization"] == "Bearer tok_1"


def test_a_stream_goes_on_after_the_event_that_is_named(client: Any, server: LibraryServer) -> None:
    server.answer("POST", "/token", {"token": "tok_1"})
    server.answer("GET", "/events", b"", kind="text/event-stream")

    with client.shelves.watch(last_event_id="7", kind="all"):
        pass

    assert server.asked[-1].headers["last-event-id"] == "7"
    assert server.asked[-1].query == [("kind", "all")]


def test_a_stream_url_hides_its_token(client: Any, server: LibraryServer) -> None:
    server.answer("POST", "/token", {"token": "tok_1"})

    url = client.shelves.watch_url(kind="all")

    assert isinstance(url, SecretUrl)
    assert "tok_1" not in f"{url} {url!r}"
    assert "access=tok_1" in url.reveal()
    assert "room=branch_1" in url.reveal()


def test_a_refusal_is_the_products_own_error(client: Any, library: ModuleType) -> None:
    with pytest.raises(library.errors.NotFoundError) as caught:
        client.books.get("nowhere")

    assert isinstance(caught.value, library.errors.LibraryError)
    assert "GET /books/{bookId}" in str(caught.value) or "/books/nowhere" in str(caught.value)


def test_nonsense_in_a_reply_is_a_decode_error(client: Any, server: LibraryServer, library: ModuleType) -> None:
    server.answer("GET", "/books/b1", in_envelope("no book"))

    with pytest.raises(library.errors.ResponseDecodeError):
        client.books.get("b1")
