"""What is built is what users get: one small wheel that works in an empty environment."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

import coordinaitor.sandbox
import interactor.sandbox

ROOT = Path(__file__).parents[2]
PACKAGES = {"coordinaitor", "coordinaitor_api", "interactor", "interactor_api", "tandem"}

CALL = """
import sys
from interactor import InteractorClient
with InteractorClient(namespace="wheel") as client:
    bot = client.assistants.create(name="Wheel", model="gpt-4", system_prompt="Roll.")
    assert client.assistants.get(bot.id) == bot
assert not any(name in sys.modules for name in ("starlette", "yaml", "openapi_python_client")), "an extra was loaded"
print(bot.id)
"""
OTHER_CALL = """
from coordinaitor import OrchestratorClient
with OrchestratorClient() as client:
    task = client.tasks.create(title="Roll the wheel")
    assert client.tasks.get(task.id).title == task.title
    assert next(iter(client.tasks.watch(task.id))).status == task.status  # asks: the library that listens is an extra
print(task.id)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _pip(Path(sys.executable), "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT))
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_is_small_and_holds_the_packages_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert wheel.stat().st_size < 3_000_000
    assert {name.partition("/")[0] for name in names} == {*PACKAGES, f"interactor-{_version(wheel)}.dist-info"}
    for package in PACKAGES:
        assert f"{package}/py.typed" in names
    for package in ("coordinaitor_api", "interactor_api"):
        assert f"{package}/_document.json" in names
    assert "tandem/codegen/templates/model.py.jinja" in names


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that holds the wheel, and what it asks for."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, with_pip=True)
    _pip(folder / "bin" / "python", "install", str(wheel))
    return folder / "bin" / "python"


def test_the_wheel_makes_a_call_in_an_empty_environment(python: Path, platform: interactor.sandbox.Sandbox) -> None:
    settings = {
        "INTERACTOR_CLIENT_ID": platform.client_id,
        "INTERACTOR_CLIENT_SECRET": platform.client_secret,
        "INTERACTOR_ACCOUNT_SERVER_URL": platform.account_url,
        "INTERACTOR_CORE_API_URL": platform.core_url,
    }

    assert _run(python, CALL, settings).startswith("asst_")


def test_the_second_platform_is_called_there_too(python: Path) -> None:
    with coordinaitor.sandbox.Sandbox(pace=None) as platform:
        settings = {
            "COORDINAITOR_BASE_URL": platform.url,
            "COORDINAITOR_EMAIL": platform.email,
            "COORDINAITOR_PASSWORD": platform.password,
        }

        assert _run(python, OTHER_CALL, settings).startswith("task-")


@pytest.mark.parametrize("platform", ["coordinaitor", "interactor"])
def test_a_sandbox_says_there_what_it_needs(python: Path, platform: str) -> None:
    command = [str(python), "-I", "-W", "error", "-m", platform, "sandbox", "--port", "0"]

    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, cwd=python.parent, check=False)

    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith("The sandbox needs cryptography, jsonschema-rs, PyJWT, uvicorn")
    assert "Install it with: pip install 'interactor[sandbox" in line


def _run(python: Path, program: str, settings: dict[str, str]) -> str:
    finished = subprocess.run(
        [python, "-I", "-c", program],
        env={**os.environ, **settings},
        cwd=python.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def _pip(python: Path, *arguments: str) -> None:
    subprocess.run([python, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], check=True)


def _version(wheel: Path) -> str:
    return wheel.name.split("-")[1]
