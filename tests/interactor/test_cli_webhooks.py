"""`interactor webhooks`: listen, trigger and verify."""

from __future__ import annotations

import io
import os
import pty
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from interactor._cli import main
from interactor.sandbox import Sandbox
from tests.sandbox.receiving import Received, Receiver, receiver

EVENT = "room.message.created"
SECRET = "whsec_0123456789abcdef0123456789abcdef"
WAIT = 60.0


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("INTERACTOR_SANDBOX_URL", "INTERACTOR_WEBHOOK_SECRET", "INTERACTOR_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.reset()
    return running


@pytest.fixture
def hooks() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


# -- trigger


def test_a_triggered_event_reaches_who_listens(
    sandbox: Sandbox, hooks: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.client("user_1").webhooks.create(url=hooks.url, events=[EVENT])

    code = main(["webhooks", "trigger", EVENT, "--set", "data.room_id=room_1", "--url", sandbox.url])

    out = capsys.readouterr().out
    assert code == 0
    assert hooks.received[0].json["data"]["room_id"] == "room_1"
    assert re.search(rf"{EVENT}\s+del_\w+  200  \d+ ms", out)


def test_a_value_is_json_where_it_can_be_and_paths_lead_into_objects(sandbox: Sandbox, hooks: Receiver) -> None:
    sandbox.client("user_2").webhooks.create(url=hooks.url, events=["room.tool_call.pending"])
    given = ["data.arguments.days=3", "data.arguments.city=Oslo", 'data.tool_name="7"', "namespace=user_2"]

    main(["webhooks", "trigger", "room.tool_call.pending", "--url", sandbox.url, *(f"--set={pair}" for pair in given)])

    data = hooks.received[0].json["data"]
    assert data["arguments"] == {"days": 3, "city": "Oslo"}
    assert data["tool_name"] == "7"


def test_an_event_that_was_not_taken_ends_in_1(
    sandbox: Sandbox, hooks: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    hooks.status = 500
    sandbox.client("user_1").webhooks.create(url=hooks.url, events=[EVENT])

    assert main(["webhooks", "trigger", EVENT, "--url", sandbox.url]) == 1
    assert "again at" in capsys.readouterr().out


def test_an_event_that_nobody_wants_is_told(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["webhooks", "trigger", EVENT, "--namespace", "user_9", "--url", sandbox.url]) == 0
    assert "Nobody listens for room.message.created in user_9" in capsys.readouterr().err


def test_the_sandbox_is_found_by_a_variable(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERACTOR_SANDBOX_URL", sandbox.url)

    assert main(["webhooks", "trigger", EVENT]) == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["room.mesage.created"], 1, "Did you mean room.message.created?"),
        ([EVENT, "--set", "room_id=1"], 2, "data.FIELD=VALUE"),
        ([EVENT, "--set", "data.room_id"], 2, "data.FIELD=VALUE"),
        ([EVENT, "--set", "data..a=1"], 2, "data.FIELD=VALUE"),
        ([EVENT, "--set", "data.a=1", "--set", "data.a.b=1"], 2, "twice"),
        ([EVENT, "--set", "data=1"], 2, "data.FIELD=VALUE"),
    ],
)
def test_bad_input_is_told_in_one_line(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    assert main(["webhooks", "trigger", *arguments, "--url", sandbox.url]) == code

    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize(
    ("url", "code", "said"),
    [
        ("http://127.0.0.1:1", 1, "Start one with `interactor sandbox`"),
        ("127.0.0.1:8787", 2, "like http://127.0.0.1:8787"),
        ("https://core.interactor.com", 2, "address of a sandbox"),
        ("http://[", 2, "address of a sandbox"),
        ("http://127.0.0.1:port", 2, "address of a sandbox"),
    ],
)
def test_a_wrong_address_of_the_sandbox_is_told_with_the_remedy(
    capsys: pytest.CaptureFixture[str], url: str, code: int, said: str
) -> None:
    assert main(["webhooks", "trigger", EVENT, "--url", url]) == code
    assert said in capsys.readouterr().err


def test_another_server_is_not_taken_for_a_sandbox(hooks: Receiver, capsys: pytest.CaptureFixture[str]) -> None:
    hooks.reply = b"<html>"

    assert main(["webhooks", "trigger", EVENT, "--url", hooks.url]) == 1
    assert "is no sandbox" in capsys.readouterr().err


# -- verify


@pytest.fixture
def delivery(sandbox: Sandbox, hooks: Receiver) -> Received:
    sandbox.client("user_1").webhooks.create(url=hooks.url, events=[EVENT], secret=SECRET)
    sandbox.trigger(EVENT)
    sandbox.settle()
    return hooks.received[0]


def verify(monkeypatch: pytest.MonkeyPatch, body: bytes, *arguments: str) -> int:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(body)))
    return main(["webhooks", "verify", *arguments])


def signed(delivery: Received) -> list[str]:
    headers = delivery.headers
    return ["--signature", headers["X-Interactor-Signature"], "--timestamp", headers["X-Interactor-Timestamp"]]


def test_a_true_delivery_is_valid(
    delivery: Received, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("INTERACTOR_WEBHOOK_SECRET", SECRET)

    assert verify(monkeypatch, delivery.body, *signed(delivery)) == 0
    assert capsys.readouterr().out == f"valid: {EVENT} {delivery.json['id']} user_1\n"


def test_the_secret_may_stand_in_a_file_and_headers_in_one_option_each(
    delivery: Received, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text(SECRET + "\n")
    names = ("X-Interactor-Signature", "X-Interactor-Timestamp")
    options = [text for name in names for text in ("--header", f"{name}: {delivery.headers[name]}")]

    assert verify(monkeypatch, delivery.body, "--secret-file", str(tmp_path / "secret"), *options) == 0


def test_a_changed_body_is_not_valid(
    delivery: Received, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(monkeypatch, delivery.body + b" ", "--secret", SECRET, *signed(delivery)) == 1

    told = capsys.readouterr()
    assert told.out == ""
    assert SECRET not in told.err
    assert told.err


def test_an_old_delivery_is_valid_at_the_moment_it_came(delivery: Received, monkeypatch: pytest.MonkeyPatch) -> None:
    came = int(delivery.headers["X-Interactor-Timestamp"])
    options = ["--secret", SECRET, *signed(delivery)]

    assert verify(monkeypatch, delivery.body, *options, "--now", str(came + 301)) == 1
    assert verify(monkeypatch, delivery.body, *options, "--now", str(came + 299)) == 0
    assert verify(monkeypatch, delivery.body, *options, "--now", str(came + 301), "--tolerance", "600") == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "INTERACTOR_WEBHOOK_SECRET"),
        (["--secret-file", "/nowhere"], "/nowhere cannot be read"),
        (["--secret", SECRET, "--header", "no colon"], "NAME: VALUE"),
    ],
)
def test_misuse_ends_in_2_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert verify(monkeypatch, b"{}", *arguments) == 2
    assert said in capsys.readouterr().err


# -- listen


@dataclass
class Listening:
    """The command in a process of its own; its input is a terminal or a pipe, and `press` writes there."""

    process: subprocess.Popen[str]
    keys: int

    def press(self, key: str) -> None:
        os.write(self.keys, key.encode())

    def line(self, pattern: str) -> str:
        """The next line that it prints with this in it."""
        assert self.process.stdout is not None
        for text in self.process.stdout:
            if re.search(pattern, text):
                return text
        raise AssertionError(f"nothing like {pattern} was printed")


@contextmanager
def listening(sandbox: Sandbox, *arguments: str, terminal: bool = False) -> Generator[Listening]:
    ours, theirs = pty.openpty() if terminal else reversed(os.pipe())
    command = [sys.executable, "-m", "interactor", "webhooks", "listen", "--url", sandbox.url, *arguments]
    process = subprocess.Popen(
        command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )
    os.close(theirs)
    watchdog = threading.Timer(WAIT, process.kill)  # whoever waits for a line sees the end of them
    watchdog.start()
    try:
        yield Listening(process, ours)
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()
        os.close(ours)


def test_deliveries_are_shown_with_their_status(sandbox: Sandbox, hooks: Receiver) -> None:
    with listening(sandbox, "--forward", hooks.url) as command:
        command.line("r: send the last one again")
        sandbox.trigger(EVENT, namespace="user_7")
        assert "  200  " in command.line(EVENT)

        hooks.status = 503
        sandbox.trigger("credential.expired")
        assert re.search(r"  503  \d+ ms  again at \d\d:\d\d:\d\d", command.line("credential.expired"))


@pytest.mark.parametrize("terminal", [True, False])
def test_a_key_press_sends_the_last_delivery_again(sandbox: Sandbox, hooks: Receiver, terminal: bool) -> None:
    with listening(sandbox, "--forward", hooks.url, "--events", EVENT, terminal=terminal) as command:
        command.line("r: send the last one again")
        sandbox.trigger(EVENT)
        command.line(EVENT)

        command.press("r")
        assert "(resend)" in command.line(EVENT)
        command.press("q")
        assert command.process.wait(WAIT) == 0

    assert hooks.received[0].body == hooks.received[1].body


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_endpoint_ends_with_the_command(sandbox: Sandbox, hooks: Receiver, number: signal.Signals) -> None:
    with listening(sandbox, "--forward", hooks.url) as command:
        command.line("r: send the last one again")
        command.process.send_signal(number)
        assert command.process.wait(WAIT) == 0

    sandbox.trigger(EVENT)
    sandbox.settle()
    assert hooks.received == []


def test_the_secret_is_told_once_and_not_when_it_was_brought_along(
    sandbox: Sandbox, hooks: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(sandbox, "--forward", hooks.url) as command:
        secret = command.line("INTERACTOR_WEBHOOK_SECRET=").strip().rpartition("=")[2]
        sandbox.trigger(EVENT)
        command.line(EVENT)
    monkeypatch.setenv("INTERACTOR_WEBHOOK_SECRET", SECRET)
    with listening(sandbox, "--forward", hooks.url) as command:
        told = command.line("export|r: send")
        sandbox.trigger(EVENT)
        command.line(EVENT)

    assert "export" not in told
    assert hooks.received[0].signatures == [hooks.received[0].signature_with(secret)]
    assert any(got.signatures == [got.signature_with(SECRET)] for got in hooks.received)


def test_an_address_beyond_this_machine_is_refused(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["webhooks", "listen", "--forward", "https://app.example.com/hooks", "--url", sandbox.url]) == 1
    assert "--allow-host" in capsys.readouterr().err
