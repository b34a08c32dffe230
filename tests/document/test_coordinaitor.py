"""What only the CoordinAItor document has: three ways in, permissions, filters, uploads, live updates."""

from __future__ import annotations

import re

import pytest

from .platforms import COORDINAITOR
from .test_operations import names, parameters, success
from .walking import Json, Operation, deref, resolve, schemas

pytestmark = pytest.mark.parametrize("platform", [COORDINAITOR], ids=["coordinaitor"], indirect=True)
UPLOADS = {"tasks.upload_file", "users.me.upload_avatar"}
FOR_ADMINISTRATORS = {"users.list", "system.logs"}
WITH_A_SESSION_ONLY = {"auth.logout", "auth.create_api_key"}
CODES = {
    "AUTHENTICATION_ERROR": "401",
    "AUTHORIZATION_ERROR": "403",
    "VALIDATION_ERROR": "422",
    "NOT_FOUND": "404",
    "CONFLICT_ERROR": "409",
    "RATE_LIMIT_ERROR": "429",
    "SERVICE_UNAVAILABLE": "503",
}
FILTERS = {
    "tasks.list": {
        "status",
        "priority",
        "projectId",
        "agentId",
        "search",
        "tags",
        "createdAfter",
        "createdBefore",
        "sortBy",
        "sortOrder",
    },
    "tasks.get": {"include"},
    "tasks.delete": {"reason"},
    "agents.list": {"type", "status", "capabilities", "available"},
    "agents.get": {"include"},
    "projects.list": {"status", "search", "memberId"},
    "users.list": {"search"},
    "system.logs": {"level", "service", "since", "limit"},
}
COMMA_SEPARATED = {
    ("tasks.list", "tags"),
    ("tasks.get", "include"),
    ("agents.list", "capabilities"),
    ("agents.get", "include"),
}


def schemes(operation: Operation) -> set[str]:
    return {name for needs in operation.node["security"] for name in needs}


def test_every_path_is_versioned_but_that_of_oauth(all_operations: list[Operation]) -> None:
    assert {op.path for op in all_operations if not op.path.startswith("/api/v1/")} == {"/oauth/token"}


def test_there_are_three_ways_in(all_operations: list[Operation]) -> None:
    narrow = [op for op in all_operations if schemes(op) != {"bearer", "apiKey", "oauth"}]

    assert names(narrow) == COORDINAITOR.without_token | WITH_A_SESSION_ONLY
    assert all(schemes(op) == {"bearer"} for op in narrow if op.name in WITH_A_SESSION_ONLY)


def test_every_way_in_needs_the_same_permission(all_operations: list[Operation]) -> None:
    needed = {op.place: [scopes for need in op.node["security"] for scopes in need.values()] for op in all_operations}

    assert [place for place, scopes in needed.items() if any(one != scopes[0] for one in scopes)] == []


def test_only_health_and_the_session_itself_need_no_permission(all_operations: list[Operation]) -> None:
    without = [
        op for op in all_operations if not any(scopes for need in op.node["security"] for scopes in need.values())
    ]

    assert names(without) == COORDINAITOR.without_token | WITH_A_SESSION_ONLY | {"system.health"}


def test_administrators_only_are_named(all_operations: list[Operation]) -> None:
    marked = [op for op in all_operations if {"bearer": ["admin"]} in op.node["security"]]

    assert names(marked) == FOR_ADMINISTRATORS


def test_the_permissions_of_keys_are_the_scopes_of_oauth(document: Json) -> None:
    flow = document["components"]["securitySchemes"]["oauth"]["flows"]["authorizationCode"]

    assert list(flow["scopes"]) == document["components"]["schemas"]["Permission"]["enum"]


def test_nothing_takes_a_namespace_or_an_idempotency_key(all_operations: list[Operation]) -> None:
    assert {(op.sdk["namespace"], op.sdk["idempotent"], op.sdk["stream"]) for op in all_operations} == {
        ("none", False, "none")
    }


def test_every_filter_is_there(document: Json, all_operations: list[Operation]) -> None:
    paging = {
        op.name: COORDINAITOR.page_parameters if op.name in COORDINAITOR.by_page else set[str]()
        for op in all_operations
    }
    given = {op.name: set(parameters(document, op, "query")) - paging[op.name] for op in all_operations}

    assert {name: filters for name, filters in given.items() if filters} == FILTERS


def test_several_values_are_separated_by_commas(document: Json, all_operations: list[Operation]) -> None:
    found = {
        (op.name, parameter["name"])
        for op in all_operations
        for parameter in (deref(document, one) for one in op.node.get("parameters", []))
        if parameter["schema"].get("type") == "array" and parameter["explode"] is False
    }

    assert found == COMMA_SEPARATED


def test_two_operations_take_a_file(all_operations: list[Operation]) -> None:
    uploads = [
        op for op in all_operations if "multipart/form-data" in op.node.get("requestBody", {}).get("content", {})
    ]

    assert names(uploads) == UPLOADS


def test_put_replaces_and_patch_updates(all_operations: list[Operation]) -> None:
    methods = {(op.method, op.sdk["method"]) for op in all_operations if op.method in {"put", "patch"}}

    assert methods == {("put", "replace"), ("put", "mark_read"), ("patch", "update")}


def test_every_reply_with_a_body_says_success_and_carries_its_meta(all_operations: list[Operation]) -> None:
    for operation in all_operations:
        content = success(operation)[1].get("content")
        if content and "result" not in operation.sdk:
            schema = content["application/json"]["schema"]
            assert schema["required"] == ["success", "data"], operation.place
            assert {"success", "data", "meta"} <= set(schema["properties"]), operation.place


def test_every_documented_error_code_is_shown_under_its_status(document: Json, all_operations: list[Operation]) -> None:
    shown = {
        (example["value"]["error"]["code"], status)
        for op in all_operations
        for status, reply in op.node["responses"].items()
        for example in deref(document, reply)
        .get("content", {})
        .get("application/json", {})
        .get("examples", {})
        .values()
        if isinstance(example["value"]["error"], dict)
    }

    assert set(CODES.items()) <= shown


def test_names_on_the_wire_are_camel_case_but_those_of_oauth(document: Json) -> None:
    odd = {
        place.split("/")[3]
        for place, schema in schemas(document)
        for name in schema.get("properties", {})
        if not re.fullmatch("[a-z]+([A-Z][a-z]*)*", name)
    }

    assert odd == {"OAuthError", "OAuthToken", "OAuthTokenRequest"}


def test_live_updates_are_typed_for_every_event(document: Json) -> None:
    live = document["x-websocket"]
    union = resolve(document, live["receive"]["$ref"])

    assert live["path"] == "/ws"
    assert set(union["discriminator"]["mapping"]) == set(document["webhooks"])
    assert live["channels"] == resolve(document, "#/components/schemas/Channel/enum")
    assert live["send"] == {"$ref": "#/components/schemas/Subscription"}


LIMITS = [
    ("parameters/Limit/schema/maximum", 100),
    ("parameters/Limit/schema/default", 20),
    ("parameters/Page/schema/default", 1),
    ("schemas/TaskStatus/enum", ["pending", "active", "completed", "failed", "cancelled"]),
    ("schemas/Priority/enum", ["low", "medium", "high"]),
    ("schemas/TaskSortKey/enum", ["createdAt", "updatedAt", "priority", "dueDate"]),
    ("schemas/SortOrder/enum", ["asc", "desc"]),
    ("schemas/TaskInclude/enum", ["comments", "files", "history", "metrics"]),
    ("schemas/AgentType/enum", ["coding", "analysis", "review", "qa", "documentation"]),
    ("schemas/AgentStatus/enum", ["available", "busy", "offline", "error"]),
    ("schemas/AgentInclude/enum", ["tasks", "metrics", "logs"]),
    ("schemas/ProjectStatus/enum", ["active", "completed", "archived", "on-hold"]),
    ("schemas/LogLevel/enum", ["error", "warn", "info", "debug"]),
]


@pytest.mark.parametrize(("place", "limit"), LIMITS, ids=[place for place, _ in LIMITS])
def test_the_limits_of_the_platform_stand_in_the_document(place: str, limit: object, document: Json) -> None:
    assert resolve(document, f"#/components/{place}") == limit
