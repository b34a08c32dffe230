"""The rules for conditions.

Source: Interactor workflows guide, Transition Conditions and Complex Conditions.
"""

from __future__ import annotations

from typing import Any

from tandem._json import is_array, is_object

from ._conditions import OPERATORS, SHORT, is_number
from ._places import Place
from ._rules import Found, anything, fault, kind_of, listed, meant, record, shown, unknown, warning, words

_FORMS = ("and", "or", *SHORT, "operator")
_ORDERED = ("gt", "gte", "lt", "lte")


def condition(place: Place, value: Any) -> Found:
    """A comparison of one field, or several conditions joined."""
    if not is_object(value):
        yield from record({}, {})(place, value)
        return
    forms = [form for form in _FORMS if form in value]
    if not forms:
        names = f"{', '.join(_FORMS[:-1])} or {_FORMS[-1]}"
        yield fault(place, "no_condition", f"is no condition: it needs one of {names}{_misspelt(value)}")
    elif len(forms) > 1:
        yield fault(place, "ambiguous", f"has {' and '.join(forms)}: only one of them can decide")
    else:
        yield from _BY_FORM[forms[0]](place, value)


def _misspelt(value: dict[str, Any]) -> str:
    guesses = (meant(name, _FORMS) for name in value if name != "field")
    return next((guess for guess in guesses if guess), "")


def _compared(place: Place, value: Any) -> Found:
    """`operator` and `value`, which have to fit each other."""
    yield from record({"field": words, "operator": anything, "value": anything}, {})(place, value)
    name = value["operator"]
    if not isinstance(name, str) or name not in OPERATORS:
        known = ", ".join(OPERATORS)
        message = f"{shown(name)} is no operator; there are {known}{meant(name, OPERATORS)}"
        yield fault((*place, "operator"), "unknown_operator", message)
    elif "value" in value:
        yield from _operand((*place, "value"), name, value["value"])


def _operand(place: Place, name: str, operand: Any) -> Found:
    if name in _ORDERED and not (is_number(operand) or isinstance(operand, str)):
        yield fault(place, "operand", f"{name} compares numbers or texts, not {kind_of(operand)}")
    elif name == "in" and not is_array(operand):
        yield fault(place, "operand", f"in looks into a list, not into {kind_of(operand)}")
    elif name == "in" and not operand:
        yield warning(place, "operand", "nothing is in an empty list: the condition never holds")
    elif name == "contains" and not isinstance(operand, str):
        yield warning(place, "operand", f"contains is documented for texts, not for {kind_of(operand)}")


def _joined(form: str) -> Any:
    parts = listed(condition, least=1)

    def rule(place: Place, value: Any) -> Found:
        yield from parts((*place, form), value[form])
        for name in value:
            if name != form:
                yield from unknown(place, name, ())

    return rule


_BY_FORM = {
    "and": _joined("and"),
    "or": _joined("or"),
    "equals": record({"field": words, "equals": anything}, {}),
    "not_equals": record({"field": words, "not_equals": anything}, {}),
    "operator": _compared,
}
