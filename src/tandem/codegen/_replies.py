"""What an operation answers, and where in the reply its result stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tandem.models import is_array, is_object

from ._document import Node, resolve
from ._problem import CodegenError
from ._schemas import Schemas
from ._sdk import Sdk
from ._shapes import Shape, Shapes
from ._unions import STREAMED

_EVENTS = "text/event-stream"
_EMPTY = Shape("Empty", "Empty", "Empty.from_dict({})")


@dataclass(frozen=True, slots=True)
class Reply:
    """The result of an operation: `kind` is how the bytes are read, `keys` lead to the result in JSON.

    `schema` is the result's own schema in normal form, where there is one. A `paged` result is an item of a list.
    """

    kind: str
    shape: Shape
    keys: tuple[str, ...] = ()
    schema: Node | None = None
    paged: bool = False

    @property
    def decoder(self) -> str:
        """The function that decodes the result. Items of a page are nobody else's: they need no copy."""
        decoder = self.shape.decoder
        return decoder.replace(".from_dict", ".from_fresh") if self.paged and self.shape.objects else decoder


def reply_of(document: Node, raw: Node, sdk: Sdk, place: str, name: str, schemas: Schemas, shapes: Shapes) -> Reply:
    """The reply that an operation gives when it succeeds."""
    media_type, media = _success(document, raw, place)
    if not media_type:
        return Reply("none", _EMPTY)
    if sdk.stream:
        if media_type != _EVENTS:
            raise CodegenError(f"{place}: x-sdk says `stream: sse`, but the reply is {media_type!r}.")
        schema = _events(document, media.get("schema", {}), name + "Event", schemas)
        return Reply("sse", shapes.of(schema), (), schema)
    if media_type == "application/json" or media_type.endswith("+json"):
        return _json(media.get("schema", {}), sdk, place, name, schemas, shapes)
    if media_type.startswith("text/"):
        return Reply("text", Shape("str", "str"))
    return Reply("bytes", Shape("bytes", "bytes"))


def _success(document: Node, raw: Node, place: str) -> tuple[str, Node]:
    found: list[tuple[str, Node]] = []
    for status, response in raw.get("responses", {}).items():
        if status.startswith("2"):
            content = resolve(document, response).get("content", {})
            found += [pair for pair in content.items() if pair not in found]
    if not any(status.startswith("2") for status in raw.get("responses", {})):
        raise CodegenError(f"{place} has no reply for success (2xx).")
    if len({(media_type, str(media.get("schema"))) for media_type, media in found}) > 1:
        raise CodegenError(f"{place}: its successful replies differ; a method returns one type.")
    return found[0] if found else ("", {})


def _events(document: Node, schema: Node, name: str, schemas: Schemas) -> Node:
    """The schema of a stream's events. A union of them has a name for that alone: elsewhere it may be a dict too."""
    found = schemas.name(schema)
    if found is not None and _stands_elsewhere(document, f"#/components/schemas/{found}"):
        target = schemas.target(schema)
        schema = target if schemas.kind(target) == "union" else schema
    placed = schemas.place(schema, name)
    found = schemas.name(placed)
    if found is not None and schemas.kind(schemas.normal[found]) == "union":
        schemas.normal[found] = {**schemas.normal[found], STREAMED: True}
    return placed


def _stands_elsewhere(part: Any, reference: str) -> bool:
    """Whether anything but event streams refers to a component."""
    if is_array(part):
        return any(_stands_elsewhere(one, reference) for one in part)
    if not is_object(part):
        return False
    events: Any = part.get(_EVENTS)
    streamed = is_object(events) and events.get("schema") == {"$ref": reference}
    rest = [one for key, one in part.items() if not (streamed and key == _EVENTS)]
    return part.get("$ref") == reference or any(_stands_elsewhere(one, reference) for one in rest)


def _json(schema: Node, sdk: Sdk, place: str, name: str, schemas: Schemas, shapes: Shapes) -> Reply:
    pages = sdk.paginate != "none" or sdk.method == "list"
    keys = tuple(key for key in (sdk.items if pages else sdk.result).split(".") if key)
    for key in keys:
        properties = schemas.properties(schemas.target(schema))
        if key not in properties:
            raise CodegenError(f"{place}: the reply has no {'.'.join(keys)!r}; correct `result` or `items` of x-sdk.")
        schema = properties[key]
    if pages:
        target = schemas.target(schema)
        if target.get("type") != "array":
            raise CodegenError(
                f"{place}: {'.'.join(keys) or 'the reply'!r} is no array, so there is nothing to page through."
            )
        item = schemas.place(target.get("items", {}), name + "Item")
        return Reply("json", shapes.of(item), keys, item, paged=True)
    result = schemas.place(schema, name + "Result")
    return Reply("json", shapes.of(result), keys, result)
