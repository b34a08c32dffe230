"""The product's error classes, one for each class of the runtime's own tree."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from tandem import TandemError


@dataclass(frozen=True, slots=True)
class ErrorClass:
    """One class of the generated tree."""

    name: str
    parent: str
    doc: str


def error_classes(root: str) -> list[ErrorClass]:
    """Every class below the root, parents before children."""
    return [
        ErrorClass(found.__name__, root if found.__base__ is TandemError else str(found.__base__.__name__), _doc(found))
        for found in _below(TandemError)
        if found.__base__ is not None
    ]


def drawn_tree(root: str) -> str:
    """The tree as the runtime draws it, under the product's root."""
    lines = (sys.modules[TandemError.__module__].__doc__ or "").splitlines()
    tree = [line for line in lines if line.startswith("    ")]
    return "\n".join(line.replace(TandemError.__name__, root) for line in tree)


def _below(cls: type[TandemError]) -> list[type[TandemError]]:
    # Only the runtime's own: other products' errors may have been loaded into the same process.
    own = [child for child in cls.__subclasses__() if child.__module__ == TandemError.__module__]
    return [found for child in own for found in (child, *_below(child))]


def _doc(cls: type[TandemError]) -> str:
    return (cls.__doc__ or cls.__name__).strip()
