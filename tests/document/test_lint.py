"""The document passes the specification and every rule of our own; each rule fails on a document that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from openapi_spec_validator import validate

from . import lint
from .walking import Json

Breaker = Callable[[Json], Any]


def small() -> Json:
    """The smallest document that passes every rule."""
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-Id", lint.WAIT)}
    reply = {"$ref": "#/components/responses/Failed"}
    thing = {"$ref": "#/components/schemas/Thing"}
    content = {"application/json": {"schema": thing, "example": {"name": "a"}}}
    operation: Json = {
        "operationId": "things_create",
        "summary": "Create a thing",
        "description": "It stays.",
        "tags": ["Things"],
        "x-sdk": {"resource": "things", "method": "create"},
        "security": [{"token": ["write"]}],
        "parameters": [{"$ref": "#/components/parameters/BoxId"}],
        "requestBody": {"content": content},
        "responses": {
            "201": {"description": "Done.", "headers": headers, "content": content},
            "404": reply,
            "429": reply,
            "500": reply,
        },
    }
    name = {"type": "string", "description": "What it is called."}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "tags": [{"name": "Things", "description": "Things."}],
        "paths": {"/boxes/{box_id}/things": {"post": operation}},
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "oauth2",
                    "flows": {"clientCredentials": {"tokenUrl": "/token", "scopes": {"write": "Write."}}},
                }
            },
            "parameters": {
                "BoxId": {
                    "name": "box_id",
                    "in": "path",
                    "required": True,
                    "description": "The box.",
                    "schema": {"type": "string"},
                }
            },
            "headers": {name: {"description": "A header.", "schema": {"type": "string"}} for name in headers},
            "responses": {"Failed": {"description": "It failed.", "headers": headers, "content": content}},
            "schemas": {"Thing": {"type": "object", "description": "A thing.", "properties": {"name": name}}},
        },
    }


def post(document: Json) -> Json:
    operation: Json = document["paths"]["/boxes/{box_id}/things"]["post"]
    return operation


def thing(document: Json) -> Json:
    schema: Json = document["components"]["schemas"]["Thing"]
    return schema


def with_key(document: Json, permission: str) -> None:
    """Let the operation take an API key with this permission as well."""
    document["components"]["securitySchemes"]["key"] = {"type": "apiKey", "in": "header", "name": "X-Key"}
    post(document)["security"].append({"key": [permission]})


def test_the_document_is_valid_openapi(document: Json) -> None:
    validate(document)


def test_the_document_uses_no_anchor_alias_or_merge_key(source: str) -> None:
    found = [
        token
        for token in yaml.scan(source)
        if isinstance(token, yaml.AnchorToken | yaml.AliasToken)
        or (isinstance(token, yaml.ScalarToken) and token.plain and token.value == "<<")
    ]

    assert found == []


@pytest.mark.parametrize("rule", lint.RULES, ids=lambda rule: rule.__name__)
def test_the_document_keeps_the_rule(rule: lint.Rule, document: Json) -> None:
    assert rule(document) == []


@pytest.mark.parametrize("rule", lint.RULES, ids=lambda rule: rule.__name__)
def test_the_small_document_keeps_the_rule(rule: lint.Rule) -> None:
    assert rule(small()) == []


def test_the_small_document_is_valid_openapi() -> None:
    validate(small())


def test_an_api_key_may_carry_a_scope_that_another_scheme_declares() -> None:
    document = small()

    with_key(document, "write")

    assert lint.undeclared_scopes(document) == []


BREAKERS: list[tuple[lint.Rule, Breaker]] = [
    (lint.dangling_references, lambda d: d["components"]["schemas"].pop("Thing")),
    (lint.dangling_references, lambda d: post(d)["parameters"].append({"$ref": "other.yaml#/x"})),
    (
        lint.dangling_references,
        lambda d: thing(d).update(discriminator={"propertyName": "name", "mapping": {"a": "#/components/schemas/A"}}),
    ),
    (lint.unused_components, lambda d: d["components"]["schemas"].update(Spare={"type": "string"})),
    (
        lint.unused_components,
        lambda d: d["components"]["schemas"].update(Knot={"items": {"$ref": "#/components/schemas/Knot"}}),
    ),
    (lint.unused_components, lambda d: post(d).pop("security")),
    (lint.undeclared_scopes, lambda d: post(d).update(security=[{"token": ["read"]}])),
    (lint.undeclared_scopes, lambda d: with_key(d, "read")),
    (lint.operations_without_summary, lambda d: post(d).pop("summary")),
    (lint.operations_without_summary, lambda d: post(d).update(summary=" ")),
    (lint.operations_without_description, lambda d: post(d).pop("description")),
    (lint.operations_without_declared_tag, lambda d: post(d).pop("tags")),
    (lint.operations_without_declared_tag, lambda d: post(d).update(tags=["Things", "Things"])),
    (lint.operations_without_declared_tag, lambda d: d.pop("tags")),
    (lint.tags_without_description, lambda d: d["tags"][0].pop("description")),
    (lint.operations_without_error_replies, lambda d: post(d)["responses"].pop("404")),
    (lint.operations_without_error_replies, lambda d: post(d)["responses"].pop("429")),
    (lint.operations_without_error_replies, lambda d: post(d)["responses"].pop("500")),
    (lint.undescribed_parameters, lambda d: d["components"]["parameters"]["BoxId"].pop("description")),
    (lint.undescribed_parameters, lambda d: post(d)["parameters"].append({"name": "page", "in": "query"})),
    (lint.undescribed_schemas, lambda d: thing(d).pop("description")),
    (lint.undescribed_schemas, lambda d: thing(d)["properties"]["name"].pop("description")),
    (lint.undescribed_schemas, lambda d: thing(d).update(items={"properties": {"deep": {"type": "string"}}})),
    (lint.wrong_operation_ids, lambda d: post(d).update(operationId="create_thing")),
    (lint.wrong_operation_ids, lambda d: d["paths"].update({"/again": {"post": post(d)}})),
    (lint.replies_without_headers, lambda d: post(d)["responses"]["201"].pop("headers")),
    (lint.replies_without_headers, lambda d: d["components"]["responses"]["Failed"]["headers"].pop("Retry-After")),
    (lint.contents_without_example, lambda d: d["components"]["responses"]["Failed"].update(content={"a/b": {}})),
    (lint.contents_without_example, lambda d: post(d).update(requestBody={"content": {"application/json": {}}})),
    (
        lint.contents_without_example,
        lambda d: d.update(webhooks={"thing.made": {"post": {"requestBody": {"content": {"application/json": {}}}}}}),
    ),
    (lint.unusable_names, lambda d: thing(d)["properties"].update(box_id={"description": "Taken."})),
    (lint.unusable_names, lambda d: thing(d)["properties"].update(options={"description": "Taken."})),
    (lint.unusable_names, lambda d: thing(d)["properties"].update({"class": {"description": "A word."}})),
]


@pytest.mark.parametrize(("rule", "breaker"), BREAKERS, ids=[rule.__name__ for rule, _ in BREAKERS])
def test_a_broken_document_fails_the_rule(rule: lint.Rule, breaker: Breaker) -> None:
    broken = small()

    breaker(broken)

    assert rule(broken) != []


def test_every_rule_has_a_document_that_fails_it() -> None:
    assert {rule for rule, _ in BREAKERS} == set(lint.RULES)
