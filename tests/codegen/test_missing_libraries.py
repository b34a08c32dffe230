"""Without the libraries of the generator, its command says what to type."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tandem.codegen import __main__ as command


@pytest.mark.parametrize(
    ("distributions", "remedy"),
    [
        ({"tandem": ["acme"]}, "pip install 'acme[codegen]'"),
        ({}, "pip install openapi-python-client PyYAML ruff"),
    ],
)
def test_a_missing_library_is_told_in_one_line(
    distributions: Mapping[str, list[str]],
    remedy: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in [name for name in sys.modules if name.startswith("tandem.codegen._")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "yaml", None)
    monkeypatch.setattr(command, "packages_distributions", lambda: distributions)

    assert command.main(["generate", str(tmp_path / "document.yaml"), str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == f"error: The generator needs yaml. Install it with: {remedy}\n"
