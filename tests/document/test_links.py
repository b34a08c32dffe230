"""Links say where the values of a reply lead to; each rule about them fails on a document that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from . import links
from .walking import Json

Rule = Callable[[Json], list[str]]
Breaker = Callable[[Json], Any]

RULES: tuple[Rule, ...] = (links.broken_links, links.empty_expressions, links.unlinked_operations)


def small() -> Json:
    """The smallest document that passes every rule."""
    box_id = {"name": "box_id", "in": "path", "required": True}
    boxes = {"type": "object", "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Box"}}}}
    to_box: Json = {"operationId": "boxes_get", "parameters": {"box_id": "$response.body#/data/0/id"}}
    again = {"operationId": "boxes_get", "parameters": {"box_id": "$request.path.box_id"}}
    to_list = {"operationId": "boxes_list", "requestBody": {"like": "$request.body#/data"}}
    content = {"application/json": {"schema": boxes}}
    return {
        "paths": {
            "/boxes": {
                "get": {
                    "operationId": "boxes_list",
                    "requestBody": {"content": content},
                    "responses": {"200": {"content": content, "links": {"box": to_box, "list": to_list}}},
                }
            },
            "/boxes/{box_id}": {
                "get": {
                    "operationId": "boxes_get",
                    "parameters": [box_id],
                    "responses": {"200": {"links": {"again": {"$ref": "#/components/links/Again"}}}},
                }
            },
        },
        "components": {
            "links": {"Again": again},
            "schemas": {"Box": {"type": "object", "properties": {"id": {"type": "string"}}}},
        },
    }


def links_of_the_list(document: Json) -> Json:
    found: Json = document["paths"]["/boxes"]["get"]["responses"]["200"]["links"]
    return found


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_document_keeps_the_rule(rule: Rule, document: Json) -> None:
    assert rule(document) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_small_document_keeps_the_rule(rule: Rule) -> None:
    assert rule(small()) == []


BREAKERS: list[tuple[Rule, Breaker]] = [
    (links.broken_links, lambda d: links_of_the_list(d)["box"].update(operationId="boxes_open")),
    (links.broken_links, lambda d: links_of_the_list(d)["box"].pop("parameters")),
    (links.broken_links, lambda d: links_of_the_list(d)["box"]["parameters"].update(lid="shut")),
    (links.broken_links, lambda d: d["components"]["links"]["Again"].update(operationId="")),
    (links.empty_expressions, lambda d: links_of_the_list(d)["box"]["parameters"].update(box_id="$response.body#/id")),
    (links.empty_expressions, lambda d: d["components"]["schemas"]["Box"]["properties"].pop("id")),
    (links.empty_expressions, lambda d: links_of_the_list(d)["list"]["requestBody"].update(like="$request.body#/name")),
    (links.empty_expressions, lambda d: d["components"]["links"]["Again"]["parameters"].update(box_id="$url.path")),
    (links.unlinked_operations, lambda d: d["paths"].update({"/boxes/{box_id}/lid": {"get": {"operationId": "lid"}}})),
]


@pytest.mark.parametrize(("rule", "breaker"), BREAKERS, ids=[rule.__name__ for rule, _ in BREAKERS])
def test_a_broken_document_fails_the_rule(rule: Rule, breaker: Breaker) -> None:
    broken = small()

    breaker(broken)

    assert rule(broken) != []
