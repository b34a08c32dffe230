"""What is typed wrong is told as such, with how it is meant."""

from __future__ import annotations

import argparse

import pytest

from tandem._command_line import add_sandbox, command_line


def parse(*words: str) -> argparse.Namespace:
    parser, commands = command_line("acme", "Tools for Acme.", "1")
    add_sandbox(commands, lambda: lambda _: 0, port=9000, sends="webhooks")
    return parser.parse_args(["sandbox", *words])


@pytest.mark.parametrize("port", ["99999", "65536", "-1", "x", "", "1.5", "9" * 5000])
def test_a_port_that_cannot_be_is_a_usage_error(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(f"--port={port}")

    assert caught.value.code == 2
    assert "a port is a number from 0 to 65535" in capsys.readouterr().err


def test_a_port_is_a_number() -> None:
    assert [parse(*words).port for words in ([], ["--port", "0"], ["--port", "65535"])] == [9000, 0, 65535]
