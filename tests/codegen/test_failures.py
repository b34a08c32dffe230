"""Generation refuses what it cannot do right, in one line that names the place, and writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tandem.codegen.__main__ import main

from .documents import SMALL, Node, body, changed, operation, schemas, written


def refusal(document: Node, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that generating this document ends in."""
    return refused_file(written(document, folder), folder, capsys)


def refused_file(source: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    code = main(["generate", str(source), str(folder / "out")])
    lines = capsys.readouterr().err.splitlines()

    assert code == 2
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert not (folder / "out").exists()
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]
    return lines[0]


def test_the_small_document_itself_is_accepted(tmp_path: Path) -> None:
    assert main(["generate", str(written(SMALL, tmp_path)), str(tmp_path / "out")]) == 0


def drop(name: str) -> Callable[[Node], object]:
    return lambda document: operation(document)["x-sdk"].pop(name)


@pytest.mark.parametrize("name", ["resource", "method", "host", "namespace", "idempotent", "paginate", "stream"])
def test_an_incomplete_x_sdk_is_named(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(changed(drop(name)), tmp_path, capsys)

    assert "x-sdk of POST /things/{thing_id}" in said
    assert repr(name) in said


def test_a_missing_x_sdk_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(changed(lambda document: operation(document).pop("x-sdk")), tmp_path, capsys)

    assert "x-sdk of POST /things/{thing_id} is missing" in said


@pytest.mark.parametrize("name", ["package", "title", "error", "envelope"])
def test_an_incomplete_root_x_sdk_is_named(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(changed(lambda document: document["x-sdk"].pop(name)), tmp_path, capsys)

    assert "x-sdk of the document" in said
    assert repr(name) in said


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("paginate", "offset", "'paginate' must be one of page, cursor, none"),
        ("idempotent", "yes", "'idempotent' must be one of true, false"),
        ("method", "class", "'class' cannot be a Python name"),
        ("resource", "things.two words", "'two words' cannot be a Python name"),
        ("pagination", "page", "'pagination' is unknown"),
        ("url", {"token": "t"}, "'url' names two query parameters"),
        ("result", "data.thing", "no 'data.thing'"),
        ("stream", "sse", "`stream: sse`, but the reply is 'application/json'"),
        ("method", "list", "is no array"),
        ("resource", "page", "'page'"),
        ("resource", "for_namespace", "'for_namespace'"),
    ],
)
def test_a_wrong_x_sdk_is_explained(
    name: str, value: Any, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refusal(changed(lambda document: operation(document)["x-sdk"].update({name: value})), tmp_path, capsys)

    assert told in said


@pytest.mark.parametrize("name", ["thing_id", "kind", "options", "idempotency_key", "thingId"])
def test_a_body_field_may_not_be_named_like_another_keyword(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refusal(changed(lambda document: body(document)["properties"].update({name: {}})), tmp_path, capsys)

    assert "POST /things/{thing_id}" in said
    assert "would both be called" in said


def test_a_query_parameter_may_not_be_named_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parameter = {"name": "options", "in": "query", "schema": {"type": "string"}}

    said = refusal(changed(lambda document: operation(document)["parameters"].append(parameter)), tmp_path, capsys)

    assert "'options'" in said


def test_a_parameter_of_a_stream_may_not_be_named_like_the_place_where_it_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def become_a_stream(document: Node) -> None:
        found = operation(document)
        found["x-sdk"]["stream"] = "sse"
        found["responses"] = {
            "200": {"description": "Events.", "content": {"text/event-stream": {"schema": {"type": "object"}}}}
        }
        found["parameters"].append({"name": "last_event_id", "in": "query", "schema": {"type": "string"}})

    said = refusal(changed(become_a_stream), tmp_path, capsys)

    assert "the place where a stream goes on" in said


def test_two_operations_may_not_have_one_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def copy_operation(document: Node) -> None:
        document["paths"]["/others/{thing_id}"] = document["paths"]["/things/{thing_id}"]

    said = refusal(changed(copy_operation), tmp_path, capsys)

    assert "POST /things/{thing_id}" in said
    assert "POST /others/{thing_id}" in said
    assert "'things.change'" in said


def test_a_method_and_a_resource_may_not_have_one_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def add_child(document: Node) -> None:
        child = changed(lambda _: None)["paths"]["/things/{thing_id}"]
        child["post"]["x-sdk"].update(resource="things.change", method="undo")
        document["paths"]["/undo/{thing_id}"] = child

    assert "'change'" in refusal(changed(add_child), tmp_path, capsys)


def test_a_resource_may_be_called_auth(tmp_path: Path) -> None:
    document = changed(lambda document: operation(document)["x-sdk"].update(resource="auth"))

    assert main(["generate", str(written(document, tmp_path)), str(tmp_path / "out")]) == 0


def test_two_properties_may_not_have_one_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fields = {"shelfCode": {"type": "string"}, "shelf_code": {"type": "string"}}

    said = refusal(changed(lambda d: schemas(d)["Thing"]["properties"].update(fields)), tmp_path, capsys)

    assert "'shelf_code'" in said
    assert "'Thing'" in said


def test_two_schemas_may_not_have_one_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    same = {"type": "object", "properties": {"a": {"type": "string"}}}

    said = refusal(changed(lambda d: schemas(d).update({"big_thing": same, "BigThing": same})), tmp_path, capsys)

    assert "'BigThing'" in said


def test_an_inline_schema_may_not_take_a_components_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def collide(document: Node) -> None:
        schemas(document)["Thing"]["properties"]["box"] = {"type": "object", "properties": {"a": {}}}
        schemas(document)["ThingBox"] = {"type": "object", "properties": {"b": {}}}

    assert "'ThingBox'" in refusal(changed(collide), tmp_path, capsys)


def test_a_schema_may_not_be_named_like_a_resource_class(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(
        changed(lambda d: schemas(d).update(Things={"type": "object", "properties": {"a": {}}})), tmp_path, capsys
    )

    assert "'Things'" in said


def test_a_warning_of_the_generator_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(changed(lambda d: schemas(d).update(Mixed={"enum": ["a", 1]})), tmp_path, capsys)

    assert "The generator warns" in said


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"openapi: [3.1", "neither valid YAML nor JSON"),
        (b"\xff\xfe\x00", "neither valid YAML nor JSON"),
        (b"", "is not an OpenAPI 3 document"),
        (b"[1, 2]", "is not an OpenAPI 3 document"),
        (b"swagger: '2.0'", "is not an OpenAPI 3 document"),
        (b"openapi: 3.1.0", "has no `paths`"),
        (b"openapi: 3.1.0\npaths: {}\npaths: {}", "stands twice"),
        (b"[" * 2000, "neither valid YAML nor JSON"),
    ],
)
def test_an_unreadable_document_is_explained(
    content: bytes, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "small.yaml"
    source.write_bytes(content)

    assert told in refused_file(source, tmp_path, capsys)


def test_a_document_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "nowhere.yaml" in refused_file(tmp_path / "nowhere.yaml", tmp_path, capsys)


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("#/components/schemas/Nothing", "points to nothing"),
        ("other.yaml#/Thing", "does not point into this document"),
        ("#/components/schemas/Loop", "leads in a circle"),
    ],
)
def test_a_reference_that_leads_nowhere_is_named(
    reference: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refer(document: Node) -> None:
        schemas(document)["Loop"] = {"$ref": "#/components/schemas/Loop"} if "Loop" in reference else {}
        operation(document)["responses"]["404"] = {"$ref": reference}

    said = refusal(changed(refer), tmp_path, capsys)

    assert told in said
    assert reference in said


UNSUPPORTED: list[tuple[Callable[[Node], object], str]] = [
    (lambda d: operation(d).update(parameters="none"), "is not valid OpenAPI"),
    (lambda d: operation(d)["responses"].pop("200"), "no reply for success"),
    (lambda d: operation(d)["parameters"].pop(0), "are not those that are declared"),
    (lambda d: operation(d)["parameters"][1].update({"in": "cookie"}), "stands in 'cookie': unsupported"),
    (lambda d: operation(d)["parameters"][1].update(style="pipeDelimited"), "'pipeDelimited': unsupported"),
    (lambda d: operation(d)["parameters"][1].pop("schema"), "has no schema"),
    (lambda d: body(d).pop("properties"), "add `body: NAME` to x-sdk"),
    (lambda d: operation(d)["requestBody"]["content"].update({"text/csv": {}}), "exactly one content type"),
    (lambda d: schemas(d)["Thing"]["properties"]["id"].update(type="text"), "type"),
    (lambda d: schemas(d)["Part"].update(discriminator={"propertyName": "sort"}), "'sort'"),
    (lambda d: d["x-sdk"].update(error="Oops"), "must be a class name that ends in Error"),
    (lambda d: d["x-sdk"].update(package="small-api"), "'small-api' cannot be a Python name"),
]


@pytest.mark.parametrize(("change", "told"), UNSUPPORTED)
def test_what_cannot_be_generated_is_explained(
    change: Callable[[Node], object], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told in refusal(changed(change), tmp_path, capsys)


def test_text_of_the_document_never_becomes_code(tmp_path: Path) -> None:
    hostile = '"""\nimport os\nos.abort()\n\\"""\\\\ {{ 7 * 7 }} \\N{bad} \x00 '

    def poison(document: Node) -> None:
        document["x-sdk"]["title"] = hostile
        document["tags"] = [{"name": hostile, "description": hostile}]
        operation(document).update(summary=hostile, description=hostile, tags=[hostile])
        operation(document)["parameters"][0].update(description=hostile, example=hostile)
        schemas(document)["Thing"].update(description=hostile)
        schemas(document)["Thing"]["properties"].update({hostile: {"description": hostile, "default": hostile}})
        schemas(document)["Thing"]["properties"]["state"] = {"enum": [hostile, "b"], "description": hostile}
        schemas(document)["Wheel"]["properties"]["kind"]["const"] = hostile

    source = written(changed(poison), tmp_path)

    assert main(["generate", str(source), str(tmp_path / "out")]) == 0
    for path in (tmp_path / "out").rglob("*.py"):
        names = compile(path.read_text(encoding="utf-8"), str(path), "exec").co_names
        assert "os" not in names
