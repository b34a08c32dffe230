"""Everything that will be generated, decided before a file is written."""

from __future__ import annotations

from typing import Any

from tandem.models import is_array, is_object

from ._document import Node
from ._models import Models
from ._names import refuse_collisions
from ._operations import Operation, Operations
from ._problem import CodegenError
from ._resources import resource_tree
from ._schemas import Schemas
from ._sdk import root_of
from ._shapes import Shapes

_KEPT = ("$ref", "type", "format", "properties", "required", "items", "additionalProperties", "oneOf", "anyOf", "allOf")
_MAY_BE_HIDDEN = frozenset({"auth"})
"""Attributes of the client under which a product may have a resource of its own: the engine does not use them."""


class Plan:
    """Models, resources and errors of one document."""

    def __init__(self, document: Node) -> None:
        self.root = root_of(document)
        self._document = document
        try:
            self._schemas = Schemas(document)
            self._shapes = Shapes(self._schemas)
            self.operations = Operations(document, self.root, self._schemas, self._shapes).all
            self.models = Models(self._schemas, self._shapes)
        except RecursionError:
            raise CodegenError(
                "The schemas are nested too deeply, or refer to each other without an object between."
            ) from None
        self.resources = resource_tree(document, self.operations, [name for name, _ in self.models.exports()])
        tops = [(one.name, f"the resource {one.name!r}") for one in self.resources if len(one.path) == 1]
        refuse_collisions([*_client_attributes(), *tops], "The client")

    def for_parser(self) -> Node:
        """The document in the form that openapi-python-client understands without a warning.

        Its parser has its own ideas of defaults, titles, examples, headers, event streams and inline schemas; those
        are settled here already, so that what it still warns of is a real problem.
        """
        return {
            "openapi": self._document["openapi"],
            "info": {"title": self.root.title, "version": str(self._document.get("info", {}).get("version", "0"))},
            "paths": self._paths(),
            "components": {"schemas": {name: self._lean(schema) for name, schema in self._schemas.normal.items()}},
        }

    def _paths(self) -> Node:
        paths: Node = {}
        for operation in self.operations:
            schema = self._lean(operation.reply.schema) if operation.reply.schema else None
            paths.setdefault(operation.path, {})[operation.verb.lower()] = _parsed_operation(operation, schema)
        return paths

    def _lean(self, schema: Any) -> Any:
        if is_array(schema):
            return [self._lean(part) for part in schema]
        if not is_object(schema):
            return schema
        if "$ref" in schema:
            return {} if self._schemas.name(schema) in self._shapes.endless else {"$ref": schema["$ref"]}
        lean = {key: self._lean(schema[key]) for key in _KEPT if key in schema}
        if is_object(schema.get("properties")):
            lean["properties"] = {name: self._lean(part) for name, part in schema["properties"].items()}
        if schema.get("additionalProperties") is False:
            del lean["additionalProperties"]
        return lean | {key: schema[key] for key in ("enum", "const") if key in schema}


def _parsed_operation(operation: Operation, schema: Node | None) -> Node:
    return {
        "operationId": operation.name.replace(".", "_"),
        "tags": [operation.name.rpartition(".")[0]],
        "parameters": [
            {"name": one.wire, "in": "path", "required": True, "schema": {"type": "string"}}
            for one in operation.path_arguments
        ],
        "responses": {
            "200": {
                "description": "",
                "content": {"application/json": {"schema": schema}} if schema is not None else {},
            }
        },
    }


def _client_attributes() -> list[tuple[str, str]]:
    from tandem import AsyncClient, Client

    names = {name for cls in (Client, AsyncClient) for name in dir(cls)} - _MAY_BE_HIDDEN
    return [(name, "the client's own attribute") for name in sorted(names)]
