"""The second platform, with what its document's examples speak of."""

from __future__ import annotations

from pathlib import Path

from coordinaitor.sandbox import Account, Sandbox

from .orchestrator_examples import AGENT, FIRST, NOTIFICATION, PROJECT, TASK, USER
from .world import ExampleIds, World

_SETTINGS = Path(__file__).with_name("orchestrator.toml")


def build() -> Sandbox:
    """The sandbox; nobody works, so that all that happens comes of a request."""
    users = [Account("ann@example.com", "secret123", "Ann", "admin", "enterprise")]
    sandbox = Sandbox(seed=1, pace=None, users=[*users, Account("john@example.com", "password123", "John Doe")])
    sandbox.platform.ids = ExampleIds(sandbox.platform.ids, FIRST)
    return sandbox


def furnish(sandbox: Sandbox) -> World:
    """Fill a sandbox. The token is that of an administrator's session."""
    client = sandbox.start().client()
    client.projects.create(name="Web shop")
    task = client.tasks.create(title="Build user registration", project_id=PROJECT)
    client.tasks.comment(task.id, content="Good progress.", mentions=[USER])
    words = {
        "tasks": [TASK],
        "agents": [AGENT],
        "projects": [PROJECT],
        "notifications": [NOTIFICATION],
        "users": [each.id for each in client.users.list()],
        "addresses": [account.email for account in sandbox.platform.accounts],
        "passwords": [account.password for account in sandbox.platform.accounts],
    }
    return World(sandbox, client.auth.token().reveal(), words, _SETTINGS)
