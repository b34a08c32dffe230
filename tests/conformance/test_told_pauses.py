"""How long a server wants to be left alone stands in a header or in its error: either is obeyed."""

from __future__ import annotations

from typing import Any

import pytest

from tandem import RateLimitError

from .conftest import Connect
from .misbehaving import GOOD, Misbehaving, Script, json_reply
from .products import Product


def throttled(told: Any, *lines: str) -> Script:
    return json_reply({"error": {"code": "RATE_LIMIT_ERROR", "message": "Slow down", "retryAfter": told}}, 429, *lines)


@pytest.mark.parametrize("told", [3600, 3600.0, "3600"])
def test_a_long_pause_in_an_error_fails_the_call_at_once(connect: Connect, product: Product, told: object) -> None:
    with Misbehaving(throttled(told)) as server:
        with pytest.raises(RateLimitError) as caught:
            product.read(connect(server))

        assert (caught.value.retry_after, len(server.requests)) == (3600.0, 1)


def test_a_short_pause_in_an_error_is_kept(connect: Connect, product: Product) -> None:
    with Misbehaving(throttled(0.01), GOOD) as server:
        assert product.read(connect(server)).id == "asst_1"

        assert len(server.requests) == 2


def test_the_header_goes_before_the_error(connect: Connect, product: Product) -> None:
    with Misbehaving(throttled(7200, "Retry-After: 3600")) as server, pytest.raises(RateLimitError) as caught:
        product.read(connect(server))

    assert caught.value.retry_after == 3600.0


@pytest.mark.parametrize("told", [None, True, "soon", [3600], {"s": 1}, 1e300, "9" * 5000])
def test_nonsense_is_no_pause(connect: Connect, product: Product, told: object) -> None:
    with Misbehaving(throttled(told), GOOD) as server:
        assert product.read(connect(server)).id == "asst_1"
