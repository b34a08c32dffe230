"""JSON is read and written the same with and without the native library."""

from __future__ import annotations

import datetime
import json
import math
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

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


def hasty(value: Any) -> bytes:
    """Stands for a native encoder: makes null of what is no number, and refuses what such encoders refuse."""
    if _json.is_object(value) and not all(type(key) is str for key in value):
        raise TypeError("a key")
    return json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"), default=_json.plain).encode()


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if _json.is_object(value):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if _json.is_array(value) else value


CODECS = {"json": None, "strict": _json.Codec(strict, hasty)}
if find_spec("orjson") is not None:
    CODECS["orjson"] = _json.codec()


def values(floats: st.SearchStrategy[float]) -> st.SearchStrategy[Any]:
    return st.recursive(
        st.none() | st.booleans() | st.integers() | floats | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )


@pytest.fixture(autouse=True, params=CODECS.values(), ids=list(CODECS))
def native(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_json, "codec", lambda: request.param)


def outcome(do: Callable[[Any], Any], what: Any) -> str:
    try:
        value = do(what)
    except (ValueError, TypeError, RecursionError) as problem:
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
@given(values(st.floats(allow_nan=False)))
def test_any_value_comes_back_as_it_was(value: Any) -> None:
    assert repr(_json.loads(json.dumps(value).encode())) == repr(value)


class Colour(StrEnum):
    RED = "red"


class Level(IntEnum):
    LOW = 1


class Kind(Enum):
    NEW = "new"

    def to_dict(self) -> dict[str, Any]:
        return {"kind": self.value}


@dataclass
class Model:
    name: str

    def to_dict(self) -> dict[str, Any]:
        return {"is": self.name}


@dataclass
class Plain:
    name: str


class Pair(NamedTuple):
    left: int
    right: int


class Text(str):
    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        return {"is": str(self)}


class Table(dict[str, Any]):
    def to_dict(self) -> dict[str, Any]:
        return {"is": "a table"}


class Row(list[Any]):
    def to_dict(self) -> dict[str, Any]:
        return {"is": "a row"}


class Number(float):
    def to_dict(self) -> dict[str, Any]:
        return {"is": "a number"}


NOON = datetime.datetime(2026, 1, 2, 12, tzinfo=datetime.UTC)
RING: list[Any] = []
RING.append(RING)
WRITTEN: list[Any] = [
    *(None, "null", [None], {"a": None}, {"a": "null"}, "é\x7f\u2028", {"": [{}, [], ""]}, 1e16, -0.0, 2**64, -(2**70)),
    *(NOON, NOON.date(), NOON.astimezone(datetime.timezone(datetime.timedelta(hours=2))), {"at": NOON}),
    *(UUID(int=7), Colour.RED, {Colour.RED: Colour.RED}, {1: "a", None: 2, False: 3}, Pair(1, 2), Text("t"), (1, 2)),
    *({3}, MappingProxyType({"a": 1}), defaultdict(list, a=[1]), OrderedDict(a=Model("m")), [Model("m")]),
    *(Kind.NEW, [Level.LOW], Table(a=Text("t")), {"a": Row([Model("m")])}, [Number(1.5), Model("m")]),
]
REFUSED: list[Any] = [
    *(math.nan, [math.inf], {"a": -math.inf, "b": None}, "\ud800", {"\ud800": 1}, b"bytes", ..., Plain("p")),
    *(NOON.replace(tzinfo=None), {(1, 2): 3}, RING),
]


@pytest.mark.parametrize("value", WRITTEN, ids=lambda value: repr(value)[:30])
def test_any_value_is_written_as_without_a_native_library(value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found = _json.dumps(value)

    monkeypatch.setattr(_json, "codec", lambda: None)
    assert json.loads(found) == json.loads(_json.dumps(value))


@pytest.mark.parametrize("value", REFUSED, ids=lambda value: repr(value)[:30])
def test_what_json_cannot_say_is_refused_as_without_a_native_library(
    value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = outcome(_json.dumps, value)

    monkeypatch.setattr(_json, "codec", lambda: None)
    assert found == outcome(_json.dumps, value)
    assert not found.startswith("bytes")


@settings(max_examples=40, deadline=None)
@given(values(st.floats(allow_nan=False, allow_infinity=False)))
def test_any_value_is_sent_as_it_is(value: Any) -> None:
    assert repr(json.loads(_json.dumps(value).decode())) == repr(value)


def test_a_text_of_great_depth_ends_in_an_error_of_depth() -> None:
    with pytest.raises(RecursionError):
        _json.loads(b"[" * 100_000 + b"]" * 100_000)


def test_a_long_text_is_read_without_a_copy_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(data: bytes) -> Any:
        raise AssertionError("it was asked")

    monkeypatch.setattr(_json, "codec", lambda: _json.Codec(never, _json.dumps))

    assert math.isclose(_json.loads(b" " * 5_000_000 + b"1.5"), 1.5)
