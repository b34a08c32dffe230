"""The condition grammar of transitions."""

from __future__ import annotations

from typing import Any

import pytest

from interactor.workflows import Condition, DefinitionError
from interactor.workflows._conditions import OPERATORS, holds, is_missing, value_at

DATA: dict[str, Any] = {
    "amount": 1000,
    "rate": 1.0,
    "name": "Ada Lovelace",
    "tags": ["new", 3],
    "on": True,
    "nothing": None,
    "order": {"total": 7, "lines": [{"id": 1}]},
    "a.b": "exact",
    "day": "2026-01-20",
}
CASES = [
    ("amount", "equals", 1000, True),
    ("amount", "equals", 1000.0, True),
    ("amount", "equals", "1000", False),
    ("rate", "equals", True, False),
    ("on", "equals", True, True),
    ("on", "equals", 1, False),
    ("nothing", "equals", None, True),
    ("missing", "equals", None, False),
    ("order", "equals", {"lines": [{"id": 1}], "total": 7}, True),
    ("order", "equals", {"total": 7}, False),
    ("tags", "equals", ["new", 3], True),
    ("tags", "equals", [3, "new"], False),
    ("amount", "not_equals", 1, True),
    ("amount", "not_equals", 1000, False),
    ("missing", "not_equals", 1, True),
    ("amount", "gt", 999, True),
    ("amount", "gt", 1000, False),
    ("amount", "gte", 1000, True),
    ("amount", "gte", 1001, False),
    ("amount", "lt", 1001, True),
    ("amount", "lt", 1000, False),
    ("amount", "lte", 1000, True),
    ("amount", "lte", 999, False),
    ("day", "gt", "2026-01-19", True),
    ("amount", "gt", "1", False),
    ("on", "gte", 0, False),
    ("missing", "lt", 5, False),
    ("name", "contains", "Love", True),
    ("name", "contains", "love", False),
    ("name", "contains", 1, False),
    ("tags", "contains", "new", True),
    ("amount", "contains", "1", False),
    ("amount", "in", [1, 1000], True),
    ("amount", "in", [1], False),
    ("on", "in", [1], False),
    ("amount", "in", 1000, False),
    ("missing", "in", [None], False),
    ("order.total", "equals", 7, True),
    ("order.none", "equals", 7, False),
    ("order.total.deep", "equals", 7, False),
    ("a.b", "equals", "exact", True),
]
TRUE = {"field": "on", "equals": True}
FALSE = {"field": "on", "equals": False}


@pytest.mark.parametrize(("field", "operator", "value", "expected"), CASES)
def test_an_operator_decides(field: str, operator: str, value: object, expected: bool) -> None:
    assert holds({"field": field, "operator": operator, "value": value}, DATA) is expected


def test_every_documented_operator_is_in_the_table_with_both_answers() -> None:
    documented = {"equals", "not_equals", "gt", "gte", "lt", "lte", "contains", "in"}

    assert set(OPERATORS) == documented
    assert {(name, answer) for _, name, _, answer in CASES} == {(n, a) for n in documented for a in (True, False)}


@pytest.mark.parametrize("value", [1000, 1])
@pytest.mark.parametrize("operator", ["equals", "not_equals"])
def test_the_short_spelling_means_the_same(operator: str, value: int) -> None:
    short = holds({"field": "amount", operator: value}, DATA)

    assert short is holds({"field": "amount", "operator": operator, "value": value}, DATA)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (None, True),
        ({"and": [TRUE, TRUE]}, True),
        ({"and": [TRUE, FALSE]}, False),
        ({"and": []}, True),
        ({"or": [FALSE, TRUE]}, True),
        ({"or": [FALSE, FALSE]}, False),
        ({"or": []}, False),
        ({"or": [FALSE, {"and": [TRUE, {"or": [FALSE, TRUE]}]}]}, True),
        ({"and": [TRUE, {"or": [FALSE, {"and": [TRUE, FALSE]}]}]}, False),
    ],
)
def test_conditions_join(condition: dict[str, Any] | None, expected: bool) -> None:
    assert holds(condition, DATA) is expected


def test_a_missing_value_is_told_from_null() -> None:
    assert is_missing(value_at(DATA, "missing"))
    assert not is_missing(value_at(DATA, "nothing"))


def test_a_faulty_condition_is_not_decided() -> None:
    with pytest.raises(DefinitionError, match="gtt is no operator"):
        Condition({"field": "a", "operator": "gtt", "value": 1}).holds({"a": 1})
