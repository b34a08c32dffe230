"""Every example of the document fits its schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from .platforms import Platform
from .walking import Json, examples, operations

BASE = "urn:document"


def faults(document: Json) -> Iterator[str]:
    """What is wrong with the examples, each with its place. References lead back into the document."""
    registry = jsonschema_rs.Registry([(BASE, document)])
    for place, schema, value in examples(document):
        reference = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$ref": BASE + quote(schema, safe="#/~"),
        }
        validator = jsonschema_rs.validator_for(reference, registry=registry, validate_formats=True)
        for error in validator.iter_errors(value):
            yield f"{place}: {error.message}"


def with_example(schema: Json, value: Any) -> Json:
    media = {"schema": {"$ref": "#/components/schemas/Thing"}, "example": value}
    return {
        "paths": {"/things/{id}": {"post": {"requestBody": {"content": {"application/json": media}}}}},
        "components": {"schemas": {"Thing": schema}},
    }


def test_every_example_fits_its_schema(document: Json) -> None:
    assert list(faults(document)) == []


def test_every_parameter_shows_an_example(document: Json) -> None:
    inline = [node for operation in operations(document) for node in operation.node.get("parameters", [])]
    declared = list(document["components"]["parameters"].values())

    without = [node["name"] for node in inline + declared if "$ref" not in node and "example" not in node]

    assert without == []


def test_examples_are_found_in_every_place(platform: Platform, document: Json) -> None:
    places = [place for place, _, _ in examples(document)]

    def below(start: str) -> int:
        return sum(place.startswith(start) for place in places)

    assert below("#/paths/") >= platform.count
    assert below("#/webhooks/") == len(document["webhooks"]) == platform.events
    assert below("#/components/parameters/") == len(document["components"]["parameters"])
    assert below("#/components/responses/") >= len(document["components"]["responses"])
    assert below("#/components/headers/") > 0
    assert below("#/components/schemas/") > 0


def test_an_example_of_the_wrong_type_is_found() -> None:
    assert list(faults(with_example({"type": "string"}, 5))) != []


def test_an_example_that_breaks_a_limit_is_found() -> None:
    assert list(faults(with_example({"type": "string", "maxLength": 2}, "abc"))) != []


def test_an_example_in_the_wrong_format_is_found() -> None:
    assert list(faults(with_example({"type": "string", "format": "date-time"}, "yesterday"))) != []


def test_an_example_that_lacks_a_field_is_found() -> None:
    assert list(faults(with_example({"type": "object", "required": ["name"]}, {}))) != []


def test_a_wrong_example_of_a_schema_is_found() -> None:
    document = with_example({"type": "string", "examples": ["a", 1]}, "a")

    assert [fault.split(":")[0] for fault in faults(document)] == ["#/components/schemas/Thing/examples/1"]


def test_an_example_that_fits_is_no_fault() -> None:
    assert list(faults(with_example({"type": "string"}, "a"))) == []
