"""What a tool delivered, as the assistant reads it."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import enum
import pathlib
import uuid
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

import attrs
import pydantic
import pytest

from interactor._functions._results import NoResultError, failure, result_of
from interactor.models import ToolCall


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Place:
    name: str
    opened: datetime.date


@attrs.define
class Point:
    x: float


class Order(pydantic.BaseModel):
    due: datetime.date


class Pair(NamedTuple):
    left: int
    right: Colour


class Unwilling(Exception):
    def __str__(self) -> str:
        raise RuntimeError


DAY = datetime.date(2026, 1, 20)


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        (None, None),
        ("ä", "ä"),
        ([1, 2.5, True], [1, 2.5, True]),
        ((1, 2), [1, 2]),
        ({1}, [1]),
        ({1: 2}, {"1": 2}),
        (MappingProxyType({"a": 1}), {"a": 1}),
        (collections.deque([1]), [1]),
        ({"a": 1}.keys(), ["a"]),
        (DAY, "2026-01-20"),
        (datetime.datetime(2026, 1, 20, tzinfo=datetime.UTC), "2026-01-20T00:00:00+00:00"),
        (Decimal("3.10"), "3.10"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (pathlib.PurePosixPath("/a"), "/a"),
        (Colour.RED, "red"),
        (Place("a", DAY), {"name": "a", "opened": "2026-01-20"}),
        ([Point(1.0)], [{"x": 1.0}]),
        (Order(due=DAY), {"due": "2026-01-20"}),
        (Pair(1, Colour.RED), [1, "red"]),
        (
            ToolCall(id="a", tool_id="b", arguments={}, status="pending"),
            {"id": "a", "tool_id": "b", "arguments": {}, "status": "pending"},
        ),
    ],
)
def test_what_a_tool_returns_is_told_as_json(returned: Any, told: Any) -> None:
    assert result_of(returned) == told


@pytest.mark.parametrize("returned", [object(), b"bytes", float("nan"), {(1, 2): 3}, iter([1]), print])
def test_what_json_cannot_say_is_no_result(returned: Any) -> None:
    with pytest.raises(NoResultError, match=f"of type {type(returned).__name__}, which JSON cannot say"):
        result_of(returned)


def test_what_holds_itself_is_no_result() -> None:
    endless: list[Any] = []
    endless.append(endless)

    with pytest.raises(NoResultError):
        result_of(endless)


def test_a_coroutine_is_no_result() -> None:
    async def later() -> None: ...

    with pytest.raises(NoResultError, match="Make it an async function"):
        result_of(later())


def test_a_failure_is_told_by_its_name_and_text() -> None:
    assert failure(ValueError("no such city")) == "ValueError: no such city"
    assert failure(KeyError()) == "KeyError"
    assert failure(Unwilling()) == "Unwilling"


def test_a_long_failure_is_cut() -> None:
    assert len(failure(ValueError("x" * 10_000))) == 2_000
