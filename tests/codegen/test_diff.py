"""What breaks callers and what does not, by direction."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tandem.codegen.__main__ import main
from tandem.codegen._breaking import compare
from tandem.codegen._document import read_document

from .documents import SMALL, Node, body, changed, operation, schemas, written

Change = Callable[[Node], object]
PLACE = "/things/{thing_id}"


def changes(change: Change, before: Node, folder: Path) -> tuple[list[str], list[str]]:
    old = read_document(written(before, folder, "old.json"))
    new = read_document(written(changed(change, before), folder, "new.json"))
    found = compare(old, new)
    return found.breaking, found.compatible


def reply_fields(document: Node) -> Node:
    fields: Node = schemas(document)["Thing"]["properties"]
    return fields


def parameter(name: str, **more: Any) -> Node:
    return {"name": name, "in": "query", "schema": {"type": "string"}, **more}


def add_required(schema: Node, name: str) -> None:
    schema["properties"][name] = {}
    schema["required"].append(name)


def add_window(document: Node, *, to_union: bool = False) -> None:
    schemas(document)["Window"] = {"type": "object", "properties": {"kind": {"const": "window"}}}
    if to_union:
        schemas(document)["Part"]["oneOf"].append({"$ref": "#/components/schemas/Window"})


def need_admin(document: Node) -> None:
    operation(document)["security"] = [{"key": ["things:admin"]}]


BREAKING: list[tuple[str, Change]] = [
    ("POST /things/{thing_id}: removed", lambda d: d["paths"].pop(PLACE)),
    ("the query parameter 'kind' is gone", lambda d: operation(d)["parameters"].pop()),
    ("'page' is new and required", lambda d: operation(d)["parameters"].append(parameter("page", required=True))),
    ("'kind' is required now", lambda d: operation(d)["parameters"][1].update(required=True)),
    ("kind: the value 'small' is gone", lambda d: operation(d)["parameters"][1]["schema"].update(enum=["big"])),
    ("the field 'size' is gone", lambda d: body(d)["properties"].pop("size")),
    ("the field 'color' is new and required", lambda d: add_required(body(d), "color")),
    ("the field 'size' is required now", lambda d: body(d)["required"].append("size")),
    ("body.size: type is string, was integer", lambda d: body(d)["properties"].update(size={"type": "string"})),
    ("body.name: maxLength is 10, was 20", lambda d: body(d)["properties"]["name"].update(maxLength=10)),
    ("body.name: minLength is 3, was none", lambda d: body(d)["properties"]["name"].update(minLength=3)),
    ("body.size: minimum is 2, was 1", lambda d: body(d)["properties"]["size"].update(minimum=2)),
    ("body.size: maximum is 8, was 9", lambda d: body(d)["properties"]["size"].update(maximum=8)),
    ("body.name: pattern is '^a', was none", lambda d: body(d)["properties"]["name"].update(pattern="^a")),
    ("body.name: only these values now: a", lambda d: body(d)["properties"]["name"].update(enum=["a"])),
    ("body: takes no other fields any more", lambda d: body(d).update(additionalProperties=False)),
    ("needs a body now", lambda d: operation(d)["requestBody"].update(required=True)),
    ("takes no body any more", lambda d: operation(d).pop("requestBody")),
    ("Thing (received): the field 'state' is gone", lambda d: reply_fields(d).pop("state")),
    ("Thing (received).id: type is integer, was string", lambda d: reply_fields(d).update(id={"type": "integer"})),
    ("Thing (received).id: may be null now", lambda d: reply_fields(d)["id"].update(type=["string", "null"])),
    ("Thing (received).id: format is date-time, was none", lambda d: reply_fields(d)["id"].update(format="date-time")),
    ("the field 'id' is not always there any more", lambda d: schemas(d)["Thing"].update(required=[])),
    ("Thing (received).state: the value 'old' is gone", lambda d: reply_fields(d)["state"].update(enum=["new"])),
    ("Part (received): the kind Door is gone", lambda d: schemas(d)["Part"]["oneOf"].pop()),
    ("schema Wheel: removed", lambda d: (schemas(d)["Part"]["oneOf"].pop(0), schemas(d).pop("Wheel"))),
    ("is client.things.alter now, was client.things.change", lambda d: operation(d)["x-sdk"].update(method="alter")),
    ("paginate is page, was none", lambda d: operation(d)["x-sdk"].update(paginate="page")),
    ("key:things:write is not enough: key:things:admin", need_admin),
    ("the reply is not application/json any more", lambda d: operation(d)["responses"]["200"].pop("content")),
    ("webhook thing.made: removed", lambda d: d["webhooks"].pop("thing.made")),
    ("webhook thing.made.id", lambda d: webhook(d)["properties"].update(id={"type": "integer"})),
]

COMPATIBLE: list[tuple[str, Change]] = [
    ("GET /things/{thing_id}: added", lambda d: d["paths"][PLACE].update(get=_get(d))),
    ("the query parameter 'page' is new", lambda d: operation(d)["parameters"].append(parameter("page"))),
    ("kind: the value 'huge' is new", lambda d: operation(d)["parameters"][1]["schema"]["enum"].append("huge")),
    ("kind: any value now", lambda d: operation(d)["parameters"][1]["schema"].pop("enum")),
    ("the field 'color' is new", lambda d: body(d)["properties"].update(color={"type": "string"})),
    ("the field 'name' is not always there any more", lambda d: body(d)["required"].clear()),
    ("body.size: type is number, was integer", lambda d: body(d)["properties"].update(size={"type": "number"})),
    ("body.name: may be null now", lambda d: body(d)["properties"]["name"].update(type=["string", "null"])),
    ("body.name: maxLength is 30, was 20", lambda d: body(d)["properties"]["name"].update(maxLength=30)),
    ("body.size: minimum is none, was 1", lambda d: body(d)["properties"]["size"].pop("minimum")),
    ("Thing (received): the field 'age' is new", lambda d: reply_fields(d).update(age={"type": "integer"})),
    ("the field 'age' is new and required", lambda d: add_required(schemas(d)["Thing"], "age")),
    ("the field 'state' is required now", lambda d: schemas(d)["Thing"]["required"].append("state")),
    ("Thing (received).state: the value 'worn' is new", lambda d: reply_fields(d)["state"]["enum"].append("worn")),
    ("Thing (received).id: maxLength is 5, was none", lambda d: reply_fields(d)["id"].update(maxLength=5)),
    ("Part (received): the kind Window is new", lambda d: add_window(d, to_union=True)),
    ("schema Window: added", add_window),
    ("takes an idempotency key now", lambda d: operation(d)["x-sdk"].update(idempotent=True)),
    ("deprecated", lambda d: operation(d).update(deprecated=True)),
    ("webhook thing.lost: added", lambda d: d["webhooks"].update({"thing.lost": d["webhooks"]["thing.made"]})),
]


def webhook(document: Node) -> Node:
    found: Node = document["webhooks"]["thing.made"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return found


def _get(document: Node) -> Node:
    found = changed(lambda _: None, operation(document))
    found["x-sdk"]["method"] = "get"
    return found


@pytest.fixture
def before() -> Node:
    """The small document with a webhook and a scope."""

    def extend(document: Node) -> None:
        schema = {"type": "object", "properties": {"id": {"type": "string"}}}
        content = {"application/json": {"schema": schema}}
        document["webhooks"] = {"thing.made": {"post": {"requestBody": {"content": content}}}}
        operation(document)["security"] = [{"key": ["things:write"]}]

    return changed(extend)


@pytest.mark.parametrize(("told", "change"), BREAKING, ids=[told for told, _ in BREAKING])
def test_this_breaks_callers(told: str, change: Change, before: Node, tmp_path: Path) -> None:
    breaking, _ = changes(change, before, tmp_path)

    assert [sentence for sentence in breaking if told in sentence]


@pytest.mark.parametrize(("told", "change"), COMPATIBLE, ids=[told for told, _ in COMPATIBLE])
def test_this_breaks_nobody(told: str, change: Change, before: Node, tmp_path: Path) -> None:
    breaking, compatible = changes(change, before, tmp_path)

    assert not breaking
    assert [sentence for sentence in compatible if told in sentence]


PROSE: list[Change] = [
    lambda d: operation(d).update(description="Other words."),
    lambda d: schemas(d)["Thing"].update(description="Other words.", examples=[{"id": "a"}]),
    lambda d: d["info"].update(version="2"),
]
CODES: list[tuple[int, Change]] = [
    (1, lambda d: reply_fields(d).pop("state")),
    (0, lambda d: reply_fields(d).update(age={})),
    (0, lambda d: None),
]


@pytest.mark.parametrize("change", PROSE)
def test_prose_is_no_change(change: Change, before: Node, tmp_path: Path) -> None:
    assert changes(change, before, tmp_path) == ([], [])


def test_a_schema_that_is_used_in_many_places_is_told_once(before: Node, tmp_path: Path) -> None:
    twice = changed(lambda d: d["paths"].update({"/more/{thing_id}": {"get": _get(d)}}), before)

    breaking, _ = changes(lambda d: reply_fields(d).pop("state"), twice, tmp_path)

    assert breaking == ["Thing (received): the field 'state' is gone"]


def test_a_recursive_schema_is_compared_to_its_end(before: Node, tmp_path: Path) -> None:
    def loop(document: Node) -> None:
        schemas(document)["Thing"]["properties"]["next"] = {"$ref": "#/components/schemas/Thing"}

    assert changes(lambda _: None, changed(loop, before), tmp_path) == ([], [])


@pytest.mark.parametrize(("code", "change"), CODES)
def test_the_exit_code_tells_whether_callers_break(code: int, change: Change, tmp_path: Path) -> None:
    old = written(SMALL, tmp_path, "old.json")
    new = written(changed(change), tmp_path, "new.json")

    assert main(["diff", str(old), str(new)]) == code


def test_the_report_puts_breaking_changes_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def both(document: Node) -> None:
        reply_fields(document).pop("state")
        reply_fields(document)["age"] = {}

    main(["diff", str(written(SMALL, tmp_path, "old.json")), str(written(changed(both), tmp_path, "new.json"))])

    assert capsys.readouterr().out.splitlines() == [
        "Breaking (1):",
        "  - Thing (received): the field 'state' is gone",
        "Compatible (1):",
        "  - Thing (received): the field 'age' is new",
    ]


def test_a_document_that_cannot_be_compared_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["diff", str(written(SMALL, tmp_path)), str(tmp_path / "nowhere.yaml")])

    assert code == 2
    assert "nowhere.yaml" in capsys.readouterr().err
