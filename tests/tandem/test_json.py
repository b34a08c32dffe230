"""JSON reads the same with and without the native decoder."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem import _json


def strict(data: bytes) -> Any:
    """Stands for a native decoder: refuses what such decoders refuse, and makes floats of long numbers."""

    def refuse(text: str) -> Any:
        raise ValueError(text)

    def number(text: str) -> int | float:
        return int(text) if -(2**63) <= int(text) < 2**64 else float(text)

    return json.loads(data.decode(), parse_constant=refuse, parse_int=number)


def installed() -> list[Callable[[bytes], Any]]:
    if find_spec("orjson") is None:
        return []
    return [import_module("orjson").loads]


DECODERS: list[Callable[[bytes], Any] | None] = [None, strict, *installed()]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.fixture(autouse=True, params=DECODERS, ids=lambda decoder: getattr(decoder, "__name__", "json"))
def decoder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_json, "_native", lambda: request.param)


def outcome(read: Callable[[bytes], Any], data: bytes) -> str:
    try:
        value = read(data)
    except (ValueError, RecursionError) as problem:
        return f"{type(problem).__name__}: {problem}"
    return f"{type(value).__name__}: {value!r}"


ODD = [
    *(b"", b" [1]\n", b"NaN", b"-Infinity", b"1e400", b"-0", b"-0.0", b"01", b"[1,]"),
    *(b'"\\ud800"', b'"\x01"', b'"\xff"', b'"\\u0000"', b'{"a":1,"a":2}'),
    *(b"18446744073709551615", b"18446744073709551616", b"-9223372036854775809", b"1" * 5000),
    *(b"\xef\xbb\xbf1", "[1]".encode("utf-16"), b"[" * 900 + b"]" * 900, b'{"a":' * 1100),
]


@pytest.mark.parametrize("data", ODD, ids=lambda data: repr(data[:20]))
def test_odd_json_reads_as_with_the_standard_library(data: bytes) -> None:
    assert outcome(_json.loads, data) == outcome(json.loads, data)


@pytest.mark.parametrize("place", range(8))
def test_a_long_number_stays_whole_wherever_it_stands(place: int) -> None:
    data = b" " * place + b'{"n":-9223372036854775809}'

    assert _json.loads(data) == {"n": -(2**63) - 1}


@settings(max_examples=40, deadline=None)
@given(VALUES)
def test_any_value_comes_back_as_it_was(value: Any) -> None:
    assert repr(_json.loads(json.dumps(value).encode())) == repr(value)


def test_a_text_of_great_depth_ends_in_an_error_of_depth() -> None:
    with pytest.raises(RecursionError):
        _json.loads(b"[" * 100_000 + b"]" * 100_000)


def test_a_long_text_is_read_without_a_copy_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(data: bytes) -> Any:
        raise AssertionError("it was asked")

    monkeypatch.setattr(_json, "_native", lambda: never)

    assert math.isclose(_json.loads(b" " * 5_000_000 + b"1.5"), 1.5)
