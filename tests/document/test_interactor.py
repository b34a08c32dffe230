"""What only the Interactor document has: an account server, namespaces, idempotency keys, cursors, event streams."""

from __future__ import annotations

import pytest

from .platforms import INTERACTOR
from .test_operations import names, parameters, result_schema, success
from .walking import Json, Operation, deref, resolve

pytestmark = pytest.mark.parametrize("platform", [INTERACTOR], ids=["interactor"], indirect=True)
ON_THE_ACCOUNT_SERVER = INTERACTOR.without_token
POSTS_WITHOUT_KEY = {"oauth.token", "oauth.revoke", "workflows.validate"}
STREAMS = {"rooms.stream", "workflow_instances.stream"}


def test_only_tokens_and_keys_live_on_the_account_server(all_operations: list[Operation]) -> None:
    assert names([op for op in all_operations if op.sdk["host"] == "account"]) == ON_THE_ACCOUNT_SERVER


def test_only_operations_of_the_account_server_go_without_namespace(
    document: Json, all_operations: list[Operation]
) -> None:
    without = [op for op in all_operations if op.sdk["namespace"] == "none"]
    undeclared = [op for op in all_operations if "X-Namespace" not in parameters(document, op, "header")]

    assert names(without) == names(undeclared) == ON_THE_ACCOUNT_SERVER


def test_every_operation_with_a_token_names_its_scope(all_operations: list[Operation]) -> None:
    unscoped = [
        op.place
        for op in all_operations
        if op.name not in ON_THE_ACCOUNT_SERVER
        and not all(scopes for needs in op.node["security"] for scopes in needs.values())
    ]

    assert unscoped == []


def test_every_post_but_three_takes_an_idempotency_key(all_operations: list[Operation]) -> None:
    keyed = {op.name for op in all_operations if op.sdk["idempotent"]}

    assert keyed == names([op for op in all_operations if op.method == "post"]) - POSTS_WITHOUT_KEY


def test_a_reused_key_has_its_reply(document: Json, all_operations: list[Operation]) -> None:
    def codes(operation: Operation) -> set[str]:
        reply = deref(document, operation.node["responses"].get("409", {}))
        shown = reply.get("content", {}).get("application/json", {}).get("examples", {})
        return {example["value"]["error"]["code"] for example in shown.values()}

    keyed = [op for op in all_operations if op.sdk["idempotent"]]

    assert [op.place for op in keyed if "IDEMPOTENCY_CONFLICT" not in codes(op)] == []


def test_cursor_lists_carry_their_pagination(all_operations: list[Operation]) -> None:
    for operation in all_operations:
        if operation.sdk["paginate"] == "cursor":
            body = success(operation)[1]["content"]["application/json"]["schema"]["properties"]
            pagination = body["data"]["properties"]["pagination"]
            assert pagination == {"$ref": "#/components/schemas/CursorPagination"}, operation.place


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


def test_the_token_in_a_url_is_marked_as_a_secret(document: Json) -> None:
    assert document["components"]["parameters"]["StreamToken"]["schema"]["format"] == "password"


def test_a_webhook_has_its_secret_only_at_times(document: Json) -> None:
    webhook = document["components"]["schemas"]["Webhook"]

    assert "secret" in webhook["properties"]
    assert "secret" not in webhook["required"]


LIMITS = [
    ("schemas/WorkflowDefinition/properties/name/maxLength", 64),
    ("schemas/WorkflowDefinition/properties/name/pattern", "^[A-Za-z0-9_-]+$"),
    ("schemas/States/maxProperties", 100),
    ("schemas/ActionState/properties/transitions/maxItems", 20),
    ("schemas/HaltingState/properties/transitions/maxItems", 20),
    ("schemas/ScriptLogic/properties/code/maxLength", 64 * 1024),
    ("schemas/FormPresentation/properties/fields/maxItems", 50),
    ("schemas/FileField/properties/maxSize/maximum", 10 * 1024 * 1024),
    ("schemas/Instance/properties/threads/maxItems", 10),
    ("schemas/WebhookSubscriptionCreate/properties/secret/minLength", 32),
    ("parameters/Namespace/schema/pattern", "^[A-Za-z0-9_.:-]{1,128}$"),
    ("parameters/PerPage/schema/maximum", 100),
    ("parameters/PerPage/schema/default", 20),
    ("parameters/MessagesPerPage/schema/default", 50),
    ("parameters/Limit/schema/maximum", 1000),
    ("parameters/Limit/schema/default", 100),
    ("schemas/RateLimitScope/enum", ["client", "namespace", "streaming", "oauth"]),
    ("schemas/InstanceStatus/enum", ["running", "halted", "completed", "failed", "cancelled"]),
    ("schemas/Operator/enum", ["equals", "not_equals", "gt", "gte", "lt", "lte", "contains", "in"]),
    ("schemas/MessageRole/enum", ["user", "assistant", "system", "tool"]),
]


@pytest.mark.parametrize(("place", "limit"), LIMITS, ids=[place for place, _ in LIMITS])
def test_the_limits_of_the_platform_stand_in_the_document(place: str, limit: object, document: Json) -> None:
    assert resolve(document, f"#/components/{place}") == limit


CODES = {
    "AUTH_ERROR",
    "FORBIDDEN",
    "NOT_FOUND",
    "VALIDATION_ERROR",
    "RATE_LIMITED",
    "API_ERROR",
    "REFRESH_FAILED",
    "unauthorized",
    "forbidden",
    "rate_limited",
    "internal_error",
    "invalid_workflow",
    "workflow_exists",
    "workflow_not_found",
    "workflow_not_published",
    "version_not_found",
    "already_published",
    "namespace_quota_exceeded",
    "instance_not_found",
    "instance_not_halted",
    "instance_not_active",
    "invalid_transition",
    "concurrent_modification",
    "script_error",
    "script_timeout",
    "http_error",
    "http_timeout",
}


def test_every_documented_error_code_is_shown_in_a_reply(document: Json) -> None:
    shown = {
        example["value"]["error"]["code"]
        for reply in document["components"]["responses"].values()
        for example in reply["content"]["application/json"]["examples"].values()
    }

    assert sorted(CODES - shown) == []
