"""A sandbox with secrets, and scripts that are stopped soon."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from interactor.sandbox import Sandbox
from tests.sandbox.calling import Caller, token_of

from .making import Service

SECRET = "key-0123456789"


@pytest.fixture(scope="session")
def shared_quick_sandbox() -> Iterator[Sandbox]:
    with Sandbox(script_timeout=0.5, secrets={"API_KEY": SECRET}) as sandbox:
        yield sandbox


@pytest.fixture
def quick(shared_quick_sandbox: Sandbox, http: httpx.Client) -> Caller:
    """Calls of a sandbox whose scripts may take half a second, and that knows a secret."""
    shared_quick_sandbox.reset()
    return Caller(shared_quick_sandbox, http, token_of(shared_quick_sandbox, http)["access_token"], "user_1")


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def address(service: Service) -> Iterator[str]:
    with service.serving() as address:
        yield address
