"""Fixtures for pytest: a sandbox for the session, and clients with a namespace of their own for each test.

    def test_the_bot_has_a_name(interactor_client):
        bot = interactor_client.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.")
        assert bot.name == "Support"

The sandbox is one server per process, so that tests may be spread over several (pytest-xdist). Nothing of it is
imported before a test asks for it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from interactor import AsyncInteractorClient, InteractorClient

    from ._sandbox import Sandbox


@pytest.fixture(scope="session")
def interactor_sandbox() -> Iterator[Sandbox]:
    """A sandbox on a free port, shared by all tests of the process. Its state stays from test to test."""
    from ._sandbox import Sandbox

    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def interactor_namespace() -> str:
    """A namespace that nothing else uses. Both clients of one test are in it."""
    return f"test_{uuid.uuid4().hex}"


@pytest.fixture
def interactor_client(interactor_sandbox: Sandbox, interactor_namespace: str) -> Iterator[InteractorClient]:
    """A client that calls the sandbox over its socket."""
    with interactor_sandbox.client(namespace=interactor_namespace) as client:
        yield client


@pytest.fixture
def async_interactor_client(interactor_sandbox: Sandbox, interactor_namespace: str) -> Iterator[AsyncInteractorClient]:
    """An asynchronous client that calls the sandbox in process.

    It needs no plugin for asynchronous tests and works with each: no socket of it belongs to an event loop, so that
    there is nothing to be awaited at the end.
    """
    from tandem.sandbox import close_all

    client = interactor_sandbox.async_client(namespace=interactor_namespace, in_process=True)
    yield client
    close_all([client])
