"""JSON values, copied from whatever a caller hands over."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Final, cast

from ._faults import DefinitionError
from ._limits import DEEPEST

_LARGEST: Final = 10**400
_ATOMS: Final = (str, int, float, bool, type(None))


def plain(value: Any, depth: int = 0) -> Any:
    """A deep copy of plain dicts, lists and scalars. Models become objects, dates texts, tuples and sets lists.

    Raises DefinitionError on what is no JSON, and on what is nested deeper than anybody can walk.
    """
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, int | float) and not abs(value) < _LARGEST:
        raise DefinitionError("A number in a definition is finite, and at most a few hundred digits long.")
    if isinstance(value, _ATOMS):
        return value
    if depth > DEEPEST:
        raise DefinitionError(f"A definition cannot be nested deeper than {DEEPEST} levels.")
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        return {_name(name): plain(item, depth + 1) for name, item in items}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item, depth + 1) for item in cast("Iterable[object]", value)]
    if isinstance(value, datetime.date):
        return value.isoformat()
    to_dict = getattr(value, "to_dict", None)
    if callable(to_dict):
        return plain(to_dict(), depth + 1)
    raise DefinitionError(f"A {type(value).__name__} cannot stand in a definition: give what JSON can say, or a model.")


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise DefinitionError(f"{name!r} cannot be a name in a definition: names are texts.")
    return name
