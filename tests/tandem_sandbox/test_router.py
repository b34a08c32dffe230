"""Which path leads where."""

from __future__ import annotations

import pytest

from tandem.sandbox._router import Match, Router

TEMPLATES = ("/books", "/books/featured", "/books/{id}", "/books/{id}/pages/{page}", "/books/featured/cover")


@pytest.fixture
def router() -> Router[str]:
    made: Router[str] = Router()
    for template in TEMPLATES:
        made.add("GET", template, template)
    return made


def found(router: Router[str], path: str) -> tuple[str, dict[str, str]]:
    match = router.find(path)
    assert match is not None
    return match.targets["GET"].value, match.parameters("GET")


def test_a_literal_segment_wins_over_a_parameter(router: Router[str]) -> None:
    assert found(router, "/books/featured") == ("/books/featured", {})


def test_a_parameter_takes_what_no_literal_takes(router: Router[str]) -> None:
    assert found(router, "/books/b1/pages/2") == ("/books/{id}/pages/{page}", {"id": "b1", "page": "2"})


def test_a_literal_that_leads_nowhere_gives_way_to_a_parameter(router: Router[str]) -> None:
    assert found(router, "/books/featured/pages/2") == (
        "/books/{id}/pages/{page}",
        {"id": "featured", "page": "2"},
    )


@pytest.mark.parametrize("sent", ["a%2Fb", "a%20b", "%C3%A9", "%ff", "..", "%2e%2e"])
def test_a_parameter_is_one_segment_whatever_is_encoded_in_it(router: Router[str], sent: str) -> None:
    template, parameters = found(router, f"/books/{sent}")

    assert template == "/books/{id}"
    assert parameters["id"] == {"a%2Fb": "a/b", "a%20b": "a b", "%C3%A9": "é", "%ff": "\ufffd"}.get(sent, "..")


@pytest.mark.parametrize("path", ["", "/", "/book", "/books/", "/books//pages/1", "/books/b1/pages", "//books", "*"])
def test_other_paths_lead_nowhere(router: Router[str], path: str) -> None:
    assert router.find(path) is None


def test_each_method_has_its_own_names_for_the_parameters(router: Router[str]) -> None:
    router.add("DELETE", "/books/{book}", "delete")

    match = router.find("/books/b1")

    assert isinstance(match, Match)
    assert match.allowed == ["DELETE", "GET"]
    assert (match.parameters("GET"), match.parameters("DELETE")) == ({"id": "b1"}, {"book": "b1"})
