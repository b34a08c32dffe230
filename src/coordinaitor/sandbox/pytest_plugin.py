"""Fixtures for pytest: a sandbox that is fresh for each test, and clients of it.

    def test_the_task_has_a_title(orchestrator_client):
        task = orchestrator_client.tasks.create(title="Build user registration")
        assert task.title == "Build user registration"

There is one server per process, so that tests may be spread over several (pytest-xdist). Nothing of it is imported
before a test asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from coordinaitor import AsyncOrchestratorClient, OrchestratorClient

    from ._sandbox import Sandbox


@pytest.fixture(scope="session")
def coordinaitor_server() -> Iterator[Sandbox]:
    """A sandbox on a free port, for all tests of the process. Ask for `coordinaitor_sandbox` instead."""
    from ._sandbox import Sandbox

    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def coordinaitor_sandbox(coordinaitor_server: Sandbox) -> Sandbox:
    """A sandbox in which nothing has happened yet. Both clients of one test are clients of it."""
    coordinaitor_server.reset()
    coordinaitor_server.journal.clear()
    return coordinaitor_server


@pytest.fixture
def orchestrator_client(coordinaitor_sandbox: Sandbox) -> Iterator[OrchestratorClient]:
    """A client that calls the sandbox over its socket, as an administrator."""
    with coordinaitor_sandbox.client() as client:
        yield client


@pytest.fixture
def async_orchestrator_client(coordinaitor_sandbox: Sandbox) -> Iterator[AsyncOrchestratorClient]:
    """An asynchronous client that calls the sandbox in process, and works with each plugin for asynchronous tests."""
    from tandem.sandbox import close_all

    client = coordinaitor_sandbox.async_client(in_process=True)
    yield client
    close_all([client])
