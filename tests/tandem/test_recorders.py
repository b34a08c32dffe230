"""Tools that record or mock httpx in the tests of others see what the default transport sends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tandem import AsyncHttpxTransport, HttpxTransport, Request, Response
from tandem._sources import OnDisk
from tandem._uploads import Upload

from .loopback import Loopback, reply
from .uploading import Upstream

Send = Callable[[Request], Response]


@pytest.fixture
def send(colour: str) -> Iterator[Send]:
    if colour == "sync":
        transport = HttpxTransport()
        yield transport.send
        transport.close()
        return
    with asyncio.Runner() as runner:
        other = AsyncHttpxTransport()
        yield lambda request: runner.run(other.send(request))
        runner.run(other.aclose())


class Seen(list[httpx.Request]):
    """What a recorder saw."""

    @contextmanager
    def standing_in(self, answer: httpx.Response | None) -> Generator[None]:
        """Answer by itself, or hand on to the network."""
        threads, tasks = httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request

        def see(transport: Any, request: httpx.Request) -> httpx.Response:
            self.append(request)
            return answer or threads(transport, request)

        async def async_see(transport: Any, request: httpx.Request) -> httpx.Response:
            self.append(request)
            return answer or await tasks(transport, request)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(httpx.HTTPTransport, "handle_request", see)
            patch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", async_see)
            yield


def test_a_mock_answers_in_place_of_the_network(send: Send) -> None:
    seen = Seen()

    with seen.standing_in(httpx.Response(201, headers={"x-mock": "yes"}, content=b"mocked")):
        got = send(Request("POST", "http://192.0.2.1/x?y=1", [("accept", "*/*")], b"{}", timeout=5))

    assert (got.status_code, got.headers["x-mock"], got.content) == (201, "yes", b"mocked")
    assert [(each.method, str(each.url), each.content) for each in seen] == [("POST", "http://192.0.2.1/x?y=1", b"{}")]


def test_a_recorder_sees_each_request_and_the_server_answers(send: Send) -> None:
    with Loopback(reply(b"one"), reply(b"two"), reply(b"three")) as server:
        request = Request("GET", f"{server.url}/x", [("accept", "*/*")], timeout=5)
        seen = Seen()

        before = send(request)
        with seen.standing_in(None):
            during = send(request)
        after = send(request)

    assert [before.content, during.content, after.content] == [b"one", b"two", b"three"]
    assert [str(each.url) for each in seen] == [f"{server.url}/x"]


def test_a_recorder_sees_the_whole_of_an_upload_and_the_server_gets_it(send: Send, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 300_000)
    seen = Seen()

    with Upstream() as server, seen.standing_in(None):
        send(Request("POST", server.url, [], Upload([OnDisk(path)]), timeout=5))

    assert [each.content for each in seen] == [path.read_bytes()] == server.bodies
