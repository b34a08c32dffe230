"""`interactor workflows`: check, draw, deploy and run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from interactor._cli import main
from interactor.sandbox import Sandbox

from .workflow_definitions import purchase, side_by_side

EXAMPLE = str(Path(__file__).parents[2] / "examples" / "purchase.yaml")


@pytest.fixture
def type_in(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is typed at the questions, one line each; then the input ends."""
    lines: list[str] = []

    def typed(prompt: str) -> str:
        print(prompt)
        if not lines:
            raise EOFError
        return lines.pop(0)

    monkeypatch.setattr("builtins.input", typed)
    return lines


@pytest.fixture
def broken(tmp_path: Path) -> str:
    definition = purchase()
    definition["states"]["submit"]["transitions"][1]["target"] = "nowhere"
    file = tmp_path / "broken.json"
    file.write_text(json.dumps(definition, indent=2))
    return str(file)


def test_a_sound_definition_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workflows", "check", EXAMPLE]) == 0
    assert capsys.readouterr().out == f"{EXAMPLE}: 0 errors, 0 warnings\n"


def test_a_fault_is_told_with_its_line(broken: str, capsys: pytest.CaptureFixture[str]) -> None:
    line = Path(broken).read_text().split("\n").index('          "target": "nowhere"') + 1

    assert main(["workflows", "check", EXAMPLE, broken]) == 1
    assert f"{broken}:{line}:11: error: states.submit.transitions[1].target: " in capsys.readouterr().err


@pytest.mark.parametrize("text", ["{", "[]", "a: b: c"])
def test_a_file_that_holds_no_definition_is_refused(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "what.yaml"
    file.write_text(text)

    assert main(["workflows", "check", str(file)]) == 1
    assert capsys.readouterr().err.strip() != ""


def test_every_file_is_checked_also_after_one_that_holds_no_definition(
    broken: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "what.yaml"
    file.write_text("{")

    assert main(["workflows", "check", str(file), "nowhere.yaml", broken, EXAMPLE]) == 1
    told = capsys.readouterr()
    first, second, *_ = told.err.splitlines()
    assert first.startswith(f"{file}: error: This is no YAML")
    assert second.startswith("nowhere.yaml: error: cannot be read: ")
    assert told.out.splitlines() == [f"{broken}: 1 error, 0 warnings", f"{EXAMPLE}: 0 errors, 0 warnings"]


def test_whoever_has_read_enough_ends_a_command_quietly() -> None:
    command = [sys.executable, "-m", "interactor", "workflows", "draw", EXAMPLE]
    reader, writer = os.pipe()
    os.close(reader)

    ended = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, timeout=20, check=False)
    os.close(writer)

    assert (ended.returncode, ended.stderr) == (141, b"")


def test_a_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workflows", "draw", "nowhere.yaml"]) == 1
    assert "nowhere.yaml" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "begins"),
    [
        ([], "purchase"),
        (["--format", "mermaid"], "flowchart"),
        (["--format", "dot"], "digraph"),
        (["--format", "svg"], "<svg"),
    ],
)
def test_a_definition_is_drawn(arguments: list[str], begins: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workflows", "draw", EXAMPLE, *arguments]) == 0

    drawn = capsys.readouterr().out
    assert begins in drawn.split("\n")[0] or begins in drawn
    assert "auto_approved" in drawn


def test_the_name_of_the_output_says_how_to_draw(tmp_path: Path) -> None:
    output = tmp_path / "purchase.svg"

    assert main(["workflows", "draw", EXAMPLE, "--output", str(output)]) == 0
    assert output.read_text().startswith("<svg")


def test_an_output_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workflows", "draw", EXAMPLE, "--output", str(tmp_path / "no" / "folder.svg")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_a_definition_is_deployed_once(
    platform: Sandbox, namespace: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {
        "CLIENT_ID": platform.client_id,
        "CLIENT_SECRET": platform.client_secret,
        "ACCOUNT_SERVER_URL": platform.account_url,
        "CORE_API_URL": platform.core_url,
        "NAMESPACE": namespace,
    }.items():
        monkeypatch.setenv(f"INTERACTOR_{name}", value)

    assert main(["workflows", "deploy", EXAMPLE]) == 0
    assert main(["workflows", "deploy", EXAMPLE]) == 0

    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith(" created")
    assert second == first.replace("created", "unchanged")


def test_without_settings_the_missing_ones_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("INTERACTOR_CLIENT_ID", raising=False)

    assert main(["workflows", "deploy", EXAMPLE]) == 1
    assert "INTERACTOR_CLIENT_ID" in capsys.readouterr().err


def test_a_faulty_definition_is_not_deployed(broken: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workflows", "deploy", broken, "--sandbox"]) == 1
    assert "error: states.submit.transitions[1].target" in capsys.readouterr().err


def test_a_run_that_needs_nobody_completes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workflows", "run", EXAMPLE, "--set", "amount=500", "--sandbox"]) == 0
    assert "is completed in auto_approved" in capsys.readouterr().out


def test_a_run_asks_what_the_form_asks_until_it_fits(type_in: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    type_in.extend(["", "perhaps", "y", "Go ahead"])

    assert main(["workflows", "run", EXAMPLE, "--set", "amount=5000", "--set", "item=A laptop", "--sandbox"]) == 0

    said = capsys.readouterr()
    assert "Purchase of A laptop for 5000" in said.out
    assert said.err.splitlines() == ["  This is required.", "  This is true or false, not str."]
    assert "is completed in approved" in said.out
    assert '"comment": "Go ahead"' in said.out


def test_a_run_that_gets_no_answer_is_left_halted(type_in: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workflows", "run", EXAMPLE, "--set", "amount=5000", "--sandbox"]) == 3
    assert "is halted in manager" in capsys.readouterr().out
    assert type_in == []


def test_a_run_whose_threads_get_no_answer_is_left_to_them(
    type_in: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "side_by_side.json"
    file.write_text(json.dumps(side_by_side()))
    type_in.append("y")

    assert main(["workflows", "run", str(file), "--sandbox"]) == 3

    said = capsys.readouterr().out
    assert said.index("ask_finance:") < said.index("ask_legal:")
    assert "is running in review" in said


def test_an_input_without_a_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workflows", "run", EXAMPLE, "--set", "5000", "--sandbox"]) == 2
    assert "--set takes NAME=VALUE, not '5000'" in capsys.readouterr().err
