"""Fault rules written as JSON."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ._faults import Fault
from ._shapes import as_object

_TEXT = (str, type(None))
_NUMBER = (int, float)
_WHOLE = (int, type(None))
_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "method": (_TEXT, "a text"),
    "path": (_TEXT, "a text"),
    "operation": (_TEXT, "a text"),
    "when_header": (_TEXT, "a text"),
    "status": (_WHOLE, "a whole number"),
    "headers": ((dict,), "an object of texts"),
    "body": ((object,), "anything"),
    "delay": (_NUMBER, "a number of seconds"),
    "cut": (_TEXT, "before, headers or body"),
    "after_handler": ((bool,), "true or false"),
    "truncate": (_WHOLE, "a whole number"),
    "events": (_WHOLE, "a whole number"),
    "then": ((str,), "cut, silence, garbage or broken"),
    "drip": (_NUMBER, "a number of seconds"),
    "times": (_WHOLE, "a whole number, or null for ever"),
    "probability": (_NUMBER, "a number between 0 and 1"),
}


class BadRuleError(ValueError):
    """This is not a fault rule; the message says why."""


def fault_from(value: Any, operations: Collection[str]) -> Fault:
    """A rule from its JSON form, which has the same names as `Fault`."""
    fields = as_object(value)
    if fields is None:
        raise BadRuleError("A fault rule is a JSON object.")
    for name, given in fields.items():
        if name not in _KINDS:
            raise BadRuleError(f"A fault rule has no {name!r}; it has {', '.join(_KINDS)}.")
        kinds, wanted = _KINDS[name]
        wrong_bool = isinstance(given, bool) and bool not in kinds and object not in kinds
        if wrong_bool or not isinstance(given, kinds):
            raise BadRuleError(f"{name} has to be {wanted}.")
    if not all(isinstance(text, str) for text in fields.get("headers", {}).values()):
        raise BadRuleError("headers has to be an object of texts.")
    _refuse_unknown(fields.get("operation"), operations)
    try:
        return Fault(**fields)
    except ValueError as error:
        raise BadRuleError(str(error)) from None


def _refuse_unknown(name: str | None, operations: Collection[str]) -> None:
    if name is None or name in operations:
        return
    import difflib

    near = difflib.get_close_matches(name, operations, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise BadRuleError(f"There is no operation {name}.{hint}")
