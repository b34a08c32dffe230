"""A reply cannot fill the memory: it ends at a ceiling, compressed or not."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from typing import Any

import pytest

from tandem import ResponseDecodeError

from .conftest import Connect
from .misbehaving import GOOD, Misbehaving, Script, endless, head, reply, send
from .products import Product

MEBIBYTE = 1 << 20
CEILING = 4 * MEBIBYTE


def bomb(size: int) -> bytes:
    """Zeros that grow a thousandfold."""
    packer = zlib.compressobj(9, wbits=31)
    block = bytes(MEBIBYTE)
    return b"".join(packer.compress(block) for _ in range(size // MEBIBYTE)) + packer.flush()


ENDLESS: dict[str, Script] = {
    "gzip bomb": reply(bomb(128 * MEBIBYTE), 200, "Content-Encoding: gzip"),
    "gzip bomb in an error": reply(bomb(128 * MEBIBYTE), 422, "Content-Encoding: gzip"),
    "body without end": [send(head(200)), endless(b"x" * 65536)],
    "chunks without end": [send(head(200, "Transfer-Encoding: chunked")),
    endless(b"10000\r\n" + b"x" * 65536 + b"\r\n")],
    "a huge length": [send(head(200, f"Content-Length: {10**15}")), endless(b"x" * 65536)],
}  # fmt: skip


def peak_of(product: Product, client: Any) -> tuple[ResponseDecodeError, int]:
    """The error of a call, and how much memory it took."""
    tracemalloc.start()
    try:
        with pytest.raises(ResponseDecodeError) as caught:
            product.read(client)
        return caught.value, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ENDLESS)
def test_a_reply_above_the_ceiling_is_our_own_error_and_memory_is_bounded(
    connect: Connect, name: str, product: Product
) -> None:
    with Misbehaving(GOOD, ENDLESS[name]) as server:
        client = connect(server, max_response_bytes=CEILING)
        product.read(client)

        error, peak = peak_of(product, client)

        assert len(server.requests) == 2  # it would be as large again
    assert f"larger than {CEILING} bytes" in str(error)
    assert (error.attempts, error.status_code) == (1, 422 if "in an error" in name else 200)
    assert peak < 4 * CEILING


def test_the_ceiling_is_64_mib_unless_told_otherwise(connect: Connect, product: Product) -> None:
    with (
        Misbehaving(reply(bomb(65 * MEBIBYTE), 200, "Content-Encoding: gzip")) as server,
        pytest.raises(ResponseDecodeError, match="larger than 67108864 bytes"),
    ):
        product.read(connect(server))


def test_a_reply_below_the_ceiling_is_read_whole(connect: Connect, product: Product) -> None:
    body = gzip.compress(b'{"data": {"id": "%s"}}' % (b"x" * 3 * MEBIBYTE))
    with Misbehaving(reply(body, 200, "Content-Encoding: gzip")) as server:
        found = product.read(connect(server, max_response_bytes=CEILING))

    assert len(found.id) == 3 * MEBIBYTE


def test_none_means_no_ceiling(connect: Connect) -> None:
    with Misbehaving(reply(b'"%s"' % (b"x" * 65 * MEBIBYTE))) as server:
        found = connect(server, max_response_bytes=None).request("GET", "/large")

    assert len(found) == 65 * MEBIBYTE
