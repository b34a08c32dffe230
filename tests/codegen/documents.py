"""Small documents to break, and ways to put them on disk."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Node = dict[str, Any]

SMALL: Node = {
    "openapi": "3.1.0",
    "info": {"title": "Small", "version": "1"},
    "x-sdk": {"package": "small_api", "title": "Small", "error": "SmallError", "envelope": "data"},
    "paths": {
        "/things/{thing_id}": {
            "post": {
                "summary": "Change a thing",
                "x-sdk": {
                    "resource": "things",
                    "method": "change",
                    "host": "main",
                    "namespace": "none",
                    "idempotent": False,
                    "paginate": "none",
                    "stream": "none",
                },
                "parameters": [
                    {"name": "thing_id", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "kind", "in": "query", "schema": {"type": "string", "enum": ["big", "small"]}},
                ],
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {
                                    "name": {"type": "string", "maxLength": 20},
                                    "size": {"type": "integer", "minimum": 1, "maximum": 9},
                                },
                            }
                        }
                    }
                },
                "responses": {
                    "200": {
                        "description": "The thing.",
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "properties": {"data": {"$ref": "#/components/schemas/Thing"}},
                                }
                            }
                        },
                    }
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Thing": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "string"},
                    "state": {"type": "string", "enum": ["new", "old"]},
                    "part": {"$ref": "#/components/schemas/Part"},
                },
            },
            "Part": {"oneOf": [{"$ref": "#/components/schemas/Wheel"}, {"$ref": "#/components/schemas/Door"}]},
            "Wheel": {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "wheel"}}},
            "Door": {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "door"}}},
        }
    },
}


def changed(change: Callable[[Node], object], document: Node = SMALL) -> Node:
    """A copy of a document with one thing changed."""
    copied = copy.deepcopy(document)
    change(copied)
    return copied


def operation(document: Node) -> Node:
    """The one operation of the small document."""
    found: Node = document["paths"]["/things/{thing_id}"]["post"]
    return found


def body(document: Node) -> Node:
    """The schema of its body."""
    found: Node = operation(document)["requestBody"]["content"]["application/json"]["schema"]
    return found


def schemas(document: Node) -> Node:
    """Its component schemas."""
    found: Node = document["components"]["schemas"]
    return found


def written(document: Node, folder: Path, name: str = "small.json") -> Path:
    """The document as a file."""
    path = folder / name
    path.write_text(json.dumps(document), encoding="utf-8")
    return path
