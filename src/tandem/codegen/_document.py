"""The document as it was read: YAML or JSON, every reference resolvable."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from openapi_python_client.schema import OpenAPI
from pydantic import ValidationError

from tandem.models import is_array, is_object

from ._problem import CodegenError

Node = dict[str, Any]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_FOLLOWED_AT_MOST = 32


class _Loader(yaml.SafeLoader):
    """YAML 1.2 scalars, as JSON knows them: a date stays text and `on` is no boolean. A key given twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key in [str(key.value) for key, _ in node.value]:
            if key in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {key!r} stands twice", problem_mark=node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


_DROPPED = {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:merge"}
_BOOLEAN = ("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"))
_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] not in _DROPPED] + ([_BOOLEAN] if first in {"t", "f"} else [])
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_document(path: Path) -> Node:
    """The document in a file, with every key a string. Raises CodegenError when it cannot be used."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        raw: object = json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=_Loader)  # noqa: S506 - safe
    except OSError as error:
        raise CodegenError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise CodegenError(f"{path} is neither valid YAML nor JSON: {error}") from None
    document = _with_text_keys(raw)
    if not is_object(document) or not str(document.get("openapi", "")).startswith("3."):
        raise CodegenError(f"{path} is not an OpenAPI 3 document: it has no `openapi: 3.x.y`.")
    if not is_object(document.get("paths")):
        raise CodegenError(f"{path} has no `paths`.")
    for reference in _references(document):
        resolve(document, {"$ref": reference})
    _validate(document)
    return document


def resolve(document: Node, node: Any) -> Node:
    """What a node stands for: itself, or the target of its `$ref`, with the reference's siblings laid over it."""
    found = node if is_object(node) else {}
    for _ in range(_FOLLOWED_AT_MOST):
        if "$ref" not in found:
            return found
        siblings = {key: value for key, value in found.items() if key != "$ref"}
        found = {**_target(document, found["$ref"]), **siblings}
    raise CodegenError(f"The reference {node['$ref']!r} leads in a circle.")


def operations(document: Node) -> Iterator[tuple[str, str, Node, Node]]:
    """Every operation: its path, its HTTP method, itself, and the path item it stands in."""
    for path, item in document["paths"].items():
        shared = resolve(document, item)
        for method in METHODS:
            if is_object(shared.get(method)):
                yield path, method, shared[method], shared


def _validate(document: Node) -> None:
    try:
        OpenAPI.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise CodegenError(f"The document is not valid OpenAPI: {first['msg']} (at {place}).") from None


def _target(document: Node, reference: Any) -> Node:
    if not isinstance(reference, str) or not reference.startswith("#/"):
        raise CodegenError(f"The reference {reference!r} does not point into this document (it must start with '#/').")
    found: Any = document
    for step in reference[2:].split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        found = found.get(name) if is_object(found) else None
    if not is_object(found):
        raise CodegenError(f"The reference {reference!r} points to nothing.")
    return found


def _references(node: Any) -> Iterator[str]:
    if is_object(node):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for key, value in node.items():
            # What stands in an example is the API's data, where "$ref" is an ordinary key.
            if key not in {"example", "examples", "default", "const", "enum"}:
                yield from _references(value)
    elif is_array(node):
        for value in node:
            yield from _references(value)


def _with_text_keys(node: Any) -> Any:
    if is_object(node):
        return {str(key): _with_text_keys(value) for key, value in node.items()}
    if is_array(node):
        return [_with_text_keys(value) for value in node]
    return node
