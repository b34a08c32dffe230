"""An argument that names the namespace decides the header too: a request speaks for one tenant."""

from __future__ import annotations

from typing import Any

import pytest

from tandem import InvalidRequestError

from .library_server import LibraryServer

LOAN = {"open": True}


def lend(client: Any, **more: Any) -> object:
    return client.loans.create(book_id="b1", **more)


def first_page(client: Any, **more: Any) -> object:
    return client.loans.list(**more).first_page()


@pytest.fixture(params=[lend, first_page], ids=["body", "query"])
def ask(request: pytest.FixtureRequest, server: LibraryServer) -> Any:
    server.answer("POST", "/loans", {"payload": {"content": LOAN}}, status=201)
    server.answer("GET", "/loans", {"payload": {"content": [LOAN]}})
    return request.param


def named(server: LibraryServer) -> tuple[str | None, str | None]:
    """The namespace in the header, and the one that was the argument."""
    asked = server.asked[-1]
    said = asked.json if asked.method == "POST" else dict(asked.query)
    return asked.headers.get("x-library"), said.get("namespace")


def test_the_header_says_what_the_argument_says(client: Any, server: LibraryServer, ask: Any) -> None:
    ask(client.for_namespace("north"), namespace="south")

    assert named(server) == ("south", "south")


def test_without_the_argument_the_clients_own_namespace_counts(client: Any, server: LibraryServer, ask: Any) -> None:
    ask(client.for_namespace("north"))

    assert named(server) == ("north", None)


def test_one_in_the_options_wins_for_the_header(client: Any, server: LibraryServer, ask: Any) -> None:
    ask(client, namespace="south", options={"namespace": "east"})

    assert named(server) == ("east", "south")


@pytest.mark.parametrize("namespace", ["", "two words", "line\nbreak", 5])
def test_an_argument_that_is_no_namespace_is_refused(
    client: Any, server: LibraryServer, ask: Any, namespace: object
) -> None:
    with pytest.raises(InvalidRequestError, match="is not valid"):
        ask(client, namespace=namespace)
    assert server.asked == []


def test_a_body_says_it_alone_where_the_client_names_none(client: Any, server: LibraryServer, ask: Any) -> None:
    ask(client.with_options(namespace=None), namespace="south")

    assert named(server) == ("south" if ask is first_page else None, "south")


def test_an_argument_is_checked_where_no_header_says_it(client: Any, server: LibraryServer, ask: Any) -> None:
    with pytest.raises(InvalidRequestError, match="is not valid"):
        ask(client.with_options(namespace=None), namespace="two words")
    with pytest.raises(InvalidRequestError, match="is not valid"):
        ask(client, namespace="two words", options={"namespace": "east"})
    assert server.asked == []


def test_options_of_a_wrong_kind_are_refused_with_the_argument_too(client: Any, ask: Any) -> None:
    with pytest.raises(InvalidRequestError, match="options is a dict"):
        ask(client, namespace="south", options=5)


def test_an_operation_without_the_header_keeps_its_argument_to_itself(client: Any, server: LibraryServer) -> None:
    server.answer("GET", "/loans/overdue", {"payload": {"content": LOAN}})

    client.loans.overdue(namespace="two words")

    assert named(server) == (None, "two words")
