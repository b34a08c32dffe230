"""The fixtures that other projects get."""

from __future__ import annotations

from pathlib import Path

from tests.sandbox.test_pytest_plugin import run_suite

PLUGIN = "coordinaitor.sandbox.pytest_plugin"
SUITE = """
import asyncio

def test_one(orchestrator_client):
    orchestrator_client.tasks.create(title="A")
    assert len(list(orchestrator_client.tasks.list())) == 1

def test_two(orchestrator_client, coordinaitor_sandbox):
    orchestrator_client.tasks.create(title="A")
    assert len(list(orchestrator_client.tasks.list())) == 1
    assert len(coordinaitor_sandbox.journal.entries(operation="tasks.create")) == 1

def test_three(async_orchestrator_client, orchestrator_client):
    async def use():
        await async_orchestrator_client.tasks.create(title="A")
        return [task async for task in async_orchestrator_client.tasks.list()]
    assert [task.id for task in asyncio.run(use())] == [task.id for task in orchestrator_client.tasks.list()]
"""


def test_a_suite_of_somebody_else_runs_with_them(tmp_path: Path) -> None:
    ended = run_suite(tmp_path, SUITE, "-W", "error", plugin=PLUGIN)

    assert "3 passed" in ended.stdout, ended.stdout + ended.stderr


def test_a_suite_that_does_not_use_them_pays_nothing(tmp_path: Path) -> None:
    heavy = "{'httpx', 'uvicorn', 'tandem.sandbox', 'coordinaitor_api'}"
    suite = f"import sys\ndef test_it():\n    assert not {heavy} & set(sys.modules)\n"

    ended = run_suite(tmp_path, suite, plugin=PLUGIN)

    assert ended.returncode == 0, ended.stdout
