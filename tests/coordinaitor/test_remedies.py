"""What is not installed is said with what to type."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from coordinaitor import _cli
from coordinaitor._cli import main
from coordinaitor._platform import CONVENTIONS
from coordinaitor.sandbox import Sandbox
from coordinaitor.sandbox._command import welcome
from coordinaitor.sandbox._platform import CoordinaitorPlatform
from tandem.sandbox import SandboxError, SocketServer

MISSING = "The sandbox needs PyJWT, uvicorn. Install it with: pip install 'interactor[sandbox,coordinaitor]'"


@pytest.fixture
def _lean(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without some of what the sandbox needs."""
    for module in ("jwt", "uvicorn"):
        monkeypatch.setitem(sys.modules, module, None)


@pytest.mark.usefixtures("_lean")
def test_the_command_tells_missing_libraries_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", "--port", "0"]) == 2
    assert capsys.readouterr().err == f"{MISSING}\n"


@pytest.mark.usefixtures("_lean")
def test_a_sandbox_that_lacks_libraries_starts_nothing() -> None:
    before = threading.active_count()

    with pytest.raises(SandboxError) as caught:
        Sandbox()

    assert str(caught.value) == MISSING
    assert threading.active_count() == before


def test_the_command_names_no_address_where_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    platform, server = CoordinaitorPlatform(), cast("SocketServer", SimpleNamespace(url="http://127.0.0.1:1"))
    assert "  live       ws://127.0.0.1:1/ws\n" in welcome(platform, server)

    monkeypatch.setitem(sys.modules, "websockets", None)
    told = welcome(platform, server)
    assert "  live       none without a library: pip install 'interactor[sandbox,coordinaitor]'\n" in told


def test_a_sandbox_needs_no_library_for_live_updates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "websockets", None)

    with Sandbox() as platform:
        assert platform.client().users.me.get().email == platform.email


def test_a_database_that_cannot_be_used_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", "--port", "0", "--db", str(tmp_path)]) == 2

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"The state cannot be kept in {tmp_path}: ")


def test_ctrl_c_before_the_sandbox_is_there_is_no_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_cli, "_sandbox", interrupted)

    assert main(["sandbox", "--port", "0"]) == 130
    assert capsys.readouterr() == ("", "")


def test_live_updates_are_an_extra_of_this_distribution() -> None:
    assert CONVENTIONS.live_remedy == "pip install 'interactor[coordinaitor]'"
