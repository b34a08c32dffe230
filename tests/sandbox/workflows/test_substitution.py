"""References within a definition."""

from __future__ import annotations

from typing import Any

import pytest

from interactor.sandbox.workflows._substitution import UnknownSecretError, filled_in, shown_to_people, url_of

SOURCES: dict[str, dict[str, Any]] = {
    "workflow_data": {"amount": 5000, "who": "Ada", "order": {"id": 7}, "on": True, "a.b": "exact"},
    "secrets": {"KEY": "k"},
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("${workflow_data.who}", "Ada"),
        ("$${workflow_data.amount}", "$5000"),
        ("${workflow_data.order.id} of ${workflow_data.who}", "7 of Ada"),
        ("${workflow_data.a.b}", "exact"),
        ("${workflow_data.order}", '{"id": 7}'),
        ("${workflow_data.on}", "true"),
        ("${workflow_data.none}!", "null!"),
        ("${input.who}", "${input.who}"),
        ("${other.who}", "${other.who}"),
        ("${workflow_data.who", "${workflow_data.who"),
        ("{workflow_data.who}", "{workflow_data.who}"),
        ("key ${secrets.KEY}", "key k"),
    ],
)
def test_a_reference_becomes_a_text(template: str, text: str) -> None:
    assert filled_in(template, SOURCES) == text


def test_a_reference_that_stands_alone_keeps_its_type_where_it_may() -> None:
    body = {"a": ["${workflow_data.amount}", "${workflow_data.none}"], "b": "no. ${workflow_data.amount}"}

    assert filled_in(body, SOURCES, raw=True) == {"a": [5000, None], "b": "no. 5000"}


def test_only_a_default_keeps_its_type_in_a_presentation() -> None:
    form = {"title": "${workflow_data.amount}", "fields": [{"default": "${workflow_data.amount}"}]}

    assert shown_to_people(form, SOURCES) == {"title": "5000", "fields": [{"default": 5000}]}


def test_an_unknown_secret_is_an_error() -> None:
    with pytest.raises(UnknownSecretError, match="NONE"):
        filled_in("${secrets.NONE}", SOURCES)


def test_a_url_may_begin_with_a_reference() -> None:
    sources = {"workflow_data": {"base": "http://localhost:1/a?b", "id": "x/y"}}

    assert url_of("${workflow_data.base}/${workflow_data.id}", sources) == "http://localhost:1/a?b/x%2Fy"
