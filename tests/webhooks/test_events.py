"""Every documented event has a class; every other one arrives all the same."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any, get_args

import pytest

import interactor
from interactor import models, webhooks
from interactor.webhooks import (
    RoomMessageCreated,
    UnknownEvent,
    WebhookEvent,
    WorkflowInstanceHalted,
)

from .deliveries import EXAMPLES, body_of, headers_of, verifier


def received(body: bytes, **headers: Any) -> Any:
    """The event in a body."""
    return verifier().verify(body, headers_of(body, **headers))


def named(name: str) -> bytes:
    """A body of this name, known or not, that says what a message says."""
    return json.dumps(EXAMPLES["room.message.created"] | {"event": name}).encode()


def class_name(event: str) -> str:
    return "".join(word.capitalize() for word in event.replace(".", "_").split("_"))


def test_the_catalogue_is_the_documents() -> None:
    names = get_args(get_args(models.WebhookEventName)[0])

    assert set(names) == set(EXAMPLES)
    assert len(names) == 17


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_documented_event_has_a_class_of_its_own_with_typed_data(name: str) -> None:
    event = received(body_of(name))

    assert type(event) is getattr(webhooks, class_name(name))
    assert isinstance(event, getattr(models, class_name(name)))
    assert type(event.data) is getattr(models, f"{class_name(name)}Data")
    assert event.type == event.event == name


@pytest.mark.parametrize("name", EXAMPLES)
def test_nothing_of_an_event_is_lost(name: str) -> None:
    body = body_of(name, delivery_id="del_1", namespace="user_123", surprise={"a": [1]})

    written = json.dumps(received(body).to_dict()).replace("+00:00", "Z")
    sent = json.loads(body)
    sent["data"] = {key: value for key, value in sent["data"].items() if value is not None}
    assert json.loads(written) == sent


def test_events_are_told_apart_by_match() -> None:
    def said(event: WebhookEvent) -> str:
        match event:
            case RoomMessageCreated(data=data):
                return f"{data.role}: {data.content}"
            case WorkflowInstanceHalted():
                return "halted"
            case UnknownEvent(type=kind):
                return f"what is {kind}?"
            case _:
                return "something else"

    assert said(received(body_of("room.message.created"))) == "assistant: How can I help you?"
    assert said(received(body_of("workflow.instance.halted"))) == "halted"
    assert said(received(named("room.closed"))) == "what is room.closed?"
    assert said(received(body_of("credential.error"))) == "something else"


@pytest.mark.parametrize("name", ["room.message.created", "room.message.hidden"])
def test_every_event_tells_where_it_comes_from(name: str) -> None:
    event = received(named(name))

    assert isinstance(event, WebhookEvent)
    assert (event.id, event.idempotency_key) == ("evt_abc123", "idem_xyz789")
    assert event.delivery_id == "del_1"
    assert event.namespace == "user_123"
    assert event.timestamp is not None
    assert event.timestamp.tzinfo is not None
    assert (event.retry_count, event.delivery.request_id) == (2, "req_1")


def test_an_unknown_event_is_passed_on_whole() -> None:
    body = json.dumps({"event": "room.closed", "data": [1], "more": 2}).encode()

    event = received(body)

    assert (event.type, event.data, event.to_dict()) == ("room.closed", [1], json.loads(body))
    assert isinstance(event, interactor.UnknownEvent)


@pytest.mark.parametrize("changes", [{"data": None}, {"data": [1]}, {"timestamp": "soon"}])
def test_a_known_event_with_other_content_than_promised_is_unknown(changes: dict[str, Any]) -> None:
    event = received(body_of(**changes))

    assert isinstance(event, UnknownEvent)
    assert event.type == "room.message.created"


@pytest.mark.parametrize("value", [7, None, [], {}])
def test_fields_of_other_types_do_no_harm(value: Any) -> None:
    changes = dict.fromkeys(("id", "idempotency_key", "namespace", "timestamp", "delivery_id"), value)

    assert received(body_of(**changes)).key.startswith("sha256:")
    assert received(json.dumps({"event": "other", **changes}).encode()).key.startswith("sha256:")


def test_an_event_that_names_its_namespace_inside_has_it_outside() -> None:
    raw = EXAMPLES["workflow.instance.halted"]
    body = json.dumps({**raw, "namespace": None, "data": raw["data"] | {"namespace": "org_1"}}).encode()

    assert received(body).namespace == "org_1"


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"idempotency_key": "idem_1", "id": "evt_1", "delivery_id": "del_7"}, "idem_1"),
        ({"id": "evt_1", "delivery_id": "del_7"}, "evt_1"),
        ({"delivery_id": "del_7"}, "del_7"),
    ],
)
def test_repeats_are_told_by_the_best_that_the_body_has(fields: dict[str, str], key: str) -> None:
    body = json.dumps({"event": "x", "data": {}, **fields}).encode()

    assert received(body).key == key


def test_repeats_are_told_by_signed_bytes_only() -> None:
    body = json.dumps({"event": "x", "data": {}}).encode()

    one, other = (received(body, X_Interactor_Delivery=delivery) for delivery in ("del_1", "del_2"))

    assert one.key == other.key


@pytest.mark.parametrize("key", ["k" * 5000, "\ud800", "line\nbreak", "é"])
def test_a_key_of_any_text_is_made_fit_for_a_store(key: str) -> None:
    found = received(body_of(idempotency_key=key)).key

    assert found.startswith("sha256:")
    assert found.isascii()


@pytest.mark.parametrize("header", ["x" * 5000, "a\x00b", ""])
def test_a_stranger_text_in_an_unsigned_header_is_left_out(header: str) -> None:
    event = received(body_of(), X_Request_Id=header, X_Interactor_Retry_Count="9" * 50)

    assert (event.delivery.request_id or None, event.retry_count) == (None, 0)


@pytest.mark.parametrize("name", ["room.message.created", "room.message.hidden"])
def test_events_can_be_copied_and_pickled(name: str) -> None:
    event = received(named(name))

    for other in (copy.copy(event), copy.deepcopy(event), pickle.loads(pickle.dumps(event))):
        assert (other, other.key, other.delivery) == (event, event.key, event.delivery)


def test_an_event_made_by_hand_has_no_delivery() -> None:
    event = RoomMessageCreated.from_dict(EXAMPLES["room.message.created"])

    assert (event.retry_count, event.delivery.request_id) == (0, None)


def test_every_name_of_the_package_is_there() -> None:
    names: list[str] = vars(webhooks)["__all__"]

    assert [name for name in names if not hasattr(webhooks, name)] == []
    assert set(names) <= set(dir(webhooks))
