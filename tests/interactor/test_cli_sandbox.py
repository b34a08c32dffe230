"""`interactor sandbox`, and `--sandbox`, where no sandbox can be."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from interactor._cli import main
from interactor._commands import _sandbox
from interactor.sandbox import Sandbox
from tandem.sandbox import SandboxError

EXAMPLE = str(Path(__file__).parents[2] / "examples" / "purchase.yaml")
MISSING = "The sandbox needs uvicorn, quickjs-ng. Install it with: pip install 'interactor[sandbox]'"


@pytest.fixture
def _lean(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without some of what the sandbox needs."""
    for module in ("_quickjs", "uvicorn"):
        monkeypatch.setitem(sys.modules, module, None)


@pytest.mark.usefixtures("_lean")
@pytest.mark.parametrize("arguments", [["sandbox", "--port", "0"], ["workflows", "run", EXAMPLE, "--sandbox"]])
def test_missing_libraries_are_told_in_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err == f"{MISSING}\n"


@pytest.mark.usefixtures("_lean")
def test_a_sandbox_that_lacks_libraries_starts_nothing() -> None:
    before = threading.active_count()

    with pytest.raises(SandboxError) as caught:
        Sandbox()

    assert str(caught.value) == MISSING
    assert threading.active_count() == before


def test_a_database_that_cannot_be_used_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "nowhere" / "state.db"

    assert main(["sandbox", "--port", "0", "--db", str(path)]) == 2

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"The state cannot be kept in {path}: ")


def test_a_sandbox_that_could_not_start_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tandem.sandbox._connections", None)
    before = set(threading.enumerate())

    with pytest.raises(ImportError):
        Sandbox().start()

    assert set(threading.enumerate()) == before


def test_a_sandbox_whose_port_is_taken_is_closed() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        sandbox = Sandbox(port=taken.getsockname()[1])

        with pytest.raises(OSError, match="in use"):
            sandbox.start()

    assert repr(sandbox) == "<Sandbox closed>"


def test_ctrl_c_before_the_sandbox_is_there_is_no_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_sandbox, "_serve", interrupted)

    assert main(["sandbox", "--port", "0"]) == 130
    assert capsys.readouterr() == ("", "")


def test_the_command_line_is_there_before_any_library_is() -> None:
    heavy = (
        "import sys, interactor._cli; print([name for name in ('http.client', 'ssl', 'httpx') if name in sys.modules])"
    )

    assert subprocess.check_output([sys.executable, "-c", heavy], text=True) == "[]\n"


def test_ctrl_c_while_a_delivery_is_waited_for_is_no_error() -> None:
    command = [sys.executable, "-c", VERIFY]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"reading\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)

    assert (process.returncode, errors) == (130, b"")


VERIFY = """
import os, sys
from interactor._cli import main
from interactor._commands import _verify

secret = _verify._secret

def told(arguments):
    print("reading", flush=True)
    return secret(arguments)

_verify._secret = told
sys.exit(main(["webhooks", "verify", "--secret", "whsec_0123456789abcdef0123456789abcdef"]))
"""


@pytest.mark.parametrize("own", [True, False])
def test_ctrl_c_at_a_question_names_the_instance_that_is_left(
    own: bool, platform: Sandbox, namespace: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {
        "CLIENT_ID": platform.client_id,
        "CLIENT_SECRET": platform.client_secret,
        "ACCOUNT_SERVER_URL": platform.account_url,
        "CORE_API_URL": platform.core_url,
        "NAMESPACE": namespace,
    }.items():
        monkeypatch.setenv(f"INTERACTOR_{name}", value)

    def interrupted(_prompt: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", interrupted)

    code = main(["workflows", "run", EXAMPLE, "--set", "amount=5000", *(["--sandbox"] if own else [])])

    left = [instance.id for instance in platform.client(namespace).workflows.instances.list()]
    assert code == 130
    assert capsys.readouterr().err == ("" if own else f"\n{left[0]} was left as it is.\n")
