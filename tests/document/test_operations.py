"""Every operation stands in its document, with everything that the generator and the sandbox want to know of it."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from .platforms import Platform
from .walking import Json, Operation, deref

SDK: dict[str, set[Any]] = {
    "namespace": {"header", "none"},
    "idempotent": {True, False},
    "paginate": {"page", "cursor", "none"},
    "stream": {"sse", "none"},
}
SDK_NAMES = {"resource", "method", "host"}
SDK_EXTRAS = {"items", "result", "body", "url"}


def names(found: list[Operation]) -> set[str]:
    return {operation.name for operation in found}


def parameters(document: Json, operation: Operation, place: str) -> list[str]:
    declared = [deref(document, parameter) for parameter in operation.node.get("parameters", [])]
    return [parameter["name"] for parameter in declared if parameter["in"] == place]


def success(operation: Operation) -> tuple[str, Json]:
    [(status, reply)] = [item for item in operation.node["responses"].items() if item[0].startswith("2")]
    return status, reply


def result_schema(document: Json, operation: Operation) -> Json:
    """The schema of the reply's result, by the path that `x-sdk` or the root gives."""
    sdk = operation.sdk
    schema: Json = next(iter(success(operation)[1]["content"].values()))["schema"]
    if sdk["stream"] == "sse":
        return schema
    path: str = sdk.get("items", sdk.get("result", document["x-sdk"]["envelope"]))
    for part in path.split(".") if path else []:
        schema = schema["properties"][part]
    return schema


def test_the_document_has_as_many_operations_as_the_platform(
    platform: Platform, all_operations: list[Operation]
) -> None:
    assert len(all_operations) == len(platform.names) == platform.count


def test_every_method_of_the_client_has_its_operation(platform: Platform, all_operations: list[Operation]) -> None:
    counts = Counter(operation.name for operation in all_operations)

    assert counts == Counter(platform.names)


def test_the_root_says_what_the_generator_needs(platform: Platform, document: Json) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["x-sdk"] == platform.root


def test_every_x_sdk_is_complete(all_operations: list[Operation]) -> None:
    wanted = SDK_NAMES | set(SDK)

    assert [op.place for op in all_operations if not wanted <= set(op.sdk) <= wanted | SDK_EXTRAS] == []


def test_every_x_sdk_value_is_known(platform: Platform, all_operations: list[Operation]) -> None:
    known = SDK | {"host": set(platform.hosts)}

    assert [(op.place, key) for op in all_operations for key in known if op.sdk[key] not in known[key]] == []


def test_switches_are_booleans(all_operations: list[Operation]) -> None:
    assert {type(op.sdk["idempotent"]) for op in all_operations} == {bool}


def test_operations_name_the_servers_of_their_host(
    platform: Platform, document: Json, all_operations: list[Operation]
) -> None:
    def urls(node: Json) -> tuple[str, ...]:
        return tuple(server["url"] for server in node["servers"])

    [main, *_] = platform.hosts
    given = {op.name: (op.sdk["host"], urls(op.node)) for op in all_operations if "servers" in op.node}
    elsewhere = {op.name: op.sdk["host"] for op in all_operations if op.sdk["host"] != main}

    assert urls(document) == platform.hosts[main]
    assert given == {name: (host, platform.hosts[host]) for name, host in elsewhere.items()}


def test_operations_go_without_token_where_the_platform_wants_none(
    platform: Platform, all_operations: list[Operation]
) -> None:
    assert names([op for op in all_operations if op.node["security"] == []]) == platform.without_token


def test_reading_takes_no_scope_for_writing(all_operations: list[Operation]) -> None:
    wrong = [
        op.place
        for op in all_operations
        if op.method == "get"
        for needs in op.node["security"]
        for scopes in needs.values()
        for scope in scopes
        if scope.endswith((":write", ":execute"))
    ]

    assert wrong == []


def test_an_idempotency_key_is_declared_where_it_is_sent(document: Json, all_operations: list[Operation]) -> None:
    keyed = {op.name for op in all_operations if op.sdk["idempotent"]}
    declared = {op.name for op in all_operations if "Idempotency-Key" in parameters(document, op, "header")}

    assert declared == keyed


def test_lists_are_read_by_page_and_histories_by_cursor(platform: Platform, all_operations: list[Operation]) -> None:
    by_page = [op for op in all_operations if op.sdk["paginate"] == "page"]
    by_cursor = [op for op in all_operations if op.sdk["paginate"] == "cursor"]

    assert names(by_page) == platform.by_page
    assert names(by_cursor) == platform.by_cursor


@pytest.mark.parametrize("paginate", ["page", "cursor"])
def test_paginated_operations_declare_their_parameters(
    paginate: str, platform: Platform, document: Json, all_operations: list[Operation]
) -> None:
    wanted = platform.page_parameters if paginate == "page" else {"limit", "cursor"}

    declaring = [op for op in all_operations if wanted <= set(parameters(document, op, "query"))]

    assert names(declaring) == names([op for op in all_operations if op.sdk["paginate"] == paginate])


def test_the_items_of_every_list_are_an_array_of_a_named_schema(
    platform: Platform, document: Json, all_operations: list[Operation]
) -> None:
    lists = platform.by_page | platform.by_cursor | platform.arrays
    schemas = {op.name: result_schema(document, op) for op in all_operations if op.name in lists}

    assert set(schemas) == lists
    assert [
        name for name, schema in schemas.items() if schema["type"] != "array" or "$ref" not in schema["items"]
    ] == []


def test_page_lists_say_where_they_stand(platform: Platform, document: Json, all_operations: list[Operation]) -> None:
    wanted = {field: {"$ref": f"#/components/schemas/{name}"} for field, name in platform.page_info.items()}

    for operation in all_operations:
        if operation.sdk["paginate"] == "page":
            body = success(operation)[1]["content"]["application/json"]["schema"]["properties"]
            assert {field: body.get(field) for field in wanted} == wanted, operation.place


def test_every_single_result_is_a_named_schema(
    platform: Platform, document: Json, all_operations: list[Operation]
) -> None:
    others = platform.by_page | platform.by_cursor | platform.arrays | platform.empty

    assert [
        op.place for op in all_operations if op.name not in others and "$ref" not in result_schema(document, op)
    ] == []


def test_what_has_nothing_to_say_answers_without_a_body(platform: Platform, all_operations: list[Operation]) -> None:
    empty = [op for op in all_operations if success(op)[0] == "204"]

    assert names(empty) == platform.empty
    assert [op.place for op in empty if "content" in success(op)[1]] == []


def test_creating_answers_201(platform: Platform, all_operations: list[Operation]) -> None:
    creating = dict.fromkeys((name for name in platform.names if name.endswith(".create")), "201")
    statuses = {op.name: success(op)[0] for op in all_operations}

    assert {name: status for name, status in statuses.items() if status not in {"200", "204"}} == {
        **creating,
        **platform.statuses,
    }


def test_few_operations_need_special_placing(platform: Platform, all_operations: list[Operation]) -> None:
    assert {op.name: op.sdk["result"] for op in all_operations if "result" in op.sdk} == platform.results
    assert {op.name: op.sdk["body"] for op in all_operations if "body" in op.sdk} == platform.bodies


def test_path_parameters_are_declared_in_the_order_of_the_path(document: Json, all_operations: list[Operation]) -> None:
    wrong = [op.place for op in all_operations if re.findall(r"{(\w+)}", op.path) != parameters(document, op, "path")]

    assert wrong == []


def test_no_path_parameter_may_be_empty(document: Json) -> None:
    declared = [node for node in document["components"]["parameters"].values() if node["in"] == "path"]

    assert declared != []
    assert [node["name"] for node in declared if node["schema"].get("minLength") != 1 or not node["required"]] == []


def test_no_operation_has_two_parameters_of_one_name(document: Json, all_operations: list[Operation]) -> None:
    for operation in all_operations:
        given = [name for place in ("path", "query") for name in parameters(document, operation, place)]
        assert len(given) == len(set(given)), operation.place


def test_every_operation_declares_the_refusals_that_it_can_give(
    platform: Platform, document: Json, all_operations: list[Operation]
) -> None:
    def wanted(operation: Operation) -> set[str]:
        statuses = {"400", "429", "500", "503"}
        if operation.name not in platform.without_token:
            statuses |= {"401", "403"}
        if parameters(document, operation, "path"):
            statuses.add("404")
        own_queries = set(parameters(document, operation, "query")) - {"token", "namespace"}
        if "requestBody" in operation.node or own_queries:
            statuses.add("422")
        return statuses

    lacking = {op.place: sorted(wanted(op) - set(op.node["responses"])) for op in all_operations}

    assert {place: statuses for place, statuses in lacking.items() if statuses} == {}
