"""Every documented event travels: announced by the sandbox, sent over HTTP, proven, typed, handled."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from interactor import InteractorClient, models, webhooks
from interactor.sandbox import Sandbox
from interactor.webhooks import RoomMessageCreated, WebhookEvent, WebhookRouter, WebhookVerifier

from .deliveries import EXAMPLES
from .servers import wsgi


class Late:
    """A router that is chosen after its server has begun."""

    def __init__(self) -> None:
        self.router: WebhookRouter | None = None

    def wsgi(self) -> Any:
        def app(environ: Any, start_response: Any) -> Any:
            assert self.router is not None
            return self.router.wsgi()(environ, start_response)

        return app


@dataclass
class Endpoint:
    """A receiver of the user's, and what its handlers got."""

    platform: Sandbox
    client: InteractorClient
    hook: Any
    late: Late
    events: list[Any] = field(default_factory=list[Any])
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, event: WebhookEvent) -> None:
        with self.lock:
            self.events.append(event)

    def know(self, secret: str) -> None:
        """From now on, take what this secret proves."""
        self.late.router = WebhookRouter(WebhookVerifier([secret]))
        self.late.router.on()(self.take)


@pytest.fixture(scope="module")
def platform() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def endpoint(platform: Sandbox, namespace: str) -> Iterator[Endpoint]:
    """An endpoint that all events of a namespace are sent to."""
    late: Any = Late()
    with wsgi(late) as port, platform.client(namespace) as client:
        hook = client.webhooks.create(url=f"http://127.0.0.1:{port}/webhooks", events=list(EXAMPLES))
        found = Endpoint(platform, client, hook, late)
        found.know(hook.secret or "")
        yield found
        client.webhooks.delete(hook.id)


def test_each_documented_event_of_both_catalogues_arrives_typed(endpoint: Endpoint, namespace: str) -> None:
    for name in EXAMPLES:
        endpoint.platform.trigger(name, namespace=namespace)
    endpoint.platform.settle(timeout=30)

    arrived = {event.type: event for event in endpoint.events}
    assert set(arrived) == set(EXAMPLES)
    for name, event in arrived.items():
        class_name = "".join(word.capitalize() for word in name.replace(".", "_").split("_"))
        assert type(event) is getattr(webhooks, class_name)
        assert type(event.data) is getattr(models, f"{class_name}Data")
        assert event.namespace == namespace
        assert event.id.startswith("evt_")
        assert event.idempotency_key == event.key
        assert event.delivery_id == event.delivery.id
        assert event.retry_count == 0


def test_deliveries_in_any_order_and_number_are_handled_once(endpoint: Endpoint, namespace: str) -> None:
    endpoint.platform.shuffle_deliveries()
    try:
        for number in range(10):
            endpoint.platform.trigger("room.message.created", data={"room_id": f"room_{number}"}, namespace=namespace)
        endpoint.platform.settle(timeout=30)
    finally:
        endpoint.platform.shuffle_deliveries(False)

    assert sorted(event.data.room_id for event in endpoint.events) == sorted(f"room_{number}" for number in range(10))


def test_what_a_user_says_in_a_room_arrives(endpoint: Endpoint) -> None:
    bot = endpoint.client.assistants.create(name="A", model="gpt-4", system_prompt="Be brief.")
    room = endpoint.client.rooms.create(assistant_id=bot.id)
    endpoint.client.rooms.messages.send(room.id, content="Hello")
    endpoint.platform.settle(timeout=30)

    said = [event.data.content for event in endpoint.events if isinstance(event, RoomMessageCreated)]
    assert "Hello" in said


def test_both_secrets_prove_a_delivery_while_one_replaces_the_other(
    platform: Sandbox, endpoint: Endpoint, namespace: str
) -> None:
    old, new = endpoint.hook.secret, endpoint.client.webhooks.rotate_secret(endpoint.hook.id).secret
    assert old != new
    assert new is not None

    for secret in (old, new):
        endpoint.know(secret)
        platform.trigger("room.message.created", namespace=namespace)
        platform.settle(timeout=30)

    assert [delivery.status for delivery in platform.deliveries(endpoint=endpoint.hook.id)] == ["delivered"] * 2
    assert len(endpoint.events) == 2


def test_what_a_handler_failed_on_comes_again(platform: Sandbox, endpoint: Endpoint, namespace: str) -> None:
    failures, seen = [ValueError("not now")], list[WebhookEvent]()
    assert endpoint.late.router is not None

    @endpoint.late.router.on()
    def handle(event: WebhookEvent) -> None:
        if failures:
            raise failures.pop()
        seen.append(event)

    platform.trigger("credential.expired", namespace=namespace)
    platform.settle(timeout=30)
    assert seen == []
    platform.clock.advance(seconds=31)
    platform.settle(timeout=30)

    assert [(event.type, event.retry_count) for event in seen] == [("credential.expired", 1)]
