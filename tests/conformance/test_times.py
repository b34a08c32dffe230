"""A time goes out with its offset: without one, the server would have to guess where the caller lives."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from tandem import InvalidRequestError, Model

from .conftest import Connect
from .misbehaving import Misbehaving
from .products import Product

NAIVE = datetime.datetime(2026, 1, 2, 3, 4, 5)  # that it has no offset is the point
AWARE = NAIVE.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=2)))


@pytest.mark.parametrize(
    "sent",
    [
        {"body": {"at": NAIVE}},
        {"body": {"all": [{"at": NAIVE}]}},
        {"body": Model(additional_properties={"at": NAIVE})},
        {"query": {"at": NAIVE}},
    ],
)
def test_a_time_without_an_offset_is_refused_with_the_remedy(
    connect: Connect, product: Product, sent: dict[str, Any]
) -> None:
    with Misbehaving() as server:
        with pytest.raises(InvalidRequestError, match=r"needs an offset: .*tzinfo=datetime\.UTC") as caught:
            connect(server).request("POST", "/x", **sent)

        assert isinstance(caught.value, product.root)
        assert server.requests == []


def test_a_time_with_an_offset_and_a_day_are_sent(connect: Connect, product: Product) -> None:
    with Misbehaving() as server:
        connect(server).request("POST", "/x", query={"day": AWARE.date()}, body={"at": AWARE, "day": AWARE.date()})

        (request,) = server.requests
    assert request.target.endswith("/x?day=2026-01-02")
    assert request.json == {"at": "2026-01-02T03:04:05+02:00", "day": "2026-01-02"}
