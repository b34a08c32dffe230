"""All 71 operations stand in the document, with everything that the generator and the sandbox want to know of them."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from .walking import Json, Operation, deref, operations

CRUD = ("create", "list", "get", "update", "delete")
METHODS: dict[str, tuple[str, ...]] = {
    "oauth": ("token", "revoke", "jwks", "initiate", "callback", "status"),
    "credentials": ("list", "get", "token", "delete", "refresh"),
    "assistants": CRUD,
    "rooms": (*CRUD, "stream", "submit_tool_result"),
    "rooms.messages": ("send", "list"),
    "tools": CRUD,
    "data_sources": (*CRUD, "sync"),
    "workflows": ("create", "validate", "list", "get", "delete", "errors"),
    "workflows.versions": ("list", "publish"),
    "workflows.instances": ("create", "list", "get", "resume", "cancel", "history", "event"),
    "workflows.instances.threads": ("list", "resume"),
    "workflow_instances": (
        "start",
        "list",
        "get",
        "input",
        "trigger_event",
        "cancel",
        "thread",
        "send_message",
        "stream",
    ),
    "webhooks": (*CRUD, "rotate_secret"),
    "webhooks.subscriptions": ("create", "list", "delete"),
}
NAMES = {f"{resource}.{method}" for resource, methods in METHODS.items() for method in methods}

ON_THE_ACCOUNT_SERVER = {"oauth.token", "oauth.revoke", "oauth.jwks"}
POSTS_WITHOUT_KEY = {"oauth.token", "oauth.revoke", "workflows.validate"}
STREAMS = {"rooms.stream", "workflow_instances.stream"}
BY_CURSOR = {"workflows.errors", "workflows.instances.history"}

SDK: dict[str, set[Any]] = {
    "resource": set(METHODS),
    "method": {method for methods in METHODS.values() for method in methods},
    "host": {"core", "account"},
    "namespace": {"header", "none"},
    "idempotent": {True, False},
    "paginate": {"page", "cursor", "none"},
    "stream": {"sse", "none"},
}
SDK_EXTRAS = {"items", "result", "body", "url"}

CORE = ["https://core.interactor.com/api/v1", "https://sandbox-core.interactor.com/api/v1"]
ACCOUNT = ["https://auth.interactor.com/api/v1", "https://sandbox-auth.interactor.com/api/v1"]


@pytest.fixture(scope="session")
def all_operations(document: Json) -> list[Operation]:
    return operations(document)


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


def test_there_are_71_operations(all_operations: list[Operation]) -> None:
    assert len(all_operations) == len(NAMES) == 71


def test_every_method_of_the_client_has_its_operation(all_operations: list[Operation]) -> None:
    counts = Counter(operation.name for operation in all_operations)

    assert counts == Counter(NAMES)


def test_the_root_says_what_the_generator_needs(document: Json) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["x-sdk"] == {
        "package": "interactor_api",
        "title": "Interactor",
        "error": "InteractorError",
        "envelope": "data",
    }


def test_every_x_sdk_is_complete(all_operations: list[Operation]) -> None:
    incomplete = [op.place for op in all_operations if not set(SDK) <= set(op.sdk) <= set(SDK) | SDK_EXTRAS]

    assert incomplete == []


def test_every_x_sdk_value_is_known(all_operations: list[Operation]) -> None:
    unknown = [(op.place, key) for op in all_operations for key in SDK if op.sdk[key] not in SDK[key]]

    assert unknown == []


def test_switches_are_booleans(all_operations: list[Operation]) -> None:
    assert {type(op.sdk["idempotent"]) for op in all_operations} == {bool}


def test_only_tokens_and_keys_live_on_the_account_server(all_operations: list[Operation]) -> None:
    assert names([op for op in all_operations if op.sdk["host"] == "account"]) == ON_THE_ACCOUNT_SERVER


def test_operations_name_the_servers_of_their_host(document: Json, all_operations: list[Operation]) -> None:
    def urls(node: Json) -> list[str]:
        return [server["url"] for server in node["servers"]]

    overridden = {op.name: urls(op.node) for op in all_operations if "servers" in op.node}

    assert urls(document) == CORE
    assert overridden == dict.fromkeys(ON_THE_ACCOUNT_SERVER, ACCOUNT)


def test_only_operations_of_the_account_server_go_without_namespace(
    document: Json, all_operations: list[Operation]
) -> None:
    without = [op for op in all_operations if op.sdk["namespace"] == "none"]
    undeclared = [op for op in all_operations if "X-Namespace" not in parameters(document, op, "header")]

    assert names(without) == names(undeclared) == ON_THE_ACCOUNT_SERVER


def test_only_operations_of_the_account_server_go_without_token(all_operations: list[Operation]) -> None:
    assert names([op for op in all_operations if op.node["security"] == []]) == ON_THE_ACCOUNT_SERVER


def test_every_other_operation_names_its_scope(all_operations: list[Operation]) -> None:
    unscoped = [
        op.place
        for op in all_operations
        if op.name not in ON_THE_ACCOUNT_SERVER
        and not all(scopes for needs in op.node["security"] for scopes in needs.values())
    ]

    assert unscoped == []


def test_reading_takes_no_scope_for_writing(all_operations: list[Operation]) -> None:
    wrong = [
        op.place
        for op in all_operations
        if op.method == "get"
        for needs in op.node["security"]
        for scope in needs["clientCredentials"]
        if scope.endswith((":write", ":execute"))
    ]

    assert wrong == []


def test_every_post_but_three_takes_an_idempotency_key(document: Json, all_operations: list[Operation]) -> None:
    keyed = {op.name for op in all_operations if op.sdk["idempotent"]}
    declared = {op.name for op in all_operations if "Idempotency-Key" in parameters(document, op, "header")}

    assert keyed == names([op for op in all_operations if op.method == "post"]) - POSTS_WITHOUT_KEY
    assert declared == keyed


def test_a_reused_key_has_its_reply(document: Json, all_operations: list[Operation]) -> None:
    def codes(operation: Operation) -> set[str]:
        reply = deref(document, operation.node["responses"].get("409", {}))
        shown = reply.get("content", {}).get("application/json", {}).get("examples", {})
        return {example["value"]["error"]["code"] for example in shown.values()}

    keyed = [op for op in all_operations if op.sdk["idempotent"]]

    assert [op.place for op in keyed if "IDEMPOTENCY_CONFLICT" not in codes(op)] == []


def test_lists_are_read_by_page_and_histories_by_cursor(all_operations: list[Operation]) -> None:
    by_page = [op for op in all_operations if op.sdk["paginate"] == "page"]
    by_cursor = [op for op in all_operations if op.sdk["paginate"] == "cursor"]

    assert names(by_page) == {name for name in NAMES if name.endswith(".list")}
    assert names(by_cursor) == BY_CURSOR


@pytest.mark.parametrize(("paginate", "wanted"), [("page", {"page", "per_page"}), ("cursor", {"limit", "cursor"})])
def test_paginated_operations_declare_their_parameters(
    paginate: str, wanted: set[str], document: Json, all_operations: list[Operation]
) -> None:
    declaring = [op for op in all_operations if wanted <= set(parameters(document, op, "query"))]

    assert names(declaring) == names([op for op in all_operations if op.sdk["paginate"] == paginate])


def test_the_items_of_every_list_are_an_array_of_a_named_schema(
    document: Json, all_operations: list[Operation]
) -> None:
    schemas = {op.name: result_schema(document, op) for op in all_operations if op.sdk["paginate"] != "none"}

    assert [
        name for name, schema in schemas.items() if schema["type"] != "array" or "$ref" not in schema["items"]
    ] == []


def test_page_lists_carry_their_meta_and_cursor_lists_their_pagination(
    document: Json, all_operations: list[Operation]
) -> None:
    for operation in all_operations:
        if operation.sdk["paginate"] == "none":
            continue
        body = success(operation)[1]["content"]["application/json"]["schema"]["properties"]
        if operation.sdk["paginate"] == "page":
            assert body["meta"] == {"$ref": "#/components/schemas/PageMeta"}, operation.place
        else:
            pagination = body["data"]["properties"]["pagination"]
            assert pagination == {"$ref": "#/components/schemas/CursorPagination"}, operation.place


def test_every_single_result_is_a_named_schema(document: Json, all_operations: list[Operation]) -> None:
    single = [op for op in all_operations if op.sdk["paginate"] == "none" and success(op)[0] != "204"]

    assert [op.place for op in single if "$ref" not in result_schema(document, op)] == []


def test_deletes_and_revoke_answer_without_a_body(all_operations: list[Operation]) -> None:
    empty = [op for op in all_operations if success(op)[0] == "204"]

    assert names(empty) == {name for name in NAMES if name.endswith(".delete")} | {"oauth.revoke"}
    assert [op.place for op in empty if "content" in success(op)[1]] == []


def test_creating_answers_201(all_operations: list[Operation]) -> None:
    statuses = {op.name: success(op)[0] for op in all_operations}

    assert {name: status for name, status in statuses.items() if name.endswith(".create") and status != "201"} == {}
    assert statuses["workflows.versions.publish"] == statuses["workflows.instances.resume"] == "200"
    assert statuses["data_sources.sync"] == "202"


def test_two_operations_stream(document: Json, all_operations: list[Operation]) -> None:
    streams = [op for op in all_operations if op.sdk["stream"] == "sse"]

    assert names(streams) == STREAMS
    for operation in streams:
        assert list(success(operation)[1]["content"]) == ["text/event-stream"]
        assert result_schema(document, operation) == {"$ref": "#/components/schemas/StreamEvent"}
        assert "Last-Event-ID" in parameters(document, operation, "header")


def test_streams_name_the_query_parameters_of_their_url(document: Json, all_operations: list[Operation]) -> None:
    urls = {op.name: op.sdk["url"] for op in all_operations if "url" in op.sdk}

    assert urls == {name: {"token": "token", "namespace": "namespace"} for name in STREAMS}
    for operation in all_operations:
        if operation.name in STREAMS:
            assert {"token", "namespace"} <= set(parameters(document, operation, "query"))


def test_only_two_operations_need_special_placing(all_operations: list[Operation]) -> None:
    assert {op.name: op.sdk["result"] for op in all_operations if "result" in op.sdk} == {"oauth.jwks": ""}
    assert {op.name: op.sdk["body"] for op in all_operations if "body" in op.sdk} == {
        "workflow_instances.input": "input"
    }


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
    document: Json, all_operations: list[Operation]
) -> None:
    def wanted(operation: Operation) -> set[str]:
        statuses = {"400", "429", "500", "503"}
        if operation.name not in ON_THE_ACCOUNT_SERVER:
            statuses |= {"401", "403"}
        if parameters(document, operation, "path"):
            statuses.add("404")
        own_queries = set(parameters(document, operation, "query")) - {"token", "namespace"}
        if "requestBody" in operation.node or own_queries:
            statuses.add("422")
        return statuses

    lacking = {op.place: sorted(wanted(op) - set(op.node["responses"])) for op in all_operations}

    assert {place: statuses for place, statuses in lacking.items() if statuses} == {}
