"""Random models, built from the annotations of the generated classes."""

from __future__ import annotations

import datetime
import inspect
import re
import types
import typing
from functools import cache
from importlib import import_module
from typing import Any, Literal, TypeVar, Union

import attrs
from hypothesis import strategies as st

from tandem import ResponseMeta
from tandem.models import Model

M = TypeVar("M", bound=Model)
TEXT = st.text(max_size=8)
SCALAR = st.none() | st.booleans() | st.integers(-1000, 1000) | st.floats(allow_nan=False, allow_infinity=False) | TEXT
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=5
)
# Not the fields of any schema, so that no union takes such an object for one of its members.
UNLISTED = st.dictionaries(TEXT.map("unlisted ".__add__), JSON, min_size=1, max_size=2)
MOMENTS = st.datetimes(min_value=datetime.datetime(1970, 1, 1), timezones=st.just(datetime.UTC))
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: st.integers(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    type(None): st.none(),
    datetime.datetime: MOMENTS,
    datetime.date: st.dates(),
    Any: JSON,
}


_MADE: dict[type[Model], st.SearchStrategy[Any]] = {}


def models_of(cls: type[M]) -> st.SearchStrategy[M]:
    """Any instance of a model. Optional fields are often left out, so that recursion comes to an end."""
    if cls not in _MADE:
        _MADE[cls] = st.deferred(lambda: st.builds(cls, **_fields(cls)))
    return _MADE[cls]


def objects_like(cls: type[Model]) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects with the model's fields and anything at all in them."""
    known = frozenset(re.findall(r'take\(\s*"([^"]+)"', inspect.getsource(cls.from_fresh)))
    return st.dictionaries(st.sampled_from(sorted(known)) if known else TEXT, JSON, max_size=6)


@cache
def _names(package: str) -> dict[str, Any]:
    """What the annotations of a package's models may name."""
    models = import_module(f"{package}.models")
    return {**{name: getattr(models, name) for name in models.__all__}, "ResponseMeta": ResponseMeta}


def _fields(cls: type[Model]) -> dict[str, st.SearchStrategy[Any]]:
    hints = typing.get_type_hints(cls, localns=_names(cls.__module__.partition(".")[0]))
    shown = [field for field in attrs.fields(cls) if field.init and field.name != "additional_properties"]
    return {str(field.alias): _values(hints[field.name]) for field in shown}


def _member(hint: Any, *, alone: bool) -> st.SearchStrategy[Any]:
    return UNLISTED if typing.get_origin(hint) is dict and not alone else _values(hint)


def _values(hint: Any) -> st.SearchStrategy[Any]:
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return st.sampled_from(parts)
    if origin in {Union, types.UnionType}:
        # None first: hypothesis prefers early alternatives when it runs out of room.
        ordered = sorted(parts, key=lambda part: part is not type(None))
        return st.one_of([_member(part, alone=len(parts) == 2) for part in ordered])
    if origin is list:
        return st.lists(_values(parts[0]), max_size=2)
    if origin is dict:
        return st.dictionaries(TEXT, _values(parts[1]), max_size=2)
    if isinstance(hint, type) and issubclass(hint, Model):
        return models_of(hint)
    return PLAIN[hint]
