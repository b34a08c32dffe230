"""What the schemas promise: marked secrets, every event, decidable unions, the platform's limits and error codes."""

from __future__ import annotations

import re

import pytest

from .walking import Json, resolve, subschemas


def test_every_secret_is_marked(document: Json) -> None:
    secret = {"access_token", "refresh_token", "client_secret", "secret"}
    unmarked = [
        f"{place}/{name}"
        for top, component in document["components"]["schemas"].items()
        for place, schema in subschemas(component, top)
        for name, node in schema.get("properties", {}).items()
        if name in secret and node.get("format") != "password"
    ]

    assert unmarked == []
    assert document["components"]["parameters"]["StreamToken"]["schema"]["format"] == "password"


def test_a_webhook_has_its_secret_only_at_times(document: Json) -> None:
    webhook = document["components"]["schemas"]["Webhook"]

    assert "secret" in webhook["properties"]
    assert "secret" not in webhook["required"]


def test_every_event_of_both_catalogues_is_a_webhook(document: Json) -> None:
    schemas = document["components"]["schemas"]

    assert list(document["webhooks"]) == schemas["WebhookEventName"]["enum"]
    for event, item in document["webhooks"].items():
        name = "".join(part.capitalize() for part in re.split(r"[._]", event))
        media = item["post"]["requestBody"]["content"]["application/json"]
        assert media["schema"] == {"$ref": f"#/components/schemas/{name}"}
        assert schemas[name]["properties"]["event"]["enum"] == [event]
        assert schemas[name]["properties"]["data"] == {"$ref": f"#/components/schemas/{name}Data"}
        assert schemas[name]["required"] == ["event", "timestamp", "data"]


@pytest.mark.parametrize("name", ["State", "Logic", "Presentation", "FormField", "HistoryEvent", "StreamEvent"])
def test_every_tag_of_a_union_leads_to_the_member_that_carries_it(name: str, document: Json) -> None:
    union = document["components"]["schemas"][name]
    tag, mapping = union["discriminator"]["propertyName"], union["discriminator"]["mapping"]

    assert list(mapping.values()) == [member["$ref"] for member in union["oneOf"]]
    for value, reference in mapping.items():
        member = resolve(document, reference)
        assert member["properties"][tag]["enum"] == [value]
        assert tag in member["required"]


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
