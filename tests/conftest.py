"""What all tests share: a sandbox on a real socket, and a client of either colour against it."""

from __future__ import annotations

import asyncio
import os
import signal
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, cast

import pytest

from interactor import InteractorClient
from interactor.sandbox import Sandbox
from tandem import _json

from .blocking import Blocking

for _name in ("INTERACTOR_TRANSPORT", "COORDINAITOR_TRANSPORT"):
    os.environ.setdefault(_name, "httpx")  # whatever is installed here: tests run over what everyone has

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's background job, whose children would not hear it
    signal.signal(signal.SIGINT, signal.default_int_handler)

MakeClient = Callable[..., InteractorClient]


@pytest.fixture(scope="session", autouse=True)
def _plain_json() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]  # every test uses it
    """JSON is read as everyone's installation reads it; tests/tandem/test_json.py holds the faster way against it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_json, "codec", lambda: None)
        yield


@pytest.fixture(scope="session")
def platform() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def namespace() -> str:
    """A namespace that no other test has."""
    return f"test_{uuid.uuid4().hex[:16]}"


@pytest.fixture(params=["sync", "async"])
def make_client(request: pytest.FixtureRequest, platform: Sandbox, namespace: str) -> Iterator[MakeClient]:
    """Makes clients of one colour; the asynchronous one is driven so that it looks like the other."""
    with ExitStack() as stack:
        if request.param == "sync":

            def make(**settings: Any) -> InteractorClient:
                client = platform.client(namespace, **settings)
                return stack.enter_context(client)

        else:
            runner = stack.enter_context(asyncio.Runner())

            def make(**settings: Any) -> InteractorClient:
                client = platform.async_client(namespace, **settings)
                driven = stack.enter_context(Blocking(client, runner))
                return cast("InteractorClient", driven)

        yield make


@pytest.fixture
def client(make_client: MakeClient) -> InteractorClient:
    """A client in a namespace of its own; every test that takes it runs in both colours."""
    return make_client()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests recorded, also those of other processes."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties:
            if name == "figures":
                terminalreporter.write_line(f"{value}")
