"""Deliveries of this platform: its header, its scheme, its events; the rest is what every platform has."""

from __future__ import annotations

import datetime
import hmac
import json
from typing import Any

import pytest

from coordinaitor import ConfigurationError, OrchestratorError, webhooks
from coordinaitor.webhooks import (
    MemoryStore,
    SqliteStore,
    TaskCompleted,
    UnknownEvent,
    WebhookEvent,
    WebhookRouter,
    WebhookVerificationError,
    WebhookVerifier,
    sign,
)

HEADER = "X-Orchestrator-Signature"
NAMES = {
    "task.created": "TaskCreated",
    "task.updated": "TaskUpdated",
    "task.completed": "TaskCompleted",
    "task.failed": "TaskFailed",
    "task.assigned": "TaskAssigned",
    "agent.created": "AgentCreated",
    "agent.status_changed": "AgentStatusChanged",
    "project.created": "ProjectCreated",
    "project.completed": "ProjectCompleted",
    "user.registered": "UserRegistered",
}


def delivery(event: str = "task.completed", **data: Any) -> bytes:
    told = {
        "event": event,
        "timestamp": "2026-01-16T15:30:00Z",
        "data": {"id": "task-123", "title": "Login", "completedAt": "2026-01-16T15:30:00Z", **data},
        "organization": {"id": "org-123", "name": "Acme Corp"},
    }
    return json.dumps(told).encode()


def headers(body: bytes, secret: str = "secret") -> dict[str, str]:
    return {HEADER: sign(body, secret)}


def test_a_signature_is_the_one_of_the_platform() -> None:
    digest = hmac.new(b"whsec_1", delivery(), "sha256").hexdigest()

    assert sign(delivery(), "whsec_1") == f"sha256={digest}"


@pytest.mark.parametrize(("name", "kind"), NAMES.items())
def test_every_event_of_the_catalogue_has_its_class(name: str, kind: str) -> None:
    body = delivery(name)

    event = WebhookVerifier(secrets=["secret"]).verify(body, headers(body))

    assert type(event) is getattr(webhooks, kind)
    assert isinstance(event, WebhookEvent)
    assert (event.type, event.data.id) == (name, "task-123")
    assert event.to_dict()["organization"] == json.loads(body)["organization"]


def test_an_event_knows_when_for_whom_and_nothing_that_was_not_signed() -> None:
    body = delivery()

    event = WebhookVerifier(secrets=["secret"]).verify(body, {**headers(body), "X-Request-Id": "req-1"})

    assert isinstance(event, TaskCompleted)
    assert event.organization is not None
    assert (event.organization.name, event.timestamp.year) == ("Acme Corp", 2026)
    assert event.data.completed_at == datetime.datetime(2026, 1, 16, 15, 30, tzinfo=datetime.UTC)
    assert (event.id, event.idempotency_key, event.namespace, event.delivery_id) == (None, None, None, None)
    assert event.key.startswith("sha256:")


def test_an_unknown_event_is_passed_on() -> None:
    body = delivery("task.dreamt")

    assert isinstance(WebhookVerifier(secrets=["secret"]).verify(body, headers(body)), UnknownEvent)


@pytest.mark.parametrize("spoilt", [delivery() + b" ", delivery("task.failed")])
def test_a_body_that_was_changed_proves_nothing(spoilt: bytes) -> None:
    with pytest.raises(WebhookVerificationError) as caught:
        WebhookVerifier(secrets=["secret"]).verify(spoilt, headers(delivery()))

    assert isinstance(caught.value, OrchestratorError)
    assert caught.value.reason == "signature_mismatch"


def test_both_secrets_of_a_rotation_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COORDINAITOR_WEBHOOK_SECRET", "new")
    monkeypatch.setenv("COORDINAITOR_WEBHOOK_SECRET_OLD", "old")

    for secret in ("new", "old"):
        WebhookVerifier().verify(delivery(), headers(delivery(), secret))


def test_without_a_secret_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COORDINAITOR_WEBHOOK_SECRET", raising=False)
    monkeypatch.delenv("COORDINAITOR_WEBHOOK_SECRET_OLD", raising=False)

    for make in (WebhookVerifier, WebhookRouter):
        with pytest.raises(ConfigurationError, match="COORDINAITOR_WEBHOOK_SECRET"):
            make()


@pytest.mark.parametrize("store", [MemoryStore, lambda: SqliteStore(":memory:")], ids=["memory", "sqlite"])
def test_a_body_that_comes_again_runs_no_handler_twice(store: Any) -> None:
    seen: list[str] = []
    router = WebhookRouter(WebhookVerifier(secrets=["secret"]), store=store())
    router.on(TaskCompleted)(lambda event: seen.append(event.data.title or ""))
    router.on("task.*")(lambda event: seen.append(event.type))

    bodies = [delivery(), delivery(), delivery(title="Logout")]
    replies = [router.handle(body, headers(body)) for body in bodies]

    assert [reply.status for reply in replies] == [200, 200, 200]
    assert seen == ["Login", "task.completed", "Logout", "task.completed"]


def test_every_public_name_is_there() -> None:
    names: list[str] = vars(webhooks)["__all__"]

    for name in names:
        assert getattr(webhooks, name) is not None
    assert set(names) <= set(dir(webhooks))
