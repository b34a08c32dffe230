"""The fixtures that other projects get."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from interactor import AsyncInteractorClient, InteractorClient
from interactor.sandbox import Sandbox

SUITE = """
import asyncio

def make(client):
    return client.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.")

def test_one(interactor_client):
    make(interactor_client)
    assert len(list(interactor_client.assistants.list())) == 1

def test_two(interactor_client, interactor_sandbox):
    make(interactor_client)
    assert len(list(interactor_client.assistants.list())) == 1
    assert interactor_sandbox.journal.entries(operation="assistants.create")

def test_three(async_interactor_client):
    async def use():
        await make(async_interactor_client)
        return [bot async for bot in async_interactor_client.assistants.list()]
    assert len(asyncio.run(use())) == 1
"""


def test_a_client_is_ready_in_a_namespace_of_its_own(
    interactor_client: InteractorClient, interactor_namespace: str
) -> None:
    assert interactor_client.namespace == interactor_namespace
    assert interactor_client.assistants.list().first_page().items == []


def test_both_clients_of_a_test_see_the_same_things(
    interactor_client: InteractorClient, async_interactor_client: AsyncInteractorClient
) -> None:
    bot = interactor_client.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.")

    async def read() -> str:
        return (await async_interactor_client.assistants.get(bot.id)).name

    assert asyncio.run(read()) == "Support"


def test_the_sandbox_can_be_steered(interactor_sandbox: Sandbox) -> None:
    before = interactor_sandbox.clock.now()

    interactor_sandbox.clock.advance(60)

    assert interactor_sandbox.clock.now() >= before + 60


def test_pytest_finds_the_fixtures_by_itself() -> None:
    found = {entry.name: entry.value for entry in entry_points(group="pytest11")}

    assert found["interactor"] == "interactor.sandbox.pytest_plugin"


@pytest.mark.parametrize("spread", [[], ["-p", "xdist", "-n", "2"]], ids=["one process", "two processes"])
def test_a_suite_of_somebody_else_runs_with_them(tmp_path: Path, spread: list[str]) -> None:
    ended = run_suite(tmp_path, SUITE, "-W", "error", *spread)

    assert "3 passed" in ended.stdout, ended.stdout + ended.stderr


def test_a_suite_that_does_not_use_them_pays_nothing(tmp_path: Path) -> None:
    heavy = "{'httpx', 'uvicorn', 'tandem.sandbox', 'interactor_api'}"
    suite = f"import sys\ndef test_it():\n    assert not {heavy} & set(sys.modules)\n"

    ended = run_suite(tmp_path, suite)

    assert ended.returncode == 0, ended.stdout


def run_suite(
    where: Path, suite: str, *options: str, plugin: str = "interactor.sandbox.pytest_plugin"
) -> subprocess.CompletedProcess[str]:
    """pytest over one file, with this plugin and no other that happens to be installed."""
    (where / "test_suite.py").write_text(suite)
    plugins = ("-p", "no:cacheprovider", "-p", plugin)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins, *options, str(where)],
        capture_output=True,
        text=True,
        cwd=where,
        timeout=60,
        check=False,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
