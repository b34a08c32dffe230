"""What is undone was never announced, and what was announced survives."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from interactor.sandbox import Sandbox
from interactor.sandbox._announcements import announce
from tandem.sandbox import Scene
from tests.sandbox.receiving import EVENT, Receiver, slow

# -- what is undone, and what survives


def test_what_is_undone_was_never_announced(sandbox: Sandbox, hooks: Receiver, webhook: dict[str, Any]) -> None:
    async def announce_and_fail() -> None:
        async with sandbox.platform.transaction():
            announce(Scene(sandbox.platform, "user_1"), EVENT, {"message_id": "m", "room_id": "r"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        sandbox.platform.thread.run(announce_and_fail())
    sandbox.settle()

    assert hooks.received == []
    assert sandbox.deliveries() == []


def test_what_was_not_delivered_before_the_end_is_delivered_after_the_next_start(
    tmp_path: Path, hooks: Receiver
) -> None:
    db = tmp_path / "state.db"
    hooks.status = 503
    with Sandbox(db=db) as sandbox:
        sandbox.client("user_1").webhooks.create(url=hooks.url, events=[EVENT])
        sandbox.trigger(EVENT)
        sandbox.settle()
    hooks.status = 200

    with Sandbox(db=db) as sandbox:
        sandbox.clock.advance(30)
        sandbox.settle()

        assert [delivery.status for delivery in sandbox.deliveries()] == ["delivered"]
    assert len(hooks.received) == 2


@contextmanager
def process(*options: str) -> Generator[tuple[subprocess.Popen[str], httpx.Client]]:
    """A sandbox in a process of its own, and its controls."""
    command = [sys.executable, "-m", "interactor", "sandbox", "--port", "0", *options]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        url = running.stdout.readline().split()[5]
        with httpx.Client(base_url=f"{url}/_sandbox", timeout=60) as control:
            yield running, control
    finally:
        running.kill()
        running.communicate()


def test_a_delivery_under_way_in_a_killed_process_is_sent_again_by_the_next(tmp_path: Path, hooks: Receiver) -> None:
    came, answer = slow(hooks)
    with process("--db", str(tmp_path / "state.db")) as (running, control):
        control.post("/endpoints", json={"url": hooks.url})
        control.post("/events", json={"event": EVENT})
        assert came.wait(60)
        running.kill()
        running.wait(60)
    answer.set()

    with process("--db", str(tmp_path / "state.db")) as (_, control):
        control.post("/settle")
        (delivery,) = control.get("/deliveries").json()["deliveries"]

    assert delivery["status"] == "delivered"
    assert hooks.received[0].body == hooks.received[1].body


def test_the_command_line_shuffles_deliveries_and_allows_hosts(hooks: Receiver) -> None:
    with process("--shuffle-deliveries", "--allow-host", "app.example.com") as (_, control):
        far = control.post("/endpoints", json={"url": "https://app.example.com/hooks", "events": ["credential.error"]})
        control.post("/endpoints", json={"url": hooks.url})
        for _ in range(5):
            control.post("/events", json={"event": EVENT})
        control.post("/settle")

    assert far.status_code == 200
    assert len(hooks.received) > 5


def test_closing_does_not_wait_for_a_receiver(hooks: Receiver) -> None:
    came, answer = slow(hooks)
    with Sandbox() as sandbox:
        sandbox.client("user_1").webhooks.create(url=hooks.url, events=[EVENT])
        sandbox.trigger(EVENT)
        assert came.wait(60)
        closing = time.monotonic()

    assert time.monotonic() - closing < 30
    answer.set()
