"""`interactor sandbox` as a process of its own."""

from __future__ import annotations

import os
import re
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from interactor import InteractorClient

from .model_server import DONE, STOP, model_server

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("INTERACTOR_")}


@dataclass
class Running:
    process: subprocess.Popen[str]
    welcome: str

    @property
    def exports(self) -> dict[str, str]:
        return dict(re.findall(r"export (\w+)=(\S+)", self.welcome))


@contextmanager
def sandbox(*arguments: str) -> Generator[Running]:
    """The command, ready to be called."""
    command = [sys.executable, "-m", "interactor", "sandbox", "--port", "0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    try:
        assert process.stdout is not None
        lines: list[str] = []
        while not lines or "INTERACTOR_NAMESPACE" not in lines[-1]:
            lines.append(process.stdout.readline())
            assert lines[-1], process.communicate()
        yield Running(process, "".join(lines))
    finally:
        process.kill()
        process.communicate()


def client_of(running: Running, monkeypatch: pytest.MonkeyPatch) -> InteractorClient:
    """A client that has nothing but the printed settings."""
    for name, value in running.exports.items():
        monkeypatch.setenv(name, value)
    return InteractorClient()


def test_the_printed_settings_are_all_that_a_client_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    with sandbox() as running, client_of(running, monkeypatch) as client:
        client.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.")

        assert [bot.name for bot in client.assistants.list()] == ["Support"]


def test_a_seed_makes_the_secret_known_beforehand() -> None:
    with sandbox("--seed", "7") as one, sandbox("--seed", "7") as two, sandbox() as other:
        name = "INTERACTOR_CLIENT_SECRET"

        assert one.exports[name] == two.exports[name] != other.exports[name]


def test_data_survives_a_killed_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    db = str(tmp_path / "sandbox.db")
    with sandbox("--db", db) as running, client_of(running, monkeypatch) as client:
        made = client.assistants.create(name="Support", model="gpt-4", system_prompt="Be brief.")
        running.process.send_signal(signal.SIGKILL)
        running.process.wait(10)

    with sandbox("--db", db) as running, client_of(running, monkeypatch) as client:
        assert client.assistants.get(made.id).name == "Support"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order(number: signal.Signals) -> None:
    with sandbox() as running:
        url = running.exports["INTERACTOR_CORE_API_URL"]
        with httpx.Client() as http, http.stream("GET", f"{url}/rooms"):
            running.process.send_signal(number)
            _, errors = running.process.communicate(timeout=10)

    assert running.process.returncode == 0
    assert errors == ""


def test_a_port_that_is_taken_is_told_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        command = [sys.executable, "-m", "interactor", "sandbox", "--port", port]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=10, env=ENVIRONMENT, check=False)

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"Port {port} cannot be used")
    assert len(ended.stderr.splitlines()) == 1


def test_a_real_model_may_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENVIRONMENT, "INTERACTOR_MODEL_KEY", "model-key")
    with model_server() as model:
        model.says({"content": "I am a model."}, STOP, DONE)
        with sandbox("--model-url", model.url) as running, client_of(running, monkeypatch) as client:
            bot = client.assistants.create(name="Support", model="llama", system_prompt="Be brief.")
            room = client.rooms.create(assistant_id=bot.id)

            answer = client.rooms.messages.send(room.id, content="Who are you?")

    assert answer.content == "I am a model."
    assert model.keys == ["Bearer model-key"]


@pytest.mark.parametrize(
    ("option", "told"), [("--model-url=localhost", "http://localhost:11434/v1"), ("--heartbeat=0", "heartbeat")]
)
def test_a_setting_that_makes_no_sense_is_told_in_one_line(option: str, told: str) -> None:
    command = [sys.executable, "-m", "interactor", "sandbox", "--port", "0", option]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=10, env=ENVIRONMENT, check=False)

    assert ended.returncode == 2
    assert told in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_it_is_ready_after_half_a_second_of_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # With its modules compiled, as they are after the first start of an installed package. The processor's time is
    # measured and not the wall's, because the machine may have other things to do.
    monkeypatch.setitem(ENVIRONMENT, "PYTHONPYCACHEPREFIX", str(tmp_path))
    monkeypatch.delitem(ENVIRONMENT, "PYTHONDONTWRITEBYTECODE", raising=False)

    seconds = [start_and_kill() for _ in range(4)]

    assert min(seconds) < 0.5, seconds


def start_and_kill() -> float:
    """The processor's time, in seconds, of a process that is killed as soon as it is ready."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with sandbox():
        pass
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_nothing_heavy_is_loaded_before_the_first_call() -> None:
    code = (
        "import sys; from interactor.sandbox import Sandbox\n"
        "with Sandbox() as sandbox: sandbox.client_secret\n"
        "print(sorted({'httpx', 'yaml', 'jwt', 'cryptography', 'jsonschema_rs', 'attrs'} & set(sys.modules)))"
    )

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)

    assert ended.stdout.strip() == "[]"
