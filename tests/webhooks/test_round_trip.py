"""Every event of both documents travels: announced by the sandbox, sent over HTTP, proven, typed, handled."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

import coordinaitor.models
import coordinaitor.webhooks
import interactor.models
import interactor.webhooks
from coordinaitor.sandbox import Sandbox as CoordinaitorSandbox
from interactor.sandbox import Sandbox
from interactor.webhooks import RoomMessageCreated
from tandem.webhooks import Router

from .deliveries import EXAMPLES
from .servers import wsgi


class Late:
    """A router that is chosen after its server has begun."""

    def __init__(self) -> None:
        self.router: Router | None = None

    def wsgi(self) -> Any:
        def app(environ: Any, start_response: Any) -> Any:
            assert self.router is not None
            return self.router.wsgi()(environ, start_response)

        return app


@dataclass
class Endpoint:
    """A receiver of the user's, and what its handlers got. `trigger` announces an event, with some of its data."""

    platform: Any
    client: Any
    hook: Any
    late: Late
    webhooks: ModuleType
    models: ModuleType
    names: list[str]
    place: dict[str, str] = field(default_factory=dict[str, str])
    events: list[Any] = field(default_factory=list[Any])
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, event: Any) -> None:
        with self.lock:
            self.events.append(event)

    def know(self, secret: str) -> None:
        """From now on, take what this secret proves."""
        router: Router = self.webhooks.WebhookRouter(self.webhooks.WebhookVerifier([secret]))
        router.on()(self.take)
        self.late.router = router

    def trigger(self, event: str, **data: Any) -> None:
        self.platform.trigger(event, data=data, **self.place)


@pytest.fixture(scope="module")
def platform() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def second_platform() -> Iterator[CoordinaitorSandbox]:
    with CoordinaitorSandbox(pace=None) as sandbox:
        yield sandbox


@pytest.fixture
def endpoint(platform: Sandbox, namespace: str) -> Iterator[Endpoint]:
    """An endpoint that all events of a namespace are sent to."""
    late: Any = Late()
    with wsgi(late) as port, platform.client(namespace) as client:
        hook = client.webhooks.create(url=f"http://127.0.0.1:{port}/webhooks", events=list(EXAMPLES))
        place = {"namespace": namespace}
        found = Endpoint(platform, client, hook, late, interactor.webhooks, interactor.models, list(EXAMPLES), place)
        found.know(hook.secret or "")
        yield found
        client.webhooks.delete(hook.id)


@pytest.fixture
def second_endpoint(second_platform: CoordinaitorSandbox) -> Iterator[Endpoint]:
    """An endpoint that all events of the second platform are sent to, until its next test."""
    late: Any = Late()
    names = list(second_platform.platform.api.document["webhooks"])
    second_platform.reset()
    with wsgi(late) as port, second_platform.client() as client:
        hook = client.webhooks.create(url=f"http://127.0.0.1:{port}/webhooks", events=names)
        found = Endpoint(second_platform, client, hook, late, coordinaitor.webhooks, coordinaitor.models, names)
        found.know(hook.secret or "")
        yield found


@pytest.fixture(params=["interactor", "coordinaitor"])
def either(request: pytest.FixtureRequest) -> Endpoint:
    """The one and the other."""
    found: Endpoint = request.getfixturevalue("endpoint" if request.param == "interactor" else "second_endpoint")
    return found


def test_each_documented_event_arrives_typed(either: Endpoint) -> None:
    for name in either.names:
        either.trigger(name)
    either.platform.settle(timeout=30)

    arrived = {event.type: event for event in either.events}
    assert set(arrived) == set(either.names)
    for name, event in arrived.items():
        class_name = "".join(word.capitalize() for word in name.replace(".", "_").split("_"))
        assert type(event) is getattr(either.webhooks, class_name)
        described = either.platform.platform.api.document["webhooks"][name]["post"]["requestBody"]
        data: Any = event.data
        assert data == data.from_dict(described["content"]["application/json"]["example"]["data"])


def test_an_event_tells_where_and_how_often_it_was_sent(endpoint: Endpoint, namespace: str) -> None:
    for name in EXAMPLES:
        endpoint.trigger(name)
    endpoint.platform.settle(timeout=30)

    for event in endpoint.events:
        class_name = "".join(word.capitalize() for word in event.type.replace(".", "_").split("_"))
        assert type(event.data) is getattr(endpoint.models, f"{class_name}Data")
        assert event.namespace == namespace
        assert event.id.startswith("evt_")
        assert event.idempotency_key == event.key
        assert event.delivery_id == event.delivery.id
        assert event.retry_count == 0


def test_deliveries_in_any_order_and_number_are_handled_once(either: Endpoint) -> None:
    name = either.names[0]
    either.platform.shuffle_deliveries()
    try:
        for number in range(10):
            either.trigger(name, id=f"thing_{number}")
        either.platform.settle(timeout=30)
    finally:
        either.platform.shuffle_deliveries(False)

    assert sorted(event.data.to_dict()["id"] for event in either.events) == [f"thing_{number}" for number in range(10)]


def test_what_people_and_agents_do_arrives(second_endpoint: Endpoint) -> None:
    client = second_endpoint.client
    agent = client.agents.create(name="Tester", type="qa", model="gpt-4", provider="openai")
    task = client.tasks.create(title="Sign-up", agent_id=agent.id)
    client.tasks.update(task.id, status="completed")
    second_endpoint.platform.settle(timeout=30)

    (done,) = [each for each in second_endpoint.events if isinstance(each, coordinaitor.webhooks.TaskCompleted)]
    assert done.data.agent is not None
    assert (done.data.id, done.data.progress, done.data.agent.name) == (task.id, 1, "Tester")
    assert done.organization is not None
    assert done.organization.id == second_endpoint.platform.platform.organization["id"]


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


def test_what_a_handler_failed_on_comes_again(either: Endpoint) -> None:
    failures, seen = [ValueError("not now")], list[Any]()
    assert either.late.router is not None

    @either.late.router.on()
    def handle(event: Any) -> None:
        if failures:
            raise failures.pop()
        seen.append(event)

    either.trigger(either.names[0])
    either.platform.settle(timeout=30)
    assert seen == []
    either.platform.clock.advance(seconds=31)
    either.platform.settle(timeout=30)

    assert [event.type for event in seen] == either.names[:1]
    assert [attempt.status for attempt in either.platform.deliveries()[-1].attempts] == [500, 200]
