"""Files that go with tasks, and pictures of people, over a real socket and in both colours."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import pytest

from coordinaitor import AsyncOrchestratorClient, InvalidRequestError, OrchestratorClient, OrchestratorError
from coordinaitor.sandbox import Sandbox
from tandem import APIConnectionError, RetryPolicy
from tests.blocking import Blocking
from tests.scale import scaled
from tests.tandem.loopback import Connection, Play, cut_off, reply
from tests.tandem.uploading import MB, MOST, Pipe, Upstream, growth, read_and_forget

SIZE = scaled(200, 32) * MB
CONTENT = bytes(range(256)) * 2_000
DONE = reply(b'{"success": true, "data": {"id": "file-1", "name": "mockup.png", "size": 512000}}')
QUICK = RetryPolicy(base=0.001, cap=0.002)
Connect = Callable[[Upstream], OrchestratorClient]


def refusal(status: int) -> Play:
    return reply(b'{"success": false, "error": {"code": "RATE_LIMIT_EXCEEDED", "message": "Slow down"}}', status)


@pytest.fixture
def mockup(tmp_path: Path) -> Path:
    found = tmp_path / "mockup.png"
    found.write_bytes(CONTENT)
    return found


@pytest.fixture
def connect(colour: str) -> Iterator[Connect]:
    """Makes clients of one colour; an asynchronous one is driven so that it looks like the other."""
    with ExitStack() as stack:
        if colour == "sync":

            def make(server: Upstream) -> OrchestratorClient:
                client = OrchestratorClient(base_url=server.url, api_key="ak_canary", retry=QUICK)
                return stack.enter_context(client)
        else:
            runner = stack.enter_context(asyncio.Runner())

            def make(server: Upstream) -> OrchestratorClient:
                client = AsyncOrchestratorClient(base_url=server.url, api_key="ak_canary", retry=QUICK)
                return cast("OrchestratorClient", stack.enter_context(Blocking(client, runner)))

        yield make


def test_a_file_goes_to_its_task_under_its_name_with_its_type_and_a_description(connect: Connect, mockup: Path) -> None:
    with Upstream(DONE) as server:
        file = connect(server).tasks.upload_file("task 1", mockup, description="Mockup of the form")

    head, body = server.requests[0].decode(), server.bodies[0]
    assert head.startswith("POST /api/v1/tasks/task%201/files HTTP/1.1\r\n")
    assert "ak_canary" in head
    assert b'name="file"; filename="mockup.png"\r\nContent-Type: image/png\r\n\r\n' + CONTENT in body
    assert b'name="description"\r\n\r\nMockup of the form\r\n' in body
    assert (file.id, file.name) == ("file-1", "mockup.png")


def test_a_picture_is_all_that_a_profile_needs(connect: Connect, mockup: Path) -> None:
    with Upstream(reply(b'{"success": true, "data": {"id": "user-1", "avatar": "http://x/a.png"}}')) as server:
        user = connect(server).users.me.upload_avatar(("me.png", mockup))

    assert user.avatar == "http://x/a.png"
    assert b'name="file"; filename="me.png"' in server.bodies[0]


@pytest.mark.parametrize("status", [429, 503])
def test_an_upload_that_was_refused_is_sent_again_from_its_start(connect: Connect, mockup: Path, status: int) -> None:
    sent: list[int] = []

    def progress(done: int, total: int | None) -> None:
        sent.append(done)

    with mockup.open("rb") as opened, Upstream(refusal(status), DONE) as server:
        connect(server).tasks.upload_file("task-1", opened, options={"progress": progress})

    first, second = server.bodies
    assert CONTENT in first
    assert first == second
    assert sent.count(0) == 2


def test_an_upload_whose_reply_was_lost_is_not_sent_again(connect: Connect, mockup: Path) -> None:
    with Upstream(cut_off, DONE) as server, pytest.raises(APIConnectionError) as caught:
        connect(server).tasks.upload_file("task-1", mockup)

    assert isinstance(caught.value, OrchestratorError)
    assert len(server.bodies) == 1


def test_a_pipe_that_was_refused_is_not_sent_again(connect: Connect) -> None:
    with Upstream(refusal(503), DONE) as server, pytest.raises(OrchestratorError, match="Slow down") as caught:
        connect(server).tasks.upload_file("task-1", Pipe(CONTENT))

    assert "cannot be rewound" in caught.value.__notes__[0]
    assert len(server.bodies) == 1


def test_a_path_as_text_is_refused_before_anything_is_sent(connect: Connect) -> None:
    wrong: Any = "mockup.png"

    with Upstream(DONE) as server, pytest.raises(InvalidRequestError, match=r"file is a file: give Path\(\.\.\.\)"):
        connect(server).tasks.upload_file("task-1", wrong)

    assert server.requests == []


def test_what_is_uploaded_is_there(mockup: Path) -> None:
    with Sandbox() as platform, platform.client() as client:
        task = client.tasks.create(title="Build user registration", priority="high")
        client.tasks.upload_file(task.id, mockup)
        client.tasks.upload_file(task.id, ("notes.txt", io.BytesIO(b"some notes")), description="Notes")

        files = client.tasks.get(task.id, include=["files"]).files or []

    assert [(file.name, file.size, file.mime_type, file.description) for file in files] == [
        ("mockup.png", len(CONTENT), "image/png", None),
        ("notes.txt", 10, "text/plain", "Notes"),
    ]


@pytest.mark.proof
def test_a_large_upload_takes_little_memory(
    colour: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    def take(connection: Connection) -> bool:
        return read_and_forget(connection, DONE)

    little, much = tmp_path / "little", tmp_path / "much"
    little.write_bytes(b"x" * MB)
    much.write_bytes(b"x" * SIZE)

    with Upstream(take, reads=False) as server:
        amount, grown = growth("tests.coordinaitor.lean", colour, server.url, str(little), str(much))

    record_property("figures", f"upload_file of {amount // MB} MB, {colour}: memory grew by {grown / MB:.1f} MB")
    assert amount == SIZE
    assert grown < MOST
