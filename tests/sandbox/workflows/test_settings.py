"""What is decided about workflows where a sandbox is made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from interactor._cli import main
from interactor.sandbox import Sandbox
from interactor.sandbox.workflows._engine import WorkflowSettings
from tests.sandbox.test_command import sandbox

from .making import logic, script
from .test_crash import api_of, publish


@pytest.mark.parametrize(
    "settings",
    [
        {"script_timeout": 0},
        {"script_timeout": float("nan")},
        {"script_timeout": float("inf")},
        {"allow_hosts": "example.org"},
        {"secrets": {"KEY": 1}},
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        Sandbox(**settings)


def test_secrets_are_not_shown() -> None:
    assert "key-0123456789" not in repr(WorkflowSettings(secrets={"API_KEY": "key-0123456789"}))


def test_the_command_takes_secrets_from_a_file_and_hosts_that_are_allowed(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"API_KEY": "key-0123456789"}))
    calling = logic({"type": "http", "method": "GET", "url": "http://nobody.invalid/"})

    with sandbox("--secrets", str(file), "--allow-host", "nobody.invalid") as running, api_of(running) as http:
        publish(http, script("return { length: secrets.API_KEY.length }"))
        publish(http, calling)
        instance = http.post("/workflows/scripted/instances", json={}).json()["data"]
        error = http.post("/workflows/logical/instances", json={}).json()["error"]

    assert instance["workflow_data"] == {"length": 14}
    assert "key-0123456789" not in running.welcome
    assert error["code"] == "http_error"
    assert "not on this machine" not in error["message"]


@pytest.mark.parametrize("content", ["not json, key-0123456789", '["key-0123456789"]', '{"KEY": 123456789}', None])
def test_a_file_that_holds_no_secrets_is_refused(
    tmp_path: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "secrets.json"
    if content is not None:
        file.write_text(content)

    code = main(["sandbox", "--port", "0", "--secrets", str(file)])

    told = capsys.readouterr().err
    assert (code, str(file) in told) == (2, True)
    assert "123456789" not in told
