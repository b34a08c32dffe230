"""JSON pointers into the document, and what stands at their ends."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

from ._errors import DocumentError
from ._shapes import as_list, as_object

_MAX_HOPS = 32


def child(pointer: str, *names: str | int) -> str:
    """The pointer of something inside of what `pointer` points at."""
    steps = (str(name).replace("~", "~0").replace("/", "~1") for name in names)
    return "/".join((pointer, *(quote(step, safe="~") for step in steps)))


def look_up(document: dict[str, Any], pointer: str) -> Any:
    """What stands at a pointer like `/components/schemas/Book`."""
    node: Any = document
    for step in pointer.split("/")[1:]:
        name = unquote(step).replace("~1", "/").replace("~0", "~")
        items = as_list(node)
        try:
            node = node[name] if items is None else items[int(name)]
        except (LookupError, TypeError, ValueError):
            raise DocumentError(f"The document has nothing at #{pointer}.") from None
    return node


def follow(document: dict[str, Any], pointer: str) -> tuple[str, dict[str, Any]]:
    """Where the references that start at `pointer` end: the last pointer and the object there."""
    for _ in range(_MAX_HOPS):
        node = as_object(look_up(document, pointer))
        if node is None:
            raise DocumentError(f"The document should have an object at #{pointer}.")
        reference = node.get("$ref")
        if not isinstance(reference, str):
            return pointer, node
        if not reference.startswith("#/"):
            raise DocumentError(f"The reference {reference} leads out of the document.")
        pointer = reference[1:]
    raise DocumentError(f"The references at #{pointer} go round in a circle.")
