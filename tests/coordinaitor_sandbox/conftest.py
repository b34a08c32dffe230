"""One sandbox for all of these tests, fresh for each: it is reset, which keeps its server."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from coordinaitor.sandbox import Sandbox
from coordinaitor.sandbox._working import WorkSettings
from coordinaitor.sandbox.pytest_plugin import coordinaitor_sandbox as sandbox
from coordinaitor.sandbox.pytest_plugin import coordinaitor_server as coordinaitor_server
from tests.sandbox.conftest import http as http

from .calling import Caller

__all__ = ["coordinaitor_server", "http", "sandbox"]


@pytest.fixture
def api(sandbox: Sandbox, http: httpx.Client) -> Caller:
    """Calls of an administrator, by a key that lasts."""
    return Caller(sandbox, http, {"X-API-Key": sandbox.api_key()})


@pytest.fixture
def nobody(sandbox: Sandbox) -> None:
    """The agent that every sandbox has is not there."""
    sandbox.platform.store.delete_where("agent", namespace=None)


@pytest.fixture
def resting(sandbox: Sandbox) -> Iterator[None]:
    """No agent does anything by itself."""
    workforce = sandbox.platform.workforce
    before, workforce.settings = workforce.settings, WorkSettings(pace=None)
    yield
    workforce.settings = before
