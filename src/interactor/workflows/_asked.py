"""What an instance asks for, as plain objects: what a platform sent need not be what it documents."""

from __future__ import annotations

from typing import Any

from tandem._json import is_array, is_object


def as_object(value: Any) -> dict[str, Any]:
    """A model, or a decoded object; what is neither is empty."""
    to_dict = getattr(value, "to_dict", None)
    plain = value if to_dict is None else to_dict()
    return plain if is_object(plain) else {}


def objects_in(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; what is none is left out."""
    return [as_object(item) for item in value if as_object(item)] if is_array(value) else []
