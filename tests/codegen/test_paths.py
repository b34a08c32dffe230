"""Words that stand in paths where others have an id: they are refused as ids, before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from tandem import InvalidRequestError
from tandem.codegen._paths import literals, reserved_words

from .library_server import LibraryServer

LOAN = {"payload": {"content": {"open": True}}}


def test_a_word_at_the_place_of_an_id_is_refused_and_named(client: Any, server: LibraryServer) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        client.loans.get("overdue")

    assert str(caught.value) == (
        "loans.get: 'overdue' is a reserved word: at its place in the path it names an endpoint, not an object "
        "(in /loans/{loanId})."
    )
    assert server.asked == []


@pytest.mark.parametrize("ids", [("overdue", "1"), ("1", "latest")])
def test_each_parameter_has_its_own_words(client: Any, server: LibraryServer, ids: tuple[str, str]) -> None:
    with pytest.raises(InvalidRequestError, match="is a reserved word"):
        client.loans.reminder(*ids)
    assert server.asked == []


@pytest.mark.parametrize("loan_id", ["latest", "Overdue", "overdue.", "reminders", "archive"])
def test_what_is_a_word_elsewhere_or_on_another_host_is_an_id(client: Any, server: LibraryServer, loan_id: str) -> None:
    server.answer("GET", f"/loans/{loan_id}", LOAN)

    assert client.loans.get(loan_id).open is True


def test_words_are_gathered_by_host_and_by_what_stands_before() -> None:
    words = literals([("a", "/x/{id}/y"), ("a", "/x/all/{n}"), ("a", "/x/"), ("b", "/x/other")])

    assert reserved_words("a", "/x/{name}", words) == {"name": frozenset({"all"})}
    assert reserved_words("a", "/x/{one}/{two}", words) == {"one": frozenset({"all"}), "two": frozenset({"y"})}
    assert reserved_words("b", "/x/{name}", words) == {"name": frozenset({"other"})}
    assert reserved_words("a", "/x/{name}.{kind}", words) == {}
    assert reserved_words("c", "/x/{name}", words) == {}
