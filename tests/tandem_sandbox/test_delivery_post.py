"""One attempt at a delivery, and the addresses that it may go to."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from tandem.sandbox import Poster


@contextmanager
def answering(raw: bytes) -> Generator[str]:
    """A socket that takes one request and says this."""

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(raw)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        thread.join()


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:3000/hooks",
        "http://127.0.0.1",
        "https://127.8.9.1/",
        "http://[::1]:80/",
        "http://app.localhost/",
        "http://LOCALHOST/",
    ],
)
def test_this_machine_may_be_sent_to(url: str) -> None:
    assert Poster().refusal(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example.com/hooks",
        "http://10.0.0.1/",
        "http://localhost.example.com/",
        "http://localhost@example.com/",
        "ftp://localhost/",
        "http:///hooks",
        "http://localhost:port/",
        "http://[/",
        "hooks",
        "",
    ],
)
def test_nothing_else_may(url: str) -> None:
    assert Poster().refusal(url)


def test_a_host_that_is_named_may_be_sent_to() -> None:
    assert Poster(["App.example.com"]).refusal("https://app.example.com/hooks") is None
    assert Poster(["*"]).refusal("https://other.example.com/hooks") is None
    assert Poster(["*.example.com"]).refusal("https://app.example.com/hooks") is None
    assert Poster(["app.example.com"]).refusal("https://other.example.com/hooks")
    assert Poster(["*.example.com"]).refusal("https://badexample.com/hooks")


@pytest.mark.parametrize("raw", [b"", b"\x00\xff garbage", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
def test_a_receiver_that_speaks_no_http_fails_the_attempt(raw: bytes) -> None:
    with answering(raw) as url:
        answer = asyncio.run(Poster().send(url, {}, b"{}"))

    assert answer.status is None
    assert answer.error
    assert not answer.is_success


def test_an_address_that_cannot_be_used_fails_the_attempt() -> None:
    answer = asyncio.run(Poster().send("http://127.0.0.1:99999/", {"X": "a\nb"}, b""))

    assert answer.error


def test_the_reply_is_read_up_to_a_limit() -> None:
    endless = b"HTTP/1.1 202 Accepted\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 40_000

    with answering(endless) as url:
        answer = asyncio.run(Poster().send(url, {}, b"{}"))

    assert (answer.status, len(answer.body)) == (202, 16 * 1024)
    assert answer.is_success
