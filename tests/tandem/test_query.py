"""Paths and query strings from what a user gave: encoded or refused, never trusted."""

from __future__ import annotations

import datetime
import enum
import math
import uuid
from dataclasses import replace
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem import Call, Model, Secret
from tandem._query import encode_query, encode_segment

from .acme import LIST, AcmeInvalidRequestError, get
from .conftest import MakeWorld


class Colour(str, enum.Enum):  # noqa: UP042  # its str() is not its value: that is the point
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Plain(enum.Enum):
    ON = "on"


@pytest.mark.parametrize(
    ("value", "segment"),
    [
        ("abc", "abc"),
        (7, "7"),
        ("a/b", "a%2Fb"),
        ("../x?y=1", "..%2Fx%3Fy%3D1"),
        ("%2e%2e", "%252e%252e"),
        ("a\r\nX: 1", "a%0D%0AX%3A%201"),
        ("\x00", "%00"),
        ("🦄", "%F0%9F%A6%84"),
        ("...", "..."),
        (" ", "%20"),
        ("#;&=+", "%23%3B%26%3D%2B"),
        (Secret("s3"), "s3"),
        (Colour.RED, "red"),
    ],
)
def test_an_id_becomes_one_segment(value: Any, segment: str) -> None:
    assert encode_segment(value) == segment


def test_a_long_id_is_sent_as_it_is() -> None:
    assert encode_segment("é" * 10_000) == "%C3%A9" * 10_000


@pytest.mark.parametrize(
    "value",
    ["", ".", "..", None, True, False, 1.5, b"id", ["id"], object(), "\ud800", pytest.param(10**5000, id="huge")],
)
def test_an_id_that_names_nothing_is_refused_before_anything_is_sent(make: MakeWorld, value: Any) -> None:
    world = make()

    with pytest.raises(AcmeInvalidRequestError, match=r"^things.get: .*\(in /things/\{id\}\)\.$"):
        world.client.call(get(value))

    assert (world.server.requests, world.server.token_requests) == ([], [])


@given(st.text(min_size=1, alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_is_one_segment_or_refused(value: str) -> None:
    if value in {".", ".."}:
        return
    segment = encode_segment(value)

    assert not set(segment) & set("/?#\\ \r\n\0")
    assert unquote(segment) == value


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({}, ""),
        ({"a": None}, ""),
        ({"a": ""}, "a="),
        ({"a": True, "b": False}, "a=true&b=false"),
        ({"a": 1, "b": 2.5}, "a=1&b=2.5"),
        ({"a": "x y&z"}, "a=x+y%26z"),
        ({"a": ["x", "y"]}, "a=x&a=y"),
        ({"a": []}, ""),
        ({"a": {"b": 1, "c": None}}, "b=1"),
        ({"when": datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC)}, "when=2026-01-02T03%3A04%3A00%2B00%3A00"),
        ({"day": datetime.date(2026, 1, 2)}, "day=2026-01-02"),
        ({"s": Secret("s3 cret")}, "s=s3+cret"),
        ({"e": [Colour.RED, Level.HIGH, Plain.ON]}, "e=red&e=3&e=on"),
        ({"id": uuid.UUID(int=7)}, "id=00000000-0000-0000-0000-000000000007"),
    ],
)
def test_a_query_is_written_as_an_api_reads_it(query: dict[str, Any], text: str) -> None:
    assert encode_query(query, {}) == text


@pytest.mark.parametrize(
    ("style", "value", "pairs"),
    [
        ("form", ["a", "b"], [("f", "a"), ("f", "b")]),
        ("comma", ["a", "b"], [("f", "a,b")]),
        ("comma", ("a",), [("f", "a")]),
        ("comma", [], [("f", "")]),
        ("deepObject", {"a": 1, "b": {"c": [2, 3]}}, [("f[a]", "1"), ("f[b][c]", "2"), ("f[b][c]", "3")]),
        ("deepObject", MappingProxyType({"a": None}), []),
        ("deepObject", Model(additional_properties={"a": 1}), [("f[a]", "1")]),
    ],
)
def test_each_style_has_its_spelling(style: Any, value: Any, pairs: list[tuple[str, str]]) -> None:
    assert parse_qsl(encode_query({"f": value}, {"f": style}), keep_blank_values=True) == pairs


def recursive() -> dict[str, Any]:
    loop: dict[str, Any] = {}
    loop["again"] = loop
    return loop


@pytest.mark.parametrize(
    "value", [object(), b"bytes", math.nan, math.inf, "\ud800", [None], [["nested"]], {"a": object()}, recursive()]
)
def test_a_query_value_that_is_no_text_is_refused(make: MakeWorld, value: Any) -> None:
    world = make()

    with pytest.raises(AcmeInvalidRequestError, match=r"things.get: the query cannot be sent"):
        world.client.call(get(extra_query={"q": value}))

    assert world.server.requests == []


def test_extra_query_is_added_and_wins(make: MakeWorld) -> None:
    world = make()

    world.client.request("GET", "/x", query={"a": 1, "b": 1}, options={"extra_query": {"b": 2, "c": 3}})

    assert world.server.requests[0].url == "https://core.test/v1/x?a=1&b=2&c=3"


@given(st.dictionaries(st.text(max_size=4), st.text(max_size=6) | st.integers(), max_size=3))
def test_a_query_is_written_as_the_standard_library_writes_it(query: dict[str, Any]) -> None:
    assert encode_query(query, {}) == urlencode(query)


@given(st.text(min_size=1, max_size=6).filter(lambda text: text not in {".", ".."}))
def test_a_segment_is_written_as_the_standard_library_writes_it(value: str) -> None:
    assert encode_segment(value) == quote(value, safe="")


@pytest.mark.parametrize("items", [["a,b"], ("x", "y,"), {","}])
def test_a_comma_within_an_item_of_a_list_of_commas_is_refused(make: MakeWorld, items: Any) -> None:
    world = make()
    operation = replace(LIST, query_styles={"tags": "comma"})

    with pytest.raises(AcmeInvalidRequestError, match="an item of tags has a comma in it"):
        world.client.paginate(Call(operation, query={"tags": items})).first_page()

    assert world.server.requests == []


def test_a_comma_within_an_item_of_another_list_is_sent() -> None:
    assert encode_query({"tags": ["a,b", "c"]}, {}) == "tags=a%2Cb&tags=c"


def test_a_time_without_an_offset_is_no_text_for_a_query() -> None:
    with pytest.raises(ValueError, match="a time needs an offset"):
        encode_query({"at": datetime.datetime(2026, 1, 2)}, {})  # that is the point
