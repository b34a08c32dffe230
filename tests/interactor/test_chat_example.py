"""`examples/chat.py`: in a pipe, in a terminal, and as a picture."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from interactor.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
CHAT = [sys.executable, str(ROOT / "examples" / "chat.py")]
LONG = 60.0  # seconds that no test takes


def environment(**more: str) -> dict[str, str]:
    """The environment without any platform in it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("INTERACTOR_")}
    return {**kept, "COLUMNS": "100", "PYTHONIOENCODING": "utf-8", "TERM": "xterm-256color", **more}


def chat(*arguments: str, lines: str = "", **more: str) -> str:
    """What the chat prints when these lines come from a pipe."""
    done = subprocess.run(
        [*CHAT, *arguments], input=lines, env=environment(**more), capture_output=True, encoding="utf-8", timeout=LONG
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


class Terminal:
    """A program in a terminal: type, and wait for what it shows."""

    def __init__(self, process: subprocess.Popen[bytes], handle: int) -> None:
        self.process = process
        self._handle = handle
        self._shown = ""
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def type(self, text: str) -> None:
        os.write(self._handle, text.encode())

    def wait_for(self, text: str) -> None:
        """Until this is shown. What is shown next is looked for behind it."""
        with self._more:
            assert self._more.wait_for(lambda: text in self._shown, LONG), self._shown
            self._shown = self._shown.partition(text)[2]

    def _read(self) -> None:
        while True:
            try:
                read = os.read(self._handle, 65536)
            except OSError:  # the program has left
                return
            with self._more:
                self._shown += read.decode(errors="replace")
                self._more.notify_all()


@contextmanager
def terminal() -> Generator[Terminal]:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(CHAT, stdin=theirs, stdout=theirs, stderr=theirs, env=environment())
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def test_lines_from_a_pipe_are_answered_and_tool_calls_shown(platform: Sandbox, namespace: str) -> None:
    said = chat(
        lines="get_weather city=Oslo\n\nbook_cabin place=Voss\nHello\n",
        INTERACTOR_CLIENT_ID=platform.client_id,
        INTERACTOR_CLIENT_SECRET=platform.client_secret,
        INTERACTOR_ACCOUNT_SERVER_URL=platform.account_url,
        INTERACTOR_CORE_API_URL=platform.core_url,
        INTERACTOR_NAMESPACE=namespace,
    )

    assert 'get_weather(city="Oslo") → ["' in said
    assert "get_weather answered [" in said
    assert 'book_cabin(place="Voss") → LookupError: no cabin near Voss is free' in said
    assert 'You wrote "Hello"' in said
    with platform.client(namespace) as client:
        assert [*client.assistants.list(), *client.rooms.list()] == []  # it tidies up


def test_the_picture_in_the_readme_shows_what_the_chat_says(tmp_path: Path) -> None:
    chat("--demo", "--svg", str(tmp_path / "chat.svg"))

    drawn = (tmp_path / "chat.svg").read_text(encoding="utf-8")
    assert drawn == (ROOT / "docs" / "chat.svg").read_text(encoding="utf-8")
    assert "http" not in drawn.replace("http://www.w3.org", "").replace("https://www.textualize.io", "")


def leave(screen: Terminal) -> int:
    """End the input, again if need be: a key that comes while the prompt is being set up is lost."""
    for _ in range(int(LONG)):
        with suppress(OSError):  # it has gone meanwhile, and the terminal with it
            screen.type("\x04")
        with suppress(subprocess.TimeoutExpired):
            return screen.process.wait(1)
    raise AssertionError("it goes on")


def test_ctrl_c_stops_an_answer_and_keeps_the_session() -> None:
    with terminal() as screen:
        screen.wait_for("you ❯")  # noqa: RUF001  # as it is shown
        screen.type("Say " + "word " * 100 + "\n")
        screen.wait_for("Guide (gpt-4) says")
        screen.process.send_signal(signal.SIGINT)
        screen.wait_for("■ stopped")
        screen.wait_for("you ❯")  # noqa: RUF001  # as it is shown
        screen.type("Hello again\n")
        screen.wait_for('You wrote "Hello again"')
        screen.wait_for("you ❯")  # noqa: RUF001  # as it is shown

        assert leave(screen) == 0
