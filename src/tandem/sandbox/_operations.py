"""What the document says about one operation: parameters, body, replies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from ._pointers import child, follow, look_up
from ._shapes import as_list, as_object

Where = Literal["path", "query", "header", "cookie"]
Content = Mapping[str, "str | None"]  # schema pointers by media type
_NONE: Content = MappingProxyType({})


class Parameter(NamedTuple):
    """One declared parameter; `pointer` is where its schema stands."""

    name: str
    where: Where
    required: bool
    pointer: str
    schema: Mapping[str, Any]
    style: str
    explode: bool


class Body(NamedTuple):
    """A declared body; without content there is none."""

    content: Content = _NONE
    required: bool = False


class Response(NamedTuple):
    """One documented reply, with its headers as parameters."""

    content: Content
    headers: tuple[Parameter, ...]

    @property
    def has_json(self) -> bool:
        """Whether it has a JSON body."""
        return any(is_json(media_type) for media_type in self.content)

    @property
    def json_schema(self) -> str | None:
        """The pointer of the schema of its JSON body."""
        return next((pointer for media_type, pointer in self.content.items() if is_json(media_type)), None)


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON, or one of the many that end in +json."""
    return media_type == "application/json" or media_type.endswith("+json")


class OperationReader:
    """Reads an operation's parts out of the document, references followed."""

    def __init__(self, document: dict[str, Any], item_pointer: str, pointer: str) -> None:
        self._document = document
        self._item_pointer = item_pointer
        self._pointer = pointer

    def parameters(self) -> tuple[Parameter, ...]:
        """Those of the path, and those of the operation, which win."""
        found: dict[tuple[str, str], Parameter] = {}
        for owner in (self._item_pointer, self._pointer):
            for at, raw in self._listed(owner):
                made = self._parameter(at, raw, str(raw["name"]), raw["in"])
                found[made.where, made.name] = made
        return tuple(found.values())

    def body(self) -> Body:
        """The request body."""
        if "requestBody" not in look_up(self._document, self._pointer):
            return Body()
        at, raw = follow(self._document, child(self._pointer, "requestBody"))
        return Body(_content(at, raw), bool(raw.get("required")))

    def responses(self) -> dict[str, Response]:
        """The replies by status."""
        return {str(status): self._response(status) for status in self._part("responses")}

    def _response(self, status: str) -> Response:
        at, raw = follow(self._document, child(self._pointer, "responses", status))
        headers: list[Parameter] = []
        for name in as_object(raw.get("headers")) or {}:
            at_header, header = follow(self._document, child(at, "headers", name))
            headers.append(self._parameter(at_header, header, name, "header"))
        return Response(_content(at, raw), tuple(headers))

    def _parameter(self, at: str, raw: dict[str, Any], name: str, where: Where) -> Parameter:
        at_schema, schema = follow(self._document, child(at, "schema"))
        style = str(raw.get("style", "form" if where in ("query", "cookie") else "simple"))
        required = bool(raw.get("required"))
        return Parameter(name, where, required, at_schema, schema, style, bool(raw.get("explode", style == "form")))

    def _listed(self, owner: str) -> Iterator[tuple[str, dict[str, Any]]]:
        listed = as_list(look_up(self._document, owner).get("parameters")) or []
        for index in range(len(listed)):
            yield follow(self._document, child(owner, "parameters", index))

    def _part(self, name: str) -> dict[str, Any]:
        return as_object(look_up(self._document, self._pointer).get(name)) or {}


def _content(at: str, raw: dict[str, Any]) -> dict[str, str | None]:
    return {
        media_type: child(at, "content", media_type, "schema") if "schema" in entry else None
        for media_type, entry in (as_object(raw.get("content")) or {}).items()
    }
