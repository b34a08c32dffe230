"""Conditions of transitions, decided over the workflow data.

Source: Interactor workflows guide, Transition Conditions and Complex Conditions.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from tandem._json import is_array, is_object

_MISSING: Final = object()


def holds(condition: Mapping[str, Any] | None, data: Mapping[str, Any]) -> bool:
    """Whether a condition without faults holds. No condition always does."""
    if condition is None:
        return True
    if "and" in condition:
        return all(holds(part, data) for part in condition["and"])
    if "or" in condition:
        return any(holds(part, data) for part in condition["or"])
    name, value = comparison(condition)
    return OPERATORS[name](value_at(data, condition["field"]), value)


def comparison(condition: Mapping[str, Any]) -> tuple[str, Any]:
    """The operator and the operand of a condition on a field, in either of its spellings."""
    for short in SHORT:
        if short in condition:
            return short, condition[short]
    return condition["operator"], condition["value"]


def value_at(data: Mapping[str, Any], path: str) -> Any:
    """The value of a field; dots lead into nested objects. A mark of its own when there is none."""
    if path in data:
        return data[path]
    found: Any = data
    for name in path.split("."):
        if not is_object(found) or name not in found:
            return _MISSING
        found = found[name]
    return found


def is_missing(value: Any) -> bool:
    """Whether `value_at` found nothing."""
    return value is _MISSING


def same(one: Any, other: Any) -> bool:
    """Equality as JSON has it: 1 is 1.0, but true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if is_array(one) and is_array(other):
        return len(one) == len(other) and all(map(same, one, other))
    if is_object(one) and is_object(other):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    return bool(one == other)


def is_number(value: Any) -> bool:
    """Whether a value is a number of JSON; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Numbers compare with numbers and texts with texts (so do ISO dates); anything else is never greater or less."""

    def decide(found: Any, value: Any) -> bool:
        both_text = isinstance(found, str) and isinstance(value, str)
        return (both_text or (is_number(found) and is_number(value))) and compare(found, value)

    return decide


def _contains(found: Any, value: Any) -> bool:
    if isinstance(found, str):
        return isinstance(value, str) and value in found
    return _in(value, found)


def _in(found: Any, values: Any) -> bool:
    return is_array(values) and any(same(found, value) for value in values)


OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "equals": same,
    "not_equals": lambda found, value: not same(found, value),
    "gt": _ordered(operator.gt),
    "gte": _ordered(operator.ge),
    "lt": _ordered(operator.lt),
    "lte": _ordered(operator.le),
    "contains": _contains,
    "in": _in,
}
SHORT: Final = ("equals", "not_equals")
"""The operators that may stand in place of `operator` and `value`."""
