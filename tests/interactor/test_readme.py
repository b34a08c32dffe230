"""Every Python snippet of the README runs, each in a fresh namespace, against a sandbox."""

from __future__ import annotations

import gc
import re
from pathlib import Path

import pytest

from interactor.sandbox import Sandbox

README = Path(__file__).parents[2] / "README.md"
SNIPPETS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_the_readme_has_snippets() -> None:
    assert len(SNIPPETS) >= 8


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # short programs leave closing to the end of the process
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_a_snippet_of_the_readme_runs(number: int, platform: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {
        "CLIENT_ID": platform.client_id,
        "CLIENT_SECRET": platform.client_secret,
        "ACCOUNT_SERVER_URL": platform.account_url,
        "CORE_API_URL": platform.core_url,
        "NAMESPACE": f"readme_{number}",
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"INTERACTOR_{name}", value)

    exec(compile(SNIPPETS[number], f"README.md snippet {number}", "exec"), {"__name__": "__main__"})
    gc.collect()


def test_the_commands_for_newcomers_are_targets_of_the_makefile() -> None:
    makefile = README.with_name("Makefile").read_text(encoding="utf-8")

    targets = re.findall(r"(?:`|^)make (\w+)", README.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert {"demo", "test"} <= set(targets)
    for target in targets:
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target
