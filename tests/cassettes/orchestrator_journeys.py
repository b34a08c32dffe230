"""The same for the second platform: what a user would do with each resource, from the beginning to the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from coordinaitor import ConflictError, NotFoundError, OrchestratorClient, ValidationError

Journey = Callable[[OrchestratorClient], None]

TESTER: dict[str, Any] = {"name": "Tester", "type": "qa", "model": "gpt-4", "provider": "openai"}


def tasks(client: OrchestratorClient) -> None:
    task = client.tasks.create(title="Build user registration", priority="high", tags=["frontend", "react"])
    for number in range(4):
        client.tasks.create(title=f"Task {number}", due_date=datetime(2026, 2, 1 + number, tzinfo=UTC))

    assert client.tasks.get(task.id) == task
    assert client.tasks.update(task.id, progress=0.5, status="active").progress == 0.5
    assert client.tasks.replace(task.id, title="Build user sign-up", tags=["frontend"]).priority == "medium"
    assert [page.page for page in client.tasks.list(limit=2).pages()] == [1, 2, 3]
    assert client.tasks.list(sort_by="dueDate", sort_order="asc").first_page().items[0].title == "Task 0"
    assert [each.id for each in client.tasks.list(status="active", tags=["frontend"], search="user")] == [task.id]
    with pytest.raises(ValidationError):
        client.tasks.update(task.id, project_id="proj-nobody")
    client.tasks.update(task.id, status="cancelled")
    with pytest.raises(ConflictError):
        client.tasks.update(task.id, status="active")
    client.tasks.delete(task.id, reason="Created twice")
    with pytest.raises(NotFoundError):
        client.tasks.get(task.id)


def task_details(client: OrchestratorClient) -> None:
    task = client.tasks.create(title="Build user registration")
    me = client.users.me.get().id

    said = client.tasks.comment(task.id, content="Good progress.", mentions=[me])
    file = client.tasks.upload_file(task.id, ("notes.txt", b"Nothing yet.", "text/plain"), description="Notes")

    assert (file.name, file.size) == ("notes.txt", 12)
    whole = client.tasks.get(task.id, include=["comments", "files", "history", "metrics"])
    assert (whole.comments, whole.files) == ([said], [file])
    (told,) = client.users.me.notifications.list()
    assert client.users.me.notifications.mark_read(told.id).read


def agents(client: OrchestratorClient) -> None:
    agent = client.agents.create(**TESTER, capabilities=["testing"], max_concurrent_tasks=2)
    task = client.tasks.create(title="Test the sign-up")

    assert client.tasks.assign(task.id, agent_id=agent.id).agent_id == agent.id
    assert [each.id for each in client.agents.list(capabilities=["testing"], available=True)] == [agent.id]
    assert [each.id for each in client.agents.tasks.list(agent.id)] == [task.id]
    client.tasks.update(task.id, status="active")
    client.tasks.update(task.id, status="completed")
    figures = client.agents.metrics(agent.id).task_metrics
    assert figures is not None
    assert figures.completed_tasks == 1
    assert client.agents.replace(agent.id, **TESTER).max_concurrent_tasks == 1
    assert client.agents.disable(agent.id, reason="Maintenance").status == "offline"
    assert client.agents.enable(agent.id).status == "available"
    assert client.agents.get(agent.id, include=["metrics"]).metrics


def projects(client: OrchestratorClient) -> None:
    project = client.projects.create(name="Web shop", tags=["shop"])
    task = client.tasks.create(title="Build user registration", project_id=project.id)
    me = client.users.me.get().id

    assert client.projects.members.add(project.id, user_id=me, role="developer").role == "developer"
    assert client.projects.get(project.id).team_size == 1
    assert [each.id for each in client.projects.list(member_id=me)] == [project.id]
    assert [each.id for each in client.projects.tasks.list(project.id)] == [task.id]
    with pytest.raises(ConflictError):
        client.projects.members.add(project.id, user_id=me, role="developer")
    client.projects.members.remove(project.id, me)
    assert client.projects.replace(project.id, name="Web shop", status="completed").status == "completed"
    client.projects.delete(project.id)
    assert client.tasks.get(task.id).project_id is None


def users(client: OrchestratorClient) -> None:
    me = client.users.me.get()

    assert me.email in [each.email for each in client.users.list()]
    assert client.users.me.replace(name="Ann", preferences={"theme": "dark"}).name == "Ann"
    assert client.users.me.upload_avatar(("ann.png", b"no picture in truth", "image/png")).avatar
    assert client.users.me.notifications.list().first_page().items == []


def system(client: OrchestratorClient) -> None:
    assert client.system.health().status == "healthy"
    assert client.system.metrics().tasks
    assert client.system.status().agents
    assert client.system.logs(level="info", limit=5)


def webhooks(client: OrchestratorClient) -> None:
    url = "https://app.example.com/hooks"

    assert client.webhooks.create(url=url, events=["task.completed"]).secret
    assert client.webhooks.create(url=url, events=["task.failed"], secret="whsec", active=False).secret is None


def sessions(client: OrchestratorClient) -> None:
    key = client.auth.create_api_key(name="Nightly report", permissions=["tasks:read"])
    assert key.permissions == ["tasks:read"]
    assert client.auth.is_authenticated
    client.auth.revoke()
    assert not client.auth.is_authenticated


JOURNEYS: dict[str, Journey] = {
    f"coordinaitor.{journey.__name__}": journey
    for journey in (tasks, task_details, agents, projects, users, system, webhooks, sessions)
}
