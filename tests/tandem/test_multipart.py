"""multipart/form-data, read back by the standard library's mail parser."""

from __future__ import annotations

import email.policy
import io
import os
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem import Call, Model, Secret
from tandem._multipart import encode_multipart
from tandem._sources import InMemory
from tandem._transport import whole
from tandem._uploads import Upload

from .acme import UPLOAD, AcmeInvalidRequestError
from .conftest import MakeWorld
from .fakes import answer, header

Part = tuple[str | None, str | None, str, bytes]


def parse(body: bytes, content_type: str) -> list[Part]:
    """Name, file name, content type and content of each part."""
    parser = BytesParser(EmailMessage, policy=email.policy.HTTP)
    message = parser.parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    found: list[Part] = []
    for part in message.iter_parts():
        disposition = part["content-disposition"].params
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found.append((disposition.get("name"), disposition.get("filename"), part.get_content_type(), content))
    return found


def parts(fields: dict[str, Any]) -> list[Part]:
    return parse(*encoded(fields))


def encoded(fields: dict[str, Any]) -> tuple[bytes, str]:
    """The whole body and its content type."""
    content, content_type = encode_multipart(fields)
    return whole(content) or b"", content_type


def test_fields_become_parts_in_their_order() -> None:
    fields = {"a": "x y", "b": 7, "c": True, "d": ["1", "2"], "e": None, "f": Secret("s3")}

    assert parts(fields) == [
        ("a", None, "text/plain", b"x y"),
        ("b", None, "text/plain", b"7"),
        ("c", None, "text/plain", b"true"),
        ("d", None, "text/plain", b"1"),
        ("d", None, "text/plain", b"2"),
        ("f", None, "text/plain", b"s3"),
    ]


def test_objects_are_sent_as_json() -> None:
    assert parts({"o": {"a": 1}, "m": Model(additional_properties={"b": 2})}) == [
        ("o", None, "application/json", b'{"a":1}'),
        ("m", None, "application/json", b'{"b":2}'),
    ]


def test_a_file_comes_as_bytes_as_a_path_or_open(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"on disk")

    with path.open("rb") as opened:
        found = parts({"raw": b"\x00\xff", "path": path, "opened": opened, "buffer": io.BytesIO(b"mem")})

    assert found == [
        ("raw", "file", "application/octet-stream", b"\x00\xff"),
        ("path", "notes.txt", "text/plain", b"on disk"),
        ("opened", "notes.txt", "text/plain", b"on disk"),
        ("buffer", "file", "application/octet-stream", b"mem"),
    ]


def test_a_file_may_bring_its_name_and_its_type() -> None:
    assert parts({"f": ("a.json", b"{}"), "g": ("a", io.BytesIO(b"x"), "image/png"), "h": [("b.txt", b"y")]}) == [
        ("f", "a.json", "application/json", b"{}"),
        ("g", "a", "image/png", b"x"),
        ("h", "b.txt", "text/plain", b"y"),
    ]


def test_a_name_cannot_break_out_of_its_header() -> None:
    body, content_type = encoded({'a"\r\nX-Evil: 1': ('b"\r\nX-Evil: 2', b"x")})

    assert b"X-Evil" in body
    assert b"\r\nX-Evil" not in body
    ((name, filename, _, _),) = parse(body, content_type)
    assert (name, filename) == ("a%22%0D%0AX-Evil: 1", "b%22%0D%0AX-Evil: 2")


@given(st.lists(st.binary(max_size=50), max_size=5))
def test_any_content_comes_back_as_it_was(contents: list[bytes]) -> None:
    body, content_type = encoded({f"f{i}": content for i, content in enumerate(contents)})

    boundary = content_type.partition("boundary=")[2].encode()
    pieces = body.split(b"--" + boundary)[1:-1]
    assert [piece.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for piece in pieces] == contents


def test_each_body_has_a_boundary_of_its_own() -> None:
    assert encode_multipart({})[1] != encode_multipart({})[1]


KEYED = replace(UPLOAD, idempotent=True)


class Asynchronous:
    """A file of an asynchronous library."""

    async def read(self, size: int) -> bytes:
        return b"x" * size


def closed() -> io.BytesIO:
    file = io.BytesIO(b"x")
    file.close()
    return file


@pytest.mark.parametrize(
    "value",
    [
        object(),
        "\ud800",
        Path("/nonexistent/file"),
        Path("/"),
        io.StringIO("text"),
        ("a.txt", "text"),
        ("a.txt",),
        ("a", b"b", "c", "d"),
        ("a", b"b", "text/plain\r\nX-Evil: 1"),
        {"a": object()},
        Asynchronous(),
        closed(),
    ],
)
def test_a_part_that_cannot_be_sent_is_refused(make: MakeWorld, value: Any) -> None:
    world = make()

    with pytest.raises(AcmeInvalidRequestError, match=r"things.upload: the body cannot be sent"):
        world.client.call(Call(KEYED, body={"f": value}))

    assert world.server.requests == []


def test_an_open_file_is_sent_again_whole(make: MakeWorld) -> None:
    world = make(answer(b"", 503), answer({}))

    world.client.call(Call(KEYED, body={"f": io.BytesIO(b"content"), "none": None}))

    first, second = world.server.requests
    assert first.content == second.content
    assert isinstance(first.content, bytes)
    assert parse(first.content, header(first, "content-type") or "") == [
        ("f", "file", "application/octet-stream", b"content")
    ]


def test_what_has_no_size_is_refused_with_what_to_do_instead(make: MakeWorld, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(
        AcmeInvalidRequestError, match=r"pipe is not a regular file\. Open it, and pass what you opened"
    ):
        make().client.call(Call(KEYED, body={"f": tmp_path / "pipe"}))


def test_small_parts_travel_together_and_large_ones_are_not_copied() -> None:
    large = b"x" * 1_000_000
    body, _ = encode_multipart({"a": "1", "b": "2", "f": large, "c": "3", "d": "4"})

    assert isinstance(body, Upload)
    contents = [source.content for source in body.sources if isinstance(source, InMemory)]
    assert [len(content) > 1000 for content in contents] == [False, True, False]
    assert contents[1] is large


def pieces() -> Iterator[bytes]:
    yield b"x"


@pytest.mark.parametrize(
    "value",
    [5, True, 1.5, {"a": 1}, [b"a"], None, (), ("a.txt",), "text", "notes.txt", pieces(), object()],
    ids=lambda value: type(value).__name__,
)
def test_where_a_file_is_due_nothing_else_is_sent(make: MakeWorld, value: Any) -> None:
    world = make()

    with pytest.raises(
        AcmeInvalidRequestError, match=r"f is a file: give Path\(\.\.\.\) .*, an open binary file, or bytes"
    ):
        world.client.call(Call(replace(KEYED, files=("f",)), body={"f": value, "note": "n"}))

    assert world.server.requests == []


def test_of_several_files_one_may_be_missing() -> None:
    body, content_type = encode_multipart({"f": b"x", "g": None}, ("f", "g"))

    assert [name for name, *_ in parse(whole(body) or b"", content_type)] == ["f"]
