"""One sandbox for all of these tests, fresh for each: it is reset, which keeps its server and its signing key."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from interactor.sandbox import Sandbox
from tandem._wire._tls import tls_context

from .calling import Caller, token_of


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Sandbox:
    shared_sandbox.reset()
    shared_sandbox.journal.clear()
    return shared_sandbox


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10, verify=tls_context()) as client:
        yield client


@pytest.fixture
def api(sandbox: Sandbox, http: httpx.Client) -> Caller:
    """Calls in the namespace user_1, with every scope."""
    return Caller(sandbox, http, token_of(sandbox, http)["access_token"], "user_1")
