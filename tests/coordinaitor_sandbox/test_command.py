"""`coordinaitor sandbox` as a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from coordinaitor import OrchestratorClient
from coordinaitor._cli import main
from coordinaitor._version import __version__

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("COORDINAITOR_")}


@contextmanager
def sandbox(*arguments: str) -> Generator[tuple[subprocess.Popen[str], str]]:
    """The command, ready to be called, and what it says."""
    command = [sys.executable, "-m", "coordinaitor", "sandbox", "--port", "0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    try:
        assert process.stdout is not None
        lines: list[str] = []
        while not lines or "COORDINAITOR_BASE_URL" not in lines[-1]:
            lines.append(process.stdout.readline())
            assert lines[-1], process.communicate()
        yield process, "".join(lines)
    finally:
        process.kill()
        process.communicate()


def test_the_printed_settings_are_all_that_a_client_needs_and_a_signal_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with sandbox() as (process, welcome):
        for name, value in re.findall(r"export (\w+)=(\S+)", welcome):
            monkeypatch.setenv(name, value)
        with OrchestratorClient() as client:
            email = client.users.me.get().email
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)

    assert email == "admin@orchestrator.com"
    assert re.search(r"admin@orchestrator\.com +admin123 +admin, enterprise plan", welcome)
    assert (process.returncode, errors) == (0, "")


def test_a_setting_that_makes_no_sense_is_told_in_one_line() -> None:
    command = [sys.executable, "-m", "coordinaitor", "sandbox", "--port", "0", "--pace=-1"]

    ended = subprocess.run(command, capture_output=True, text=True, timeout=20, env=ENVIRONMENT, check=False)

    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1


def test_it_says_its_version_and_its_default_port(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    version = capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["sandbox", "--help"])

    assert version == f"coordinaitor {__version__}\n"
    assert "default: 3000" in capsys.readouterr().out
