"""Over an httpx client of the caller's own, too, no credential crosses to another origin."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tandem import APIStatusError, AsyncHttpxTransport, HttpxTransport

from .conftest import Connect
from .misbehaving import GOOD, Misbehaving, Script, json_reply
from .products import Product

OWN: dict[str, Any] = {
    "follow_redirects": True,
    "trust_env": False,
    "limits": httpx.Limits(max_keepalive_connections=0),  # so that nothing is left to close
}


@pytest.fixture
def transport(colour: str) -> HttpxTransport | AsyncHttpxTransport:
    """Over a client that would follow any redirect, with all headers but one."""
    if colour == "sync":
        return HttpxTransport(httpx.Client(**OWN))
    return AsyncHttpxTransport(httpx.AsyncClient(**OWN))


def to(server: Misbehaving) -> Script:
    return json_reply({}, 307, f"Location: {server.url}/moved")


def test_no_call_is_redirected(connect: Connect, transport: Any, product: Product) -> None:
    with Misbehaving(GOOD) as other, Misbehaving(to(other)) as server:
        with pytest.raises(APIStatusError) as caught:
            product.read(connect(server, transport=transport))

        assert (caught.value.status_code, len(server.requests)) == (307, 1)
        assert other.requests == []


def test_no_credential_of_a_token_request_is_redirected(connect: Connect, transport: Any, product: Product) -> None:
    with Misbehaving(GOOD) as other, Misbehaving(GOOD, tokens=[to(other)]) as server:
        with pytest.raises(APIStatusError):
            product.read(connect(server, transport=transport))

        assert len(server.token_requests) == 1
        assert other.requests == []


def test_a_redirect_that_is_asked_for_shows_no_credential(connect: Connect, transport: Any, product: Product) -> None:
    with Misbehaving(GOOD) as other, Misbehaving(to(other)) as server:
        found = product.read(connect(server, transport=transport, follow_redirects=True))

        assert found.id == "asst_1"
        assert other.sent("authorization") == [None]
