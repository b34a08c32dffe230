"""The machinery knows no platform: header names, scheme and events are told to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import attrs
import pytest

from tandem import ConfigurationError, WebhookVerificationError
from tandem.models import Model
from tandem.webhooks import Delivered, MemoryStore, Router, UnknownEvent, Verifier, WebhookConventions, sign


@attrs.define(kw_only=True, repr=False, getstate_setstate=False)
class TaskDone(Model):
    """An event as a generator would write it."""

    event: str
    data: dict[str, Any]
    delivery_id: str | None = None
    namespace: str | None = None

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Any:
        return cls(event=raw["event"], data=raw["data"])


class TaskCompleted(Delivered, TaskDone):
    """A task is done."""


SHOP = WebhookConventions(
    signature_header="X-Shop-Signature",
    timestamp_header=None,
    catalogue={"task.completed": TaskCompleted},
    secret_variables=("SHOP_SECRET",),
)
BODY = json.dumps({"event": "task.completed", "data": {"id": "task-1"}, "timestamp": "2026-01-16T15:30:00Z"}).encode()
HEADERS = {"X-Shop-Signature": sign(BODY, "secret", scheme="body")}


def shop(**settings: Any) -> Verifier:
    defaults: dict[str, Any] = {"tolerance": 300, "scheme": "body", "max_body": 1000}
    return Verifier(SHOP, ["secret"], **(defaults | settings))


def test_its_events_are_typed() -> None:
    event = shop().verify(BODY, HEADERS)

    assert isinstance(event, TaskCompleted)
    assert event.data == {"id": "task-1"}


def test_its_repeats_are_told_by_the_body_where_it_has_no_key() -> None:
    seen: list[str] = []
    router = Router(shop(), store=MemoryStore(), claim_ttl=60, name="shop")
    router.on(TaskCompleted)(lambda event: seen.append(event.type))

    assert [router.handle(BODY, HEADERS).status for _ in range(2)] == [200, 200]
    assert seen == ["task.completed"]


def test_its_unknown_events_are_passed_on() -> None:
    body = b'{"event": "task.eaten", "data": {}}'

    assert isinstance(shop().verify(body, {"x-shop-signature": sign(body, "secret", scheme="body")}), UnknownEvent)


def test_the_headers_of_other_platforms_prove_nothing() -> None:
    with pytest.raises(WebhookVerificationError, match="X-Shop-Signature"):
        shop().verify(BODY, {"X-Other-Signature": HEADERS["X-Shop-Signature"]})


def test_a_platform_without_timestamps_has_no_scheme_that_signs_them() -> None:
    with pytest.raises(ConfigurationError, match='scheme="body"'):
        shop(scheme="timestamped")


def test_a_missing_secret_names_the_platforms_variable() -> None:
    with pytest.raises(ConfigurationError, match="SHOP_SECRET"):
        Verifier(SHOP, [], tolerance=1, scheme="body", max_body=1)


def test_its_secrets_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_SECRET", "secret")

    verifier = Verifier(SHOP, None, tolerance=300, scheme="body", max_body=1000)

    assert isinstance(verifier.verify(BODY, HEADERS), TaskCompleted)


def test_a_router_of_no_product_is_given_its_verifier() -> None:
    with pytest.raises(ConfigurationError, match="pass one"):
        Router()
