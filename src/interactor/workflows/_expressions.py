"""Conditions as one writes them in Python: `(field("amount") > 1000) & (field("approved") == True)`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, NoReturn

from tandem._json import is_array, is_object

from ._condition_rules import condition as rule
from ._conditions import comparison, holds
from ._faults import DefinitionError, faulty
from ._plain import plain

_SIGNS: Final = {"equals": "=", "not_equals": "≠", "gt": ">", "gte": "≥", "lt": "<", "lte": "≤"}
_LONGEST_VALUE = 24


class Condition:
    """When a transition is taken. Made by comparing a `field`, joined by `&` and `|`.

    rich = field("amount") > 1000
    (rich & (field("approved") == True)).holds({"amount": 5000, "approved": True})    # True
    """

    __slots__ = ("_raw",)
    _raw: dict[str, Any]

    def __init__(self, raw: Mapping[str, Any]) -> None:
        """From the JSON of a condition, such as `{"field": "amount", "operator": "gt", "value": 1000}`."""
        object.__setattr__(self, "_raw", plain(raw))

    def to_dict(self) -> dict[str, Any]:
        """The condition as JSON."""
        copied: dict[str, Any] = plain(self._raw)
        return copied

    def holds(self, data: Mapping[str, Any]) -> bool:
        """Whether it holds for this workflow data. Raises DefinitionError when the condition has a fault."""
        wrong = [each for each in rule((), self._raw) if each.severity == "error"]
        if wrong:
            raise faulty("The condition cannot be decided", wrong)
        return holds(self._raw, data)

    def __and__(self, other: Condition) -> Condition:
        return _joined("and", self, other)

    def __or__(self, other: Condition) -> Condition:
        return _joined("or", self, other)

    def __bool__(self) -> NoReturn:
        raise DefinitionError("A condition is neither true nor false before it has data: join with & and |, not and/or")

    def __eq__(self, other: object) -> bool:
        return self._raw == other._raw if isinstance(other, Condition) else NotImplemented

    def __hash__(self) -> int:
        return hash(json.dumps(self._raw, sort_keys=True))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"A condition cannot be changed; make another one instead of setting {name}")

    def __reduce__(self) -> tuple[Any, ...]:
        return Condition, (self._raw,)

    def __str__(self) -> str:
        return told(self._raw)

    def __repr__(self) -> str:
        return f"<Condition {told(self._raw)}>"


class Field:
    """A field of the workflow data, to be compared; dots lead into nested objects. Made by `field("order.total")`."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def __eq__(self, value: object) -> Condition:  # type: ignore[override]  # a comparison is what it is made for
        return Condition({"field": self.path, "equals": value})

    def __ne__(self, value: object) -> Condition:  # type: ignore[override]  # a comparison is what it is made for
        return Condition({"field": self.path, "not_equals": value})

    __hash__ = None  # type: ignore[assignment]  # equality is not a question here

    def __gt__(self, value: float | str) -> Condition:
        return self._compared("gt", value)

    def __ge__(self, value: float | str) -> Condition:
        return self._compared("gte", value)

    def __lt__(self, value: float | str) -> Condition:
        return self._compared("lt", value)

    def __le__(self, value: float | str) -> Condition:
        return self._compared("lte", value)

    def is_true(self) -> Condition:
        """The field is true: `field("approved") == True`, in words that no linter minds."""
        return Condition({"field": self.path, "equals": True})

    def is_false(self) -> Condition:
        """The field is false."""
        return Condition({"field": self.path, "equals": False})

    def contains(self, text: Any) -> Condition:
        """The field's text has this text in it."""
        return self._compared("contains", text)

    def in_(self, values: Iterable[Any]) -> Condition:
        """The field's value is one of these."""
        return self._compared("in", list(values))

    def __repr__(self) -> str:
        return f"field({self.path!r})"

    def _compared(self, operator: str, value: Any) -> Condition:
        return Condition({"field": self.path, "operator": operator, "value": value})


def field(path: str) -> Field:
    """A field of the workflow data, by name; dots lead into nested objects.

    field("amount") <= 1000
    field("customer.country").in_(["DE", "FR"])
    field("status") == "approved"
    """
    return Field(path)


def told(condition: Any, *, within: bool = False) -> str:
    """A condition in a short line: `amount > 1000 and approved`. Whatever it is."""
    if not is_object(condition):
        return "?"
    for join in ("and", "or"):
        parts = condition.get(join)
        if is_array(parts):
            line = f" {join} ".join(told(part, within=True) for part in parts)
            return f"({line})" if within and len(parts) > 1 else line
    try:
        operator, value = comparison(condition)
        return _compared(str(condition["field"]), str(operator), value)
    except KeyError:
        return "?"


def _compared(name: str, operator: str, value: Any) -> str:
    if isinstance(value, bool) and operator in ("equals", "not_equals"):
        return name if value is (operator == "equals") else f"not {name}"
    return f"{name} {_SIGNS.get(operator, operator)} {_short(value)}"


def _short(value: Any) -> str:
    if is_array(value):
        line = f"[{', '.join(_short(item) for item in value)}]"
    else:
        line = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return line if len(line) <= _LONGEST_VALUE else f"{line[: _LONGEST_VALUE - 1]}…"


def _joined(join: str, one: Condition, other: Condition) -> Condition:
    """Conditions joined by the same word stand side by side: `a & b & c` is one list of three."""
    parts: list[Any] = []
    for part in (one.to_dict(), other.to_dict()):
        parts += part[join] if part.keys() == {join} else [part]
    return Condition({join: parts})
