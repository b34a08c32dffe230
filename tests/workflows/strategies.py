"""Definitions of all kinds: sound ones, and ones with faults in any place."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from tandem._json import is_array, is_object

from .definitions import GOOD, Json

_ADDED = ("to", "target", "and", "instruction", "config", "threads", "equals", "operator", "key", "lable", "event")
_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10_000),
    st.sampled_from([0.5, 1e300, 30000.0]),
    st.sampled_from(
        ["", "x", "start", "end", "halting", "selection", "gt", "in", "${workflow_data.a}", "2026-02-30", "ü"]
    ),
)
values = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "field", "x", ""]), inner, max_size=3)
    ),
    max_leaves=6,
)
_comparisons = st.one_of(
    st.fixed_dictionaries({"field": st.sampled_from(["amount", "a.b"]), "equals": _scalars}),
    st.fixed_dictionaries({"field": st.just("kind"), "not_equals": _scalars}),
    st.fixed_dictionaries(
        {
            "field": st.just("amount"),
            "operator": st.sampled_from(["gt", "gte", "lt", "lte", "equals", "contains", "in"]),
            "value": st.one_of(st.integers(), st.just("x"), st.lists(st.integers(), max_size=2)),
        }
    ),
)
conditions: st.SearchStrategy[Json] = st.recursive(
    _comparisons,
    lambda inner: st.dictionaries(
        st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3), min_size=1, max_size=1
    ),
    max_leaves=5,
)
_when: st.SearchStrategy[Json] = st.fixed_dictionaries({}, optional={"condition": conditions})


@st.composite
def drawn_states(draw: st.DrawFn, least: int = 1, most: int = 7, ways: int = 4) -> Json:
    """A graph of states: every target exists, but not every state is reached."""
    names = [f"state_{index}" for index in range(draw(st.integers(least, most)))]
    states: Json = {}
    for name in names:
        kind = draw(st.sampled_from(["action", "halting", "terminal"]))
        states[name] = {"type": kind}
        if kind != "terminal":
            targets = draw(st.lists(st.sampled_from(names), max_size=ways))
            states[name]["transitions"] = [{"target": each, **draw(_when)} for each in targets]
    return {"name": "drawn", "initial_state": names[0], "states": states}


@st.composite
def definitions(draw: st.DrawFn) -> Json:
    """A sound definition with up to three changes anywhere in it."""
    definition: Json = copy.deepcopy(draw(st.one_of(st.sampled_from(GOOD), drawn_states())))
    for _ in range(draw(st.integers(0, 3))):
        _change(draw, definition)
    return definition


def _change(draw: st.DrawFn, definition: Json) -> None:
    definition.setdefault("name", "again")
    holder, key = draw(st.sampled_from(list(places(definition))))
    match draw(st.sampled_from(["replace", "remove", "add", "repeat", "nest"])):
        case "replace":
            holder[key] = draw(values)
        case "remove":
            del holder[key]
        case "add" if is_object(holder):
            holder[draw(st.sampled_from(["to", "and", "instruction", "threads", "equals", "key", "lable"]))] = draw(
                values
            )
        case "repeat" if is_array(holder):
            holder += (copy.deepcopy(holder[key]) for _ in range(draw(st.sampled_from([1, 25, 60]))))
        case _:
            holder[key] = [holder[key]]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every member and item, at any depth, with what it is in."""
    keys: list[Any] = [*value] if is_object(value) else [*range(len(value))] if is_array(value) else []
    for key in keys:
        yield value, key
        yield from places(value[key])
