"""Following a task of the local platform until it is done, and hearing what happens in its channels."""

from __future__ import annotations

import asyncio
import datetime
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from coordinaitor import (
    APIStatusError,
    InvalidRequestError,
    NotFoundError,
    OrchestratorClient,
    PermissionDeniedError,
    RetryPolicy,
    StreamGap,
    TaskUpdate,
    ValidationError,
)
from coordinaitor._live import TaskTracker
from coordinaitor.models import AgentMessage, Task, TaskMessage
from coordinaitor.sandbox import Sandbox
from tandem.sandbox import Fault
from tests.blocking import Blocking

QUICK = RetryPolicy(base=0.001, cap=0.01)
AGENT: dict[str, Any] = {"name": "Dev", "type": "coding", "model": "gpt-4", "provider": "openai"}
Client = Callable[..., OrchestratorClient]


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox(pace=0.01, steps=4) as running:
        yield running


@pytest.fixture
def sandbox(shared: Sandbox) -> Sandbox:
    shared.reset()
    shared.journal.clear()
    return shared


@pytest.fixture
def client_of(colour: str, sandbox: Sandbox) -> Iterator[Client]:
    """Makes clients of one colour."""
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner())

        def make(**settings: Any) -> Any:
            settings = {"retry": QUICK, **settings}
            if colour == "sync":
                return stack.enter_context(sandbox.client(**settings))
            return stack.enter_context(Blocking(sandbox.async_client(**settings), runner))

        yield make


@pytest.fixture
def client(client_of: Client) -> OrchestratorClient:
    return client_of()


def rest(sandbox: Sandbox) -> None:
    """Nobody takes up what waits."""
    sandbox.platform.store.delete_where("agent", namespace=None)


def lives(sandbox: Sandbox) -> list[int | None]:
    return [entry.status for entry in sandbox.journal.entries(operation="live")]


def test_every_step_of_an_agent_is_an_update_and_the_end_is_the_last(
    client: OrchestratorClient, sandbox: Sandbox
) -> None:
    rest(sandbox)
    task = client.tasks.create(title="Sign-up")

    with client.tasks.watch(task.id) as watched:
        updates = [next(watched)]
        client.agents.create(**AGENT)
        updates += watched

    assert [update.progress for update in updates][-5:] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert [update.status for update in updates][-1] == "completed"
    assert updates[-1].is_final
    assert not updates[0].is_final
    assert {update.task.title for update in updates} == {"Sign-up"}
    assert {update.task.created_at for update in updates} == {task.created_at}


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_task_that_will_never_be_completed_is_over_too(
    client: OrchestratorClient, sandbox: Sandbox, status: str
) -> None:
    rest(sandbox)
    task = client.tasks.create(title="Sign-up")
    with client.tasks.watch(task.id) as updates:
        assert next(updates).status == "pending"
        client.tasks.update(task.id, status="active" if status == "failed" else status)
        if status == "failed":
            client.tasks.update(task.id, status=status)

        assert [update.status for update in updates][-1] == status


def test_an_update_knows_the_whole_task_however_little_was_told(client: OrchestratorClient, sandbox: Sandbox) -> None:
    agent = client.agents.create(**AGENT)
    client.agents.disable(agent.id, reason="not yet")
    rest(sandbox)
    task = client.tasks.create(title="Sign-up", description="at length", tags=["a"])
    with client.tasks.watch(task.id) as updates:
        found = next(updates)
        client.tasks.update(task.id, status="active", progress=0.5)
        told = next(updates)

    assert (found.type, told.type) == ("task.state", "task.updated")
    assert (told.task.description, told.task.tags, told.task.progress) == ("at length", ["a"], 0.5)
    assert told.timestamp is not None


def test_who_watches_identifies_itself_in_a_header_and_never_in_the_url(client_of: Client, sandbox: Sandbox) -> None:
    task = client_of().tasks.create(title="Sign-up")
    list(client_of().tasks.watch(task.id))
    list(client_of(api_key=sandbox.api_key()).tasks.watch(task.id))

    bearer, key = sandbox.journal.entries(operation="live")
    assert {entry.path: entry.query for entry in (bearer, key)} == {"/ws": {}}
    assert "authorization" in bearer.headers
    assert "x-api-key" in key.headers


def test_a_token_that_is_refused_is_renewed_once(client: OrchestratorClient, sandbox: Sandbox) -> None:
    task = client.tasks.create(title="Sign-up")
    sandbox.faults.add(Fault(operation="live", status=401))

    assert list(client.tasks.watch(task.id))[-1].status == "completed"
    assert lives(sandbox) == [401, 101]


def test_who_may_not_see_tasks_may_not_watch_them(client_of: Client, sandbox: Sandbox) -> None:
    task = client_of().tasks.create(title="Sign-up")

    with pytest.raises(APIStatusError) as refused:
        list(client_of(api_key=sandbox.api_key(["agents:read"])).tasks.watch(task.id))

    assert refused.value.status_code == 403


def test_a_client_without_sockets_asks_instead(client_of: Client, sandbox: Sandbox) -> None:
    client = client_of(in_process=True)
    task = client.tasks.create(title="Sign-up")

    assert list(client.tasks.watch(task.id, interval=0.01))[-1].status == "completed"
    assert lives(sandbox) == []


def test_a_silent_connection_is_noticed_and_replaced(client_of: Client, sandbox: Sandbox) -> None:
    rest(sandbox)
    client = client_of()
    task = client.tasks.create(title="Sign-up")
    with client.tasks.watch(task.id, options={"idle_timeout": 0.2}) as updates:
        next(updates)
        sandbox.channels.hush()
        client.tasks.update(task.id, status="cancelled")

        assert next(updates).status == "cancelled"


def test_a_task_that_is_deleted_is_cancelled_or_not_found_any_more(
    client: OrchestratorClient, sandbox: Sandbox
) -> None:
    rest(sandbox)
    with pytest.raises(NotFoundError):
        list(client.tasks.watch("task-unknown"))

    told, untold = client.tasks.create(title="Sign-up"), client.tasks.create(title="Sign-in")
    with client.tasks.watch(told.id) as updates, client.tasks.watch(untold.id) as others:
        next(updates)
        next(others)
        client.tasks.delete(told.id)
        assert [update.status for update in updates] == ["cancelled"]

        sandbox.platform.store.delete("task", untold.id, namespace=None)
        sandbox.channels.drop()
        with pytest.raises(NotFoundError):
            list(others)


def test_a_channel_tells_typed_messages_of_what_the_filters_name(client: OrchestratorClient, sandbox: Sandbox) -> None:
    rest(sandbox)
    project = client.projects.create(name="Shop")
    with client.subscribe("tasks", {"projectId": project.id}) as messages:
        client.tasks.create(title="Elsewhere")
        task = client.tasks.create(title="Sign-up", project_id=project.id)
        message = next(messages)

        assert isinstance(message, TaskMessage)
        assert (message.type, message.channel, message.data.id) == ("task.created", "tasks", task.id)

    with client.subscribe("agents") as messages:
        client.agents.create(**AGENT)
        assert isinstance(next(messages), AgentMessage)


def test_a_channel_goes_on_after_a_break_with_a_gap_where_it_was(client: OrchestratorClient, sandbox: Sandbox) -> None:
    with client.subscribe("projects") as messages:
        sandbox.channels.drop()
        assert next(messages) == StreamGap(None, None)
        client.projects.create(name="Shop")
        assert getattr(next(messages), "type", None) == "project.created"


def test_a_message_of_an_unknown_kind_is_passed_on_as_it_came(client: OrchestratorClient, sandbox: Sandbox) -> None:
    rest(sandbox)
    with client.subscribe("tasks") as messages:
        from tandem.sandbox import Scene

        sandbox.channels.publish(
            Scene(sandbox.platform, ""), "tasks", {"type": "task.painted", "timestamp": "x", "data": {"colour": "red"}}
        )

        assert next(messages) == {
            "type": "task.painted",
            "channel": "tasks",
            "timestamp": "x",
            "data": {"colour": "red"},
        }


@pytest.mark.parametrize(
    ("channel", "filters", "error"),
    [
        ("tasks", None, PermissionDeniedError),
        ("nope", None, ValidationError),
        ("agents", {"colour": "red"}, ValidationError),
    ],
)
def test_a_subscription_that_is_refused_is_an_error_and_no_message(
    client_of: Client, sandbox: Sandbox, channel: str, filters: dict[str, Any] | None, error: type[APIStatusError]
) -> None:
    client = client_of(api_key=sandbox.api_key(["agents:read"]))

    with pytest.raises(error) as refused, client.subscribe(channel, filters) as messages:
        next(messages)

    assert refused.value.status_code == (403 if error is PermissionDeniedError else 422)
    assert refused.value.request_id


@pytest.mark.parametrize(
    ("channel", "filters"),
    [("", None), (" ", None), (None, None), (b"tasks", None), ("tasks", "abc"), ("tasks", ["a"]), ("tasks", {1: 2})],
)
def test_a_subscription_that_is_none_is_refused_before_anything_is_sent(
    client: OrchestratorClient, sandbox: Sandbox, channel: Any, filters: Any
) -> None:
    with pytest.raises(InvalidRequestError, match=r"[Cc]hannel|[Ff]ilters"):
        client.subscribe(channel, filters)

    assert lives(sandbox) == []


@pytest.mark.parametrize("name", ["project_id", "projectId"])
def test_filters_are_named_as_in_python_or_as_in_the_messages(
    client: OrchestratorClient, sandbox: Sandbox, name: str
) -> None:
    rest(sandbox)
    project = client.projects.create(name="Shop")
    with client.subscribe("tasks", {name: project.id}) as messages:
        task = client.tasks.create(title="Sign-up", project_id=project.id)
        message = next(messages)

    assert isinstance(message, TaskMessage)
    assert message.data.id == task.id


# -- what is new about a task


def state(second: int | None, status: str = "active", progress: float = 0.0, **more: Any) -> Task:
    at = None if second is None else f"2026-01-01T00:00:{second:02}Z"
    fields = {"id": "task-1", "title": "x", "status": status, "progress": progress, "updatedAt": at}
    return Task.from_dict({**fields, **more})


def told(task: Task, kind: str = "task.updated") -> Any:
    return TaskMessage.from_dict({"type": kind, "data": task.to_dict()})


def test_what_is_older_than_what_is_known_is_no_update() -> None:
    tracker = TaskTracker("task-1")

    assert tracker.found(state(5, progress=0.5)) is not None
    assert tracker.told(told(state(4, progress=0.4))) is None
    assert tracker.told(told(state(6, progress=0.6))) is not None


@pytest.mark.parametrize("second", [4, 5])
def test_the_end_is_news_however_old_the_answer_looks(second: int) -> None:
    tracker = TaskTracker("task-1")
    tracker.told(told(state(6, progress=0.5)))

    update = tracker.found(state(second, "completed", 1.0))

    assert update is not None
    assert (update.is_final, tracker.done) == (True, True)


def test_a_message_that_does_not_say_when_the_task_changed_counts_from_its_own_time() -> None:
    tracker = TaskTracker("task-1")
    tracker.found(state(5, progress=0.9))
    data = {"id": "task-1", "title": "x", "status": "pending"}

    found = [
        tracker.told(
            TaskMessage.from_dict({"type": "task.updated", "timestamp": f"2026-01-01T00:00:0{at}Z", "data": data})
        )
        for at in (4, 6)
    ]

    assert [update is not None for update in found] == [False, True]


def test_states_of_one_second_are_told_apart_and_none_comes_twice() -> None:
    tracker = TaskTracker("task-1")
    steps = [state(5), state(5, progress=0.5), state(5), state(5, progress=0.5), state(5, "completed", 1.0)]

    found = [tracker.told(told(step)) is not None for step in steps]

    assert found == [True, True, False, False, True]
    assert tracker.done


def test_states_without_a_time_are_compared_with_the_last_one() -> None:
    tracker = TaskTracker("task-1")
    steps = [state(None), state(None), state(None, "pending"), state(None)]

    assert [tracker.found(step) is not None for step in steps] == [True, False, True, True]


@pytest.mark.parametrize("status", ["completed", "failed"])
def test_an_event_that_ends_a_task_ends_the_watch_also_where_its_data_lacks_the_status(status: str) -> None:
    tracker = TaskTracker("task-1")
    tracker.found(state(5))
    ending = TaskMessage.from_dict({"type": f"task.{status}", "data": {"id": "task-1", "title": "x"}})

    update = tracker.told(ending)

    assert update is not None
    assert (update.status, update.is_final, tracker.done) == (status, True, True)


def test_what_the_data_says_of_the_status_goes_before_the_name_of_the_event() -> None:
    tracker = TaskTracker("task-1")
    tracker.found(state(5))

    update = tracker.told(told(state(6, "cancelled"), "task.failed"))

    assert update is not None
    assert update.status == "cancelled"


def test_a_new_agent_is_news() -> None:
    tracker = TaskTracker("task-1")
    tracker.found(state(5))
    agent = {"id": "agent-1", "name": "Dev", "type": "coding"}

    update = tracker.told(told(state(5, agent=agent), "task.assigned"))

    assert update is not None
    assert (update.task.agent_id, update.task.assigned_agent and update.task.assigned_agent.name) == ("agent-1", "Dev")


@pytest.mark.parametrize(
    "data", [None, "text", [1], {}, {"id": "task-2", "status": "completed"}, {"id": ["task-1"]}], ids=str
)
def test_what_is_not_about_this_task_is_no_update(data: Any) -> None:
    tracker = TaskTracker("task-1")

    assert tracker.told(TaskMessage.from_dict({"type": "task.updated", "data": data})) is None
    assert tracker.told({"type": "new.kind", "data": data}) is None


def test_strange_values_in_a_message_do_not_raise() -> None:
    tracker = TaskTracker("task-1")
    strange: Any = {"id": "task-1", "status": ["completed"], "progress": {}, "updatedAt": 5, "agent": "x", "title": []}

    update = tracker.told(TaskMessage.from_dict({"type": "task.updated", "data": strange}))

    assert isinstance(update, TaskUpdate)
    assert not update.is_final
    assert tracker.found(state(5)) is not None


def test_a_watch_that_is_left_by_another_thread_ends(sandbox: Sandbox) -> None:
    rest(sandbox)
    with sandbox.client() as client:
        task = client.tasks.create(title="Sign-up")
        with client.tasks.watch(task.id) as updates:
            next(updates)
            threading.Timer(0.05, updates.close).start()

            assert list(updates) == []


def test_time_is_aware(client: OrchestratorClient) -> None:
    task = client.tasks.create(title="Sign-up")

    for update in client.tasks.watch(task.id):
        assert update.task.updated_at.tzinfo is datetime.UTC
