"""Text that becomes values, and bodies that become JSON."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.sandbox._bodies import MalformedBodyError, parse_json
from tandem.sandbox._operations import Parameter
from tandem.sandbox._values import Values

values = Values({"components": {"schemas": {"Count": {"type": "integer"}}}})


def query(schema: dict[str, Any], *sent: tuple[str, str], style: str = "form", explode: bool = True) -> Any:
    parameter = Parameter("p", "query", False, "", schema, style, explode)
    return values.from_query(parameter, sent)


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"type": "integer"}, "12", 12),
        ({"type": "integer"}, "-3", -3),
        ({"type": "integer"}, "007", "007"),
        ({"type": "integer"}, "1e3", "1e3"),
        ({"type": "integer"}, "٣", "٣"),
        ({"type": "integer"}, "", ""),
        ({"type": "number"}, "1.50", 1.5),
        ({"type": "number"}, "1e999", "1e999"),
        ({"type": "number"}, "nan", "nan"),
        ({"type": "boolean"}, "true", True),
        ({"type": "boolean"}, "yes", "yes"),
        ({"type": "string"}, "12", "12"),
        ({"type": ["integer", "null"]}, "4", 4),
        ({"type": "null"}, "", None),
        ({"$ref": "#/components/schemas/Count"}, "5", 5),
        ({"anyOf": [{"type": "boolean"}, {"type": "string"}]}, "false", False),
        ({}, "12", "12"),
    ],
)
def test_text_becomes_what_the_schema_speaks_of_and_stays_text_otherwise(
    schema: dict[str, Any], text: str, value: Any
) -> None:
    assert values.from_text(text, schema) == value


def test_a_list_is_sent_by_repeating_its_name() -> None:
    assert query({"type": "array", "items": {"type": "integer"}}, ("p", "1"), ("q", "9"), ("p", "2")) == [1, 2]


def test_a_list_that_is_not_exploded_is_separated_by_commas() -> None:
    assert query({"type": "array"}, ("p", "a,b"), explode=False) == ["a", "b"]


def test_a_list_may_have_other_separators() -> None:
    assert query({"type": "array"}, ("p", "a|b"), style="pipeDelimited", explode=False) == ["a", "b"]


def test_of_a_single_value_that_was_sent_twice_the_last_counts() -> None:
    assert query({"type": "integer"}, ("p", "1"), ("p", "2")) == 2


def test_a_deep_object_collects_its_fields() -> None:
    schema = {"type": "object", "properties": {"year": {"type": "integer"}}}

    assert query(schema, ("p[year]", "1815"), ("p[town]", "Bath"), style="deepObject") == {"year": 1815, "town": "Bath"}


def test_what_was_not_sent_is_none() -> None:
    assert query({"type": "string"}) is None
    assert query({"type": "object"}, ("p", "x"), style="deepObject") is None


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"\xff",
        b"NaN",
        b'{"a": Infinity}',
        b"1e999",
        b'"\\ud800"',
        b'{"\\udfff": 1}',
        b"[" * 100_000,
        b"[" * 300 + b"]" * 300,
        b"9" * 5000,
    ],
)
def test_what_is_not_strict_json_is_malformed(content: bytes) -> None:
    with pytest.raises(MalformedBodyError):
        parse_json(content)


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert parse_json(b'"\\ud83d\\ude00"') == "\U0001f600"


def test_many_brackets_in_a_row_are_not_depth() -> None:
    assert len(parse_json(b"[" + b"[],{}," * 300 + b"0]")) == 601


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_but_malformed(content: bytes) -> None:
    with contextlib.suppress(MalformedBodyError):
        json.dumps(parse_json(content), allow_nan=False).encode()
