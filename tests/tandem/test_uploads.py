"""Bodies that are read while they are sent, over real sockets and in both colours."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio
import trustme

from tandem import (
    APIConnectionError,
    AsyncHttpxTransport,
    AuthenticationError,
    CallSettings,
    Core,
    HttpxTransport,
    RateLimitError,
    Request,
    Response,
)
from tandem._multipart import encode_multipart
from tandem._sources import PIECE, OnDisk, Opened
from tandem._transport import whole
from tandem._uploads import Upload

from .acme import CONVENTIONS, HOSTS, UPLOAD, AcmeInvalidRequestError
from .conftest import MakeClient, MakeSend, MakeWorld, PlainAsyncClient, PlainClient, core_of
from .encrypted import TlsLoopback
from .fakes import FakeTransport, Server, answer, refused
from .loopback import cut_off, hang_up
from .uploading import (
    KEYED,
    OK,
    REFUSED,
    SIZE,
    Pipe,
    Steps,
    Upstream,
    a_file,
    content,
    upload,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_file(tmp_path, SIZE)


@pytest.mark.parametrize("kind", ["path", "open", "named path", "named open", "buffer", "bytes"])
def test_a_file_in_any_form_is_sent_in_pieces_with_its_length(connect: MakeClient, path: Path, kind: str) -> None:
    with path.open("rb") as opened, Upstream() as server:
        file = {
            "path": path,
            "open": opened,
            "named path": ("report.bin", path),
            "named open": ("report.bin", opened, "application/octet-stream"),
            "buffer": ("report.bin", io.BytesIO(content())),
            "bytes": ("report.bin", content()),
        }[kind]
        connect(server).call(upload(file))

    request, (body,) = server.requests[0].lower(), server.bodies
    assert b"content-length: %d\r\n" % len(body) in request
    assert b"transfer-encoding" not in request
    assert body.split(b"\r\n\r\n")[1].startswith(content() + b"\r\n--")


def test_an_open_file_is_sent_from_where_it_stands_and_left_open(connect: MakeClient, path: Path) -> None:
    with path.open("rb") as opened, Upstream() as server:
        opened.seek(PIECE)
        connect(server).call(upload(opened))

        assert not opened.closed
    assert content()[PIECE:] in server.bodies[0]
    assert content()[PIECE - 1 :] not in server.bodies[0]


def test_what_has_no_length_is_sent_in_chunks(connect: MakeClient) -> None:
    with Upstream() as server:
        connect(server).call(upload(("f", Pipe(content()))))
        connect(server).call(upload(("f", io.BytesIO(content()))))

    chunked, framed = server.requests
    assert b"transfer-encoding: chunked" in chunked.lower()
    assert b"content-length" not in chunked.lower()
    assert b"transfer-encoding" not in framed.lower()
    assert all(content() in body for body in server.bodies)


def test_a_refused_upload_is_sent_again_from_where_its_file_stood(connect: MakeClient, path: Path) -> None:
    with path.open("rb") as opened, Upstream(REFUSED, REFUSED, OK) as server:
        opened.seek(100)
        connect(server).call(upload(("f", opened)))

    first, *others = server.bodies
    assert content()[100:] in first
    assert others == [first, first]


def test_a_pipe_is_sent_once_and_the_error_says_why(connect: MakeClient) -> None:
    with Upstream(REFUSED, OK) as server, pytest.raises(RateLimitError) as caught:
        connect(server).call(upload(Pipe(content())))

    assert len(server.bodies) == 1
    assert "not sent again, because its file cannot be rewound" in caught.value.__notes__[0]


def test_a_pipe_whose_reply_is_lost_is_sent_once_and_the_error_says_why(connect: MakeClient) -> None:
    why = "not sent again, because its file cannot be rewound: give bytes, a path or a file that can seek"

    with Upstream(hang_up, OK) as server, pytest.raises(APIConnectionError, match=why):
        connect(server).call(upload(Pipe(content()), KEYED))

    assert len(server.bodies) == 1


class RefusedOnce(FakeTransport):
    """Cannot connect the first time."""

    def send(self, request: Request) -> Response:
        self.send = super().send  # type: ignore[method-assign]  # from now on
        raise refused()


def test_a_pipe_that_nobody_has_read_yet_is_sent_again() -> None:
    server = Server()
    core: Core[Any, Any] = Core(CONVENTIONS, HOSTS, lambda: RefusedOnce(server), rng=lambda: 0.0)

    with PlainClient(core, CallSettings()) as client:
        client.call(upload(Pipe(b"content")))

    assert b"content" in (whole(server.requests[0].content) or b"")


def test_a_pipe_is_sent_once_also_where_a_token_was_refused_and_the_next_call_has_another(make: MakeWorld) -> None:
    world = make(answer(b"", 401), answer({}))
    private = replace(UPLOAD, authenticated=True)

    with pytest.raises(AuthenticationError) as caught:
        world.client.call(upload(Pipe(b"content"), private))
    world.client.call(upload(Pipe(b"content"), private))

    assert "not sent again" in caught.value.__notes__[0]
    assert world.server.sent("authorization") == ["Bearer token-1", "Bearer token-2"]


def test_an_upload_that_the_server_has_read_is_not_sent_again(connect: MakeClient, path: Path) -> None:
    with Upstream(cut_off, OK) as server, pytest.raises(APIConnectionError, match="No reply"):
        connect(server).call(upload(path))

    assert len(server.requests) == 1


def test_a_keyed_upload_is_sent_again_whole(connect: MakeClient, path: Path) -> None:
    with Upstream(cut_off, OK) as server:
        connect(server).call(upload(path, KEYED))

    assert server.bodies[0] == server.bodies[1]


def truncate(path: Path) -> None:
    os.truncate(path, PIECE + 1)


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def overwrite(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(content())
    other.replace(path)


@pytest.mark.parametrize(
    ("kind", "change"),
    [("path", truncate), ("path", append), ("path", overwrite), ("open", truncate), ("open", append)],
)
def test_a_file_that_changes_while_it_is_sent_ends_the_call(
    connect: MakeClient, path: Path, kind: str, change: Callable[[Path], None]
) -> None:
    def progress(sent: int, total: int | None) -> None:
        if 0 < sent < PIECE:
            change(path)

    said = "things.upload: the body cannot be sent: report.bin changed while it was sent"
    with path.open("rb") as opened, Upstream() as server, pytest.raises(AcmeInvalidRequestError, match=said):
        connect(server).call(upload(path if kind == "path" else opened, KEYED, progress=progress))

    assert server.bodies == []


def test_a_file_that_cannot_be_read_any_more_ends_the_call(connect: MakeClient, path: Path) -> None:
    def progress(sent: int, total: int | None) -> None:
        if sent > PIECE:
            path.unlink()

    with Upstream() as server, pytest.raises(AcmeInvalidRequestError, match=r"report.bin cannot be read: .*No such"):
        connect(server).call(upload(path, KEYED, progress=progress))

    assert server.bodies == []


class Broken(Pipe):
    """Gives something, and then what it should not."""

    def __init__(self, then: Any) -> None:
        super().__init__(b"")
        self._then = then
        self._given = False

    def read(self, size: int | None = -1, /) -> Any:
        if size == 0 or not self._given:
            self._given = size != 0
            return b"x" * (size or 0)
        if isinstance(self._then, Exception):
            raise self._then
        return self._then


@pytest.mark.parametrize("then", ["text", None, OSError("torn"), StopIteration()])
def test_a_file_object_that_misbehaves_ends_the_call(connect: MakeClient, then: Any) -> None:
    with (
        Upstream() as server,
        pytest.raises(AcmeInvalidRequestError, match="the body cannot be sent: f cannot be read"),
    ):
        connect(server).call(upload(("f", Broken(then)), KEYED))

    assert server.bodies == []


def test_an_upload_over_tls_arrives_whole(sender: MakeSend, path: Path, authority: trustme.CA, ca_bundle: str) -> None:
    body, _ = encode_multipart({"file": path})
    with TlsLoopback(authority, "127.0.0.1", OK) as server:
        sender(ca_bundle=ca_bundle)(Request("POST", server.url, [], body, timeout=5))

    assert server.requests[0].endswith(whole(body) or b"-")


def test_a_client_of_the_callers_own_sends_in_pieces_too(colour: str, path: Path) -> None:
    request = Request("POST", "", [("x-a", "b")], Upload([OnDisk(path)]), timeout=5)
    chunked = replace(request, content=Upload([Opened(Pipe(content()), "f")]))

    async def main() -> None:
        async with httpx.AsyncClient() as client:
            for each in (request, chunked):
                await AsyncHttpxTransport(client).send(replace(each, url=server.url))

    with Upstream() as server:
        if colour == "async":
            asyncio.run(main())
        else:
            with httpx.Client() as client:
                for each in (request, chunked):
                    HttpxTransport(client).send(replace(each, url=server.url))

    assert server.bodies == [content(), content()]
    assert b"content-length: %d\r\n" % SIZE in server.requests[0].lower()
    assert b"transfer-encoding: chunked" in server.requests[1].lower()
    assert b"content-length" not in server.requests[1].lower()


def test_an_upload_goes_through_trio(path: Path) -> None:
    steps = Steps()

    async def main() -> None:
        async with PlainAsyncClient(core_of(AsyncHttpxTransport, server), CallSettings()) as client:
            await client.call(upload(path, progress=steps))

    with Upstream() as server:
        trio.run(main)

    assert content() in server.bodies[0]
    assert steps[-1] == (len(server.bodies[0]),) * 2
