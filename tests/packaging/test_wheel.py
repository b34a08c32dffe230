"""What is built is what users get: one small wheel that works in an empty environment."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from interactor.sandbox import Sandbox

ROOT = Path(__file__).parents[2]

CALL = """
import sys
from interactor import InteractorClient
with InteractorClient(namespace="wheel") as client:
    bot = client.assistants.create(name="Wheel", model="gpt-4", system_prompt="Roll.")
    assert client.assistants.get(bot.id) == bot
assert not any(name in sys.modules for name in ("starlette", "yaml", "openapi_python_client")), "an extra was loaded"
print(bot.id)
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
    assert {name.partition("/")[0] for name in names} == {
        "interactor",
        "interactor_api",
        "tandem",
        f"interactor-{_version(wheel)}.dist-info",
    }
    for package in ("interactor", "interactor_api", "tandem"):
        assert f"{package}/py.typed" in names
    assert "interactor_api/_document.json" in names
    assert "tandem/codegen/templates/model.py.jinja" in names


def test_the_wheel_makes_a_call_in_an_empty_environment(wheel: Path, platform: Sandbox, tmp_path: Path) -> None:
    venv.create(tmp_path / "empty", with_pip=True)
    python = tmp_path / "empty" / "bin" / "python"
    _pip(python, "install", str(wheel))
    settings = {
        "INTERACTOR_CLIENT_ID": platform.client_id,
        "INTERACTOR_CLIENT_SECRET": platform.client_secret,
        "INTERACTOR_ACCOUNT_SERVER_URL": platform.account_url,
        "INTERACTOR_CORE_API_URL": platform.core_url,
    }

    finished = subprocess.run(
        [python, "-I", "-c", CALL],
        env={**os.environ, **settings},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.startswith("asst_")


def _pip(python: Path, *arguments: str) -> None:
    subprocess.run([python, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], check=True)


def _version(wheel: Path) -> str:
    return wheel.name.split("-")[1]
