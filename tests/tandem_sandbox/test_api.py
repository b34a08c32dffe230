"""What the engine reads out of a document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tandem.sandbox import Api, ApiOperation, Context, DocumentError, Registry, RegistryMismatchError, SandboxError

from .bookshop import DOCUMENT, Bookshop, api, registry


def operation(name: str) -> ApiOperation:
    return next(found for found in api().operations if found.name == name)


def minimal(**more: Any) -> dict[str, Any]:
    sdk = {"resource": "a", "method": "get"}
    return {"paths": {"/a": {"get": {"x-sdk": sdk, "responses": {"200": {"description": ""}}, **more}}}}


def nothing(ctx: Context) -> None:
    """A handler that does nothing."""


def test_an_operation_is_named_by_its_resource_and_method() -> None:
    assert {"books.create", "books.orders.create", "token.create"} <= {found.name for found in api().operations}


def test_the_success_status_is_the_lowest_documented_2xx() -> None:
    assert [operation(name).success_status for name in ("books.create", "books.delete", "books.get")] == [201, 204, 200]


def test_alternatives_of_scopes_stay_alternatives() -> None:
    assert operation("books.delete").scopes == (frozenset({"books:write"}), frozenset({"books:admin"}))


def test_an_empty_security_list_makes_an_operation_public() -> None:
    assert operation("token.create").scopes == ()


def test_the_documents_security_holds_where_an_operation_says_nothing() -> None:
    found = Api({"security": [{"keys": []}], **minimal()}).operations[0]

    assert found.scopes == (frozenset(),)


def test_an_empty_requirement_among_others_makes_an_operation_public() -> None:
    found = Api(minimal(security=[{"keys": ["a"]}, {}])).operations[0]

    assert found.scopes == ()


def test_parameters_of_a_path_belong_to_each_of_its_operations() -> None:
    assert [parameter.name for parameter in operation("books.delete").parameters] == ["book_id", "X-Namespace"]


def test_every_host_has_the_path_of_its_own_server() -> None:
    assert (api().server_path("core"), api().server_path("account")) == ("/api/v1", "/auth")


def test_a_host_without_a_path_of_its_own_lives_under_its_name(shop: Bookshop) -> None:
    assert (shop.base_path("core"), shop.base_path("account")) == ("/core/api/v1", "/account/auth")


def test_properties_and_parameters_of_the_format_password_are_secret() -> None:
    assert api().secret_names == {"vault_code", "client_secret", "access_token", "token"}


def test_a_class_of_statuses_documents_each_of_them() -> None:
    found = Api(minimal(responses={"4XX": {"description": "No."}, "default": {"description": "?"}})).operations[0]

    assert found.response(404) is found.responses["4XX"]
    assert found.response(500) is found.responses["default"]


def test_yaml_reads_like_the_same_document_in_json(tmp_path: Path) -> None:
    text = """
paths:
  /a:
    get:
      x-sdk: {resource: a, method: get}
      responses:
        200: {description: Fine., headers: {X-Made: {schema: {type: string, default: 2026-01-02T03:04:05Z}}}}
"""
    (tmp_path / "api.yaml").write_text(text)

    found = Api.from_file(tmp_path / "api.yaml")

    assert found.operations[0].success_status == 200
    json.dumps(found.document)  # a date would not go


@pytest.mark.parametrize(("name", "text"), [("a.json", "{"), ("a.json", "[]"), ("a.yaml", "a: [")])
def test_a_file_that_is_no_document_is_refused_by_name(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)

    with pytest.raises(DocumentError, match=name):
        Api.from_file(tmp_path / name)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"nowhere\.json"):
        Api.from_file(tmp_path / "nowhere.json")


def test_an_operation_without_its_names_is_refused() -> None:
    with pytest.raises(DocumentError, match="GET /a has no x-sdk"):
        _ = Api({"paths": {"/a": {"get": {"responses": {}}}}}).operations


@pytest.mark.parametrize("reference", ["#/components/nothing", "other.json#/a", "#/paths/~1a/get/parameters/0"])
def test_a_reference_that_leads_nowhere_is_refused(reference: str) -> None:
    with pytest.raises(DocumentError):
        Api(minimal(parameters=[{"$ref": reference}])).check()


def test_a_platform_names_every_operation_without_a_handler() -> None:
    with pytest.raises(RegistryMismatchError) as caught:
        Bookshop(api(), Registry())

    assert caught.value.missing == sorted(found.name for found in api().operations)
    assert "books.create, books.delete" in str(caught.value)


def test_a_platform_names_every_handler_without_an_operation() -> None:
    more = Registry().include(registry)
    more.handles("books.burn")(nothing)

    with pytest.raises(RegistryMismatchError, match=r"without an operation in the document: books\.burn"):
        Bookshop(api(), more)


def test_two_handlers_for_one_operation_are_refused() -> None:
    with pytest.raises(SandboxError, match=r"books\.get has two handlers"):
        Registry().include(registry).handles("books.get")(nothing)


def test_a_sound_document_passes_its_check() -> None:
    api().check()


def test_the_document_of_these_tests_is_a_document() -> None:
    assert json.loads(DOCUMENT.read_text())["openapi"] == "3.1.0"
