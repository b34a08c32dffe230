"""Conditions as one writes them in Python."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from interactor.workflows import Condition, DefinitionError, field

A, B, C = field("a") == 1, field("b") > 2, field("c") == "x"


@pytest.mark.parametrize(
    ("condition", "raw"),
    [
        (field("status") == "done", {"field": "status", "equals": "done"}),
        (field("status") != "done", {"field": "status", "not_equals": "done"}),
        (field("done").is_true(), {"field": "done", "equals": True}),
        (field("done").is_false(), {"field": "done", "equals": False}),
        (field("amount") > 1, {"field": "amount", "operator": "gt", "value": 1}),
        (field("amount") >= 1, {"field": "amount", "operator": "gte", "value": 1}),
        (field("amount") < 1, {"field": "amount", "operator": "lt", "value": 1}),
        (field("amount") <= 1, {"field": "amount", "operator": "lte", "value": 1}),
        (field("mail").contains("@"), {"field": "mail", "operator": "contains", "value": "@"}),
        (field("order.kind").in_(("a", "b")), {"field": "order.kind", "operator": "in", "value": ["a", "b"]}),
        (A & B, {"and": [A.to_dict(), B.to_dict()]}),
        (A | B, {"or": [A.to_dict(), B.to_dict()]}),
        (A & B & C, {"and": [A.to_dict(), B.to_dict(), C.to_dict()]}),
        (A & (B | C), {"and": [A.to_dict(), {"or": [B.to_dict(), C.to_dict()]}]}),
    ],
)
def test_a_comparison_is_written_as_documented(condition: Condition, raw: dict[str, Any]) -> None:
    assert condition.to_dict() == raw
    assert Condition(raw) == condition
    assert hash(Condition(raw)) == hash(condition)


@pytest.mark.parametrize(
    ("condition", "line"),
    [
        (field("amount") <= 1000, "amount ≤ 1000"),
        (field("approved").is_true(), "approved"),
        (field("approved").is_false(), "not approved"),
        (A & (B | C), "a = 1 and (b > 2 or c = x)"),
        (A & B & C, "a = 1 and b > 2 and c = x"),
        (field("kind").in_(["a", "b"]), "kind in [a, b]"),
        (Condition({"field": "a"}), "?"),
    ],
)
def test_a_condition_reads_as_a_short_line(condition: Condition, line: str) -> None:
    assert str(condition) == line
    assert repr(condition) == f"<Condition {line}>"


def test_a_condition_is_decided_over_data() -> None:
    rich = (field("amount") > 1000) & (field("order.kind") == "new")

    assert rich.holds({"amount": 5000, "order": {"kind": "new"}})
    assert not rich.holds({"amount": 5000})


def test_and_or_of_python_are_refused_with_the_remedy() -> None:
    with pytest.raises(DefinitionError, match=r"join with & and \|"):
        bool(A and B)


def test_a_condition_cannot_be_changed_through_what_it_was_made_of() -> None:
    raw = {"field": "a", "operator": "in", "value": [1]}
    condition = Condition(raw)

    raw["value"] = [2]
    condition.to_dict()["value"].append(3)

    assert condition.to_dict()["value"] == [1]
    with pytest.raises(AttributeError):
        condition.other = 1


def test_a_condition_can_be_pickled() -> None:
    assert pickle.loads(pickle.dumps(A & B)) == A & B
