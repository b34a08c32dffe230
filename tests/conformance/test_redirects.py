"""No redirect is followed unless asked for; and then no credential crosses to another origin."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tandem import APIStatusError, RequestOptions

from .conftest import Connect
from .misbehaving import GOOD, Misbehaving, Script, json_reply
from .products import Product

SECRETS = ("authorization", "x-namespace", "idempotency-key", "cookie")


def to(url: str, status: int = 307) -> Script:
    return json_reply({}, status, f"Location: {url}")


@pytest.fixture
def other() -> Iterator[Misbehaving]:
    """Another origin: the same machine under another port."""
    with Misbehaving(GOOD) as server:
        yield server


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed_unless_asked_for(
    connect: Connect, other: Misbehaving, status: int, product: Product
) -> None:
    with Misbehaving(to(f"{other.url}/x", status)) as server:
        with pytest.raises(APIStatusError) as caught:
            product.read(connect(server))

        assert len(server.requests) == 1
    assert other.requests == []
    assert (caught.value.status_code, caught.value.request_id) == (status, "req_1")


@pytest.mark.needs("keys")
def test_within_an_origin_credentials_stay(connect: Connect, product: Product) -> None:
    with Misbehaving(to("/moved"), GOOD) as server:
        assert product.create(connect(server, follow_redirects=True)).id == "asst_1"

        first, second = server.requests
    assert (second.method, second.target, second.body) == ("POST", "/moved", first.body)
    for name in SECRETS[:3]:
        assert first.header(name) == second.header(name) is not None


@pytest.mark.needs("keys")
@pytest.mark.parametrize("status", [307, 308])
def test_no_credential_of_a_write_crosses_to_another_origin(
    connect: Connect, other: Misbehaving, status: int, product: Product
) -> None:
    options: RequestOptions = {"extra_headers": {"Cookie": "session=1"}}
    with Misbehaving(to(f"{other.url}/moved", status)) as server:
        found = product.create(connect(server, follow_redirects=True), options=options)

        assert [server.requests[0].header(name) is not None for name in SECRETS] == [True] * 4
    assert found.id == "asst_1"
    (crossed,) = other.requests
    assert (crossed.method, crossed.json) == ("POST", {**product.fields})
    assert [crossed.header(name) for name in SECRETS] == [None] * 4
    assert crossed.header("host") == other.url.removeprefix("http://")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_credential_of_a_read_crosses_to_another_origin(
    product: Product, connect: Connect, other: Misbehaving, status: int
) -> None:
    options: RequestOptions = {"extra_headers": {"Cookie": "session=1"}}
    with Misbehaving(to(f"{other.url}/moved", status)) as server:
        assert product.read(connect(server, follow_redirects=True), options=options).id == "asst_1"

        assert server.sent("authorization") != [None]
    (crossed,) = other.requests
    assert [crossed.header(name) for name in SECRETS] == [None] * 4


@pytest.mark.needs("keys")
def test_a_303_becomes_a_get_without_a_body(connect: Connect, product: Product) -> None:
    with Misbehaving(to("/moved", 303), GOOD) as server:
        product.create(connect(server, follow_redirects=True))

    assert (server.requests[1].method, server.requests[1].body) == ("GET", b"")


def test_a_write_without_a_key_is_not_redirected(connect: Connect, product: Product) -> None:
    with Misbehaving(to("/moved"), GOOD) as server:
        with pytest.raises(APIStatusError):
            product.update(connect(server, follow_redirects=True))

        assert len(server.requests) == 1


def test_a_circle_of_redirects_comes_to_an_end(connect: Connect, product: Product) -> None:
    with Misbehaving(*[to(f"/moved/{number}") for number in range(20)]) as server:
        with pytest.raises(APIStatusError):
            product.read(connect(server, follow_redirects=True))

        assert len(server.requests) == 6


@pytest.mark.parametrize(
    "location", ["", "http://", "http://[", "ftp://127.0.0.1/x", "file:///etc/passwd", "\x01", "//"]
)
def test_a_redirect_to_nowhere_is_an_error_of_ours(connect: Connect, location: str, product: Product) -> None:
    with Misbehaving(to(location)) as server:
        with pytest.raises(APIStatusError):
            product.read(connect(server, follow_redirects=True))

        assert len(server.requests) == 1
