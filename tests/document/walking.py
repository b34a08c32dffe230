"""Ways through an OpenAPI document: its operations, references, schemas and examples. Places are JSON pointers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeGuard, cast

Json = dict[str, Any]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
# Where a schema object holds further schema objects.
SCHEMA_LISTS = ("oneOf", "anyOf", "allOf", "prefixItems")
SCHEMA_MAPS = ("properties", "patternProperties", "$defs")
SCHEMA_FIELDS = ("items", "additionalProperties", "not", "contains", "if", "then", "else", "propertyNames")
# Values of these are data, in which nothing is to be looked for.
DATA = frozenset({"example", "examples", "enum", "const", "default"})


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    path: str
    method: str
    node: Json

    @property
    def place(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def sdk(self) -> Json:
        return cast(Json, self.node.get("x-sdk", {}))

    @property
    def name(self) -> str:
        return f"{self.sdk.get('resource')}.{self.sdk.get('method')}"


def operations(document: Json) -> list[Operation]:
    return [
        Operation(path, method, item[method])
        for path, item in document.get("paths", {}).items()
        for method in METHODS
        if method in item
    ]


def is_list(node: Any) -> TypeGuard[list[Any]]:
    return isinstance(node, list)


def is_object(node: Any) -> TypeGuard[Json]:
    return isinstance(node, dict)


def escape(key: object) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")


def resolve(document: Json, reference: str) -> Any:
    """What a local reference points to. KeyError when it points nowhere."""
    node: Any = document
    for part in reference.removeprefix("#/").split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        node = node[int(key)] if is_list(node) else node[key]
    return node


def deref(document: Json, node: Json) -> Json:
    """The node, or what its `$ref` points to; the node itself when the reference dangles."""
    if "$ref" not in node:
        return node
    try:
        return cast(Json, resolve(document, node["$ref"]))
    except (KeyError, IndexError, ValueError, TypeError):
        return node


def children(node: Any, place: str) -> Iterator[tuple[str, str, Any]]:
    """What a list or an object holds: key, place and value of each."""
    pairs: list[tuple[Any, Any]] = []
    if is_list(node):
        pairs = list(enumerate(node))
    elif is_object(node):
        pairs = list(node.items())
    for key, value in pairs:
        yield str(key), f"{place}/{escape(key)}", value


def references(node: Any, place: str = "#") -> Iterator[tuple[str, str]]:
    """Every reference with its place, those of discriminator mappings included."""
    for key, here, value in children(node, place):
        if isinstance(value, str) and (key == "$ref" or place.endswith("/discriminator/mapping")):
            yield here, value
        else:
            yield from references(value, here)


def schemas(document: Json) -> Iterator[tuple[str, Json]]:
    """Every schema object of the document with its place, nested ones included."""
    for name, schema in document.get("components", {}).get("schemas", {}).items():
        yield from subschemas(schema, f"#/components/schemas/{escape(name)}")
    for section in ("paths", "webhooks", "components"):
        yield from _schemas_below(document.get(section, {}), f"#/{section}")


def _schemas_below(node: Any, place: str) -> Iterator[tuple[str, Json]]:
    if place == "#/components/schemas":
        return
    for key, here, value in children(node, place):
        if key == "schema":
            yield from subschemas(value, here)
        elif key not in DATA:
            yield from _schemas_below(value, here)


def subschemas(schema: Any, place: str) -> Iterator[tuple[str, Json]]:
    if not is_object(schema):
        return
    yield place, schema
    for key in SCHEMA_FIELDS:
        yield from subschemas(schema.get(key), f"{place}/{key}")
    for key in SCHEMA_LISTS:
        for index, item in enumerate(schema.get(key, [])):
            yield from subschemas(item, f"{place}/{key}/{index}")
    for key in SCHEMA_MAPS:
        for name, item in schema.get(key, {}).items():
            yield from subschemas(item, f"{place}/{key}/{escape(name)}")


def examples(document: Json) -> Iterator[tuple[str, str, Any]]:
    """Every example: its place, the place of the schema that it has to fit, and its value."""
    for place, schema in schemas(document):
        for index, value in enumerate(schema.get("examples", [])):
            yield f"{place}/examples/{index}", place, value
    for section in ("paths", "webhooks", "components"):
        yield from _examples_below(document.get(section, {}), f"#/{section}")


def _examples_below(node: Any, place: str) -> Iterator[tuple[str, str, Any]]:
    if place == "#/components/schemas":
        return
    if is_object(node) and "schema" in node:
        yield from _examples_of(node, place)
        return
    for key, here, value in children(node, place):
        if key not in DATA:
            yield from _examples_below(value, here)


def _examples_of(holder: Json, place: str) -> Iterator[tuple[str, str, Any]]:
    """The examples of a media type, parameter or header."""
    if "example" in holder:
        yield f"{place}/example", f"{place}/schema", holder["example"]
    for name, example in holder.get("examples", {}).items():
        yield f"{place}/examples/{escape(name)}", f"{place}/schema", example["value"]
