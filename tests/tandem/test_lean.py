"""The proof that memory does not grow with what is sent, fetched or walked through: each in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.scale import scaled

from .loopback import Connection, Loopback, head, reply
from .uploading import MB, MOST, Upstream, growth, read_and_forget

SIZE = scaled(200, 32) * MB
PAGES = scaled(1_000, 30)
PER_PAGE = 100
LEAN = "tests.tandem.lean"

Record = Callable[[str, object], None]


def give(connection: Connection) -> bool:
    """As many bytes as the path says."""
    size = int(connection.server.requests[-1].split(b" ")[1].strip(b"/"))
    connection.raw.sendall(head(content_length=size))
    piece = b"x" * MB
    for _ in range(size // MB):
        connection.raw.sendall(piece)
    return True


def list_things(connection: Connection) -> bool:
    """A page of a list of as many pages as the query says."""
    query = parse_qs(urlsplit(connection.server.requests.pop().split(b" ")[1].decode()).query)
    page, pages = int(query.get("page", ["1"])[0]), int(query["pages"][0])
    things = [{"id": f"thing_{page}_{number}", "text": "x" * 300} for number in range(PER_PAGE)]
    meta = {"page": page, "per_page": PER_PAGE, "total": pages * PER_PAGE, "total_pages": pages}
    return reply(json.dumps({"data": things, "meta": {**meta, "has_more": page < pages}}).encode())(connection)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """One to warm up with, and a large one."""
    little, much = tmp_path / "little", tmp_path / "much"
    little.write_bytes(b"x" * MB)
    with much.open("wb") as file:
        for _ in range(SIZE // MB):
            file.write(b"x" * MB)
    return str(little), str(much)


@pytest.mark.proof
@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_large_upload_takes_little_memory(colour: str, files: tuple[str, str], record_property: Record) -> None:
    with Upstream(read_and_forget, reads=False) as server:
        amount, grown = growth(LEAN, "upload", colour, server.url, *files)

    record_property("figures", f"upload of {amount // MB} MB from disk, {colour}: memory grew by {grown / MB:.1f} MB")
    assert amount == SIZE
    assert grown < MOST


def test_memory_that_an_upload_does_take_is_seen(files: tuple[str, str]) -> None:
    with Upstream(read_and_forget, reads=False) as server:
        _, grown = growth(LEAN, "upload_of_bytes", "sync", server.url, *files)

    assert grown > 0.8 * SIZE > MOST


@pytest.mark.proof
@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_large_reply_that_is_read_as_it_arrives_takes_little_memory(colour: str, record_property: Record) -> None:
    with Loopback(give) as server:
        amount, grown = growth(LEAN, "download", colour, server.url, f"/{MB}", f"/{SIZE}")

    record_property("figures", f"download of {amount // MB} MB, {colour}: memory grew by {grown / MB:.1f} MB")
    assert amount == SIZE
    assert grown < MOST


@pytest.mark.proof
@pytest.mark.parametrize("prefetch", [0, 8])
@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_long_list_takes_little_memory(colour: str, prefetch: int, record_property: Record) -> None:
    with Loopback(list_things) as server:
        amount, grown = growth(LEAN, "list", colour, server.url, f"{prefetch}/10", f"{prefetch}/{PAGES}")

    how = f"{colour}, {prefetch} pages ahead"
    record_property("figures", f"list of {amount:,} objects, {how}: memory grew by {grown / MB:.1f} MB")
    assert amount == PAGES * PER_PAGE
    assert grown < MOST
