"""What a product says its own way: paths, envelopes, codes, identifiers, and who may come in how."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import httpx
import pytest

from tandem.sandbox import ApiOperation, Principal, Problem, SocketServer, Violation

from .bookshop import CORE, Bookshop, api, registry


class Library(Bookshop):
    """The bookshop, in the words of somebody else."""

    id_separator: ClassVar[str] = "-"
    all_scopes: ClassVar[str | None] = "librarian"

    def paths_of(self, operation: ApiOperation) -> Sequence[str]:
        return (*super().paths_of(operation), f"/old{operation.path}")

    def reply_body(self, value: Any, operation: ApiOperation) -> Any:
        return {**super().reply_body(value, operation), "asked": self.request.path if self.request else None}

    def code_for(self, status: int) -> str:
        return f"E{status}"

    def details_of(self, violations: Sequence[Violation]) -> Any:
        return sorted({violation.field for violation in violations})

    def problem_for_way(self, operation: ApiOperation, principal: Principal) -> Problem | None:
        return Problem(403, "wrong_door", f"By {operation.name}?") if principal.client_id == "burglar" else None


@pytest.fixture
def library() -> Iterator[httpx.Client]:
    shop = Library(api(), registry)
    with SocketServer(shop) as server, httpx.Client(base_url=server.url, timeout=5) as client:
        client.headers["Authorization"] = "Bearer ann:librarian"
        yield client
    shop.close()


def test_an_operation_answers_under_all_of_its_paths(library: httpx.Client) -> None:
    book = library.post(f"{CORE}/books", json={"title": "Emma"}).json()["data"]

    assert library.get(f"/old/books/{book['id']}").json()["data"] == book


def test_identifiers_look_as_the_product_has_them(library: httpx.Client) -> None:
    reply = library.post(f"{CORE}/books", json={"title": "Emma"})

    assert reply.json()["data"]["id"].startswith("book-")
    assert reply.headers["x-request-id"].startswith("req-")


def test_the_envelope_knows_what_was_asked(library: httpx.Client) -> None:
    book_id = library.post("/old/books", json={"title": "Emma"}).json()["data"]["id"]

    assert library.get(f"/old/books/{book_id}").json()["asked"] == f"/old/books/{book_id}"


def test_errors_that_the_engine_finds_have_the_codes_of_the_product(library: httpx.Client) -> None:
    replies = [library.get("/nowhere"), library.post("/old/books", json={"title": 1}), library.delete("/old/books")]

    assert [reply.json()["error"]["code"] for reply in replies] == ["E404", "E422", "E405"]
    assert replies[1].json()["error"]["details"] == ["title"]


def test_one_scope_may_stand_for_all(library: httpx.Client) -> None:
    reader = library.get("/old/books", headers={"Authorization": "Bearer ann:books:write"})

    assert library.get("/old/books").status_code == 200
    assert reader.status_code == 403


def test_a_way_in_that_an_operation_does_not_take_is_refused_before_its_scopes(library: httpx.Client) -> None:
    reply = library.get("/old/books", headers={"Authorization": "Bearer burglar:librarian"})

    assert (reply.status_code, reply.json()["error"]["code"]) == (403, "wrong_door")
