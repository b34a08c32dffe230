"""Every Python snippet of the README and of its pages runs, each in a fresh namespace, against a sandbox."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import coordinaitor.sandbox
import interactor.sandbox

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGE = ROOT / "docs" / "coordinaitor.md"


def snippets(page: Path) -> list[tuple[str, str]]:
    """The Python of a page, each piece with its name."""
    found = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [(f"{page.name}, snippet {number}", text) for number, text in enumerate(found)]


def run(snippet: tuple[str, str], settings: dict[str, str], patch: pytest.MonkeyPatch) -> None:
    name, text = snippet
    for variable, value in settings.items():
        patch.setenv(variable, value)
    exec(compile(text, name, "exec"), {"__name__": "__main__"})
    gc.collect()


@pytest.fixture(scope="module")
def second_platform() -> Iterator[coordinaitor.sandbox.Sandbox]:
    with coordinaitor.sandbox.Sandbox(pace=0.01) as sandbox:
        yield sandbox


def test_the_pages_have_snippets() -> None:
    assert len(snippets(README)) >= 8
    assert len(snippets(PAGE)) >= 5


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # short programs leave closing to the end of the process
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("snippet", snippets(README), ids=lambda snippet: str(snippet[0]))
def test_a_snippet_of_the_readme_runs(
    snippet: tuple[str, str], platform: interactor.sandbox.Sandbox, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {
        "INTERACTOR_CLIENT_ID": platform.client_id,
        "INTERACTOR_CLIENT_SECRET": platform.client_secret,
        "INTERACTOR_ACCOUNT_SERVER_URL": platform.account_url,
        "INTERACTOR_CORE_API_URL": platform.core_url,
        "INTERACTOR_NAMESPACE": namespace,
    }

    run(snippet, settings, monkeypatch)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # as above
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("snippet", snippets(PAGE), ids=lambda snippet: str(snippet[0]))
def test_a_snippet_about_the_second_platform_runs(
    snippet: tuple[str, str], second_platform: coordinaitor.sandbox.Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {
        "COORDINAITOR_BASE_URL": second_platform.url,
        "COORDINAITOR_EMAIL": second_platform.email,
        "COORDINAITOR_PASSWORD": second_platform.password,
    }

    run(snippet, settings, monkeypatch)


def test_the_commands_for_newcomers_are_targets_of_the_makefile() -> None:
    makefile = README.with_name("Makefile").read_text(encoding="utf-8")

    targets = re.findall(r"(?:`|^)make (\w+)", README.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert {"demo", "test"} <= set(targets)
    for target in targets:
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target
