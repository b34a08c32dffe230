"""Delivery for any product: it brings its endpoints, its headers and its signature."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tandem.sandbox import Deliverer, Endpoint, Letter, Scene
from tests.sandbox.receiving import Receiver, receiver

from .bookshop import Bookshop

SECRET = "the shop's secret"


class Readers:
    """Everybody who wants to hear of books."""

    def __init__(self) -> None:
        self.endpoints: dict[str, Endpoint] = {}

    def wanting(self, event: Mapping[str, Any]) -> list[Endpoint]:
        return list(self.endpoints.values())

    def find(self, endpoint_id: str) -> Endpoint | None:
        return self.endpoints.get(endpoint_id)

    def body(self, event: Mapping[str, Any], delivery_id: str) -> dict[str, Any]:
        return {"event": event["type"], "book": event["data"]}

    def headers(self, letter: Letter) -> dict[str, str]:
        digest = hmac.new(letter.endpoint.secrets[0].encode(), letter.body, hashlib.sha256).hexdigest()
        return {"X-Shop-Signature": f"sha256={digest}"}


@pytest.fixture
def readers() -> Readers:
    return Readers()


@pytest.fixture
def outbox(shop: Bookshop, readers: Readers) -> Deliverer:
    made = Deliverer(shop, readers)
    shop.start()
    return made


@pytest.fixture
def hooks(readers: Readers) -> Iterator[Receiver]:
    with receiver() as made:
        readers.endpoints["ann"] = Endpoint("ann", made.url, (SECRET,))
        yield made


def announce(shop: Bookshop, outbox: Deliverer, title: str = "Emma") -> None:
    async def announced() -> None:
        async with shop.transaction():
            outbox.announce(Scene(shop, ""), "book.sold", {"title": title})

    shop.thread.run(announced())
    shop.thread.run(outbox.settle(), 60)


def test_a_product_signs_and_words_its_deliveries_by_itself(shop: Bookshop, outbox: Deliverer, hooks: Receiver) -> None:
    announce(shop, outbox)

    (got,) = hooks.received
    assert got.json == {"event": "book.sold", "book": {"title": "Emma"}}
    assert got.headers["X-Shop-Signature"].endswith(hmac.new(SECRET.encode(), got.body, hashlib.sha256).hexdigest())


def test_one_endpoint_that_fails_does_not_stop_another(
    shop: Bookshop, outbox: Deliverer, readers: Readers, hooks: Receiver
) -> None:
    readers.endpoints["bob"] = Endpoint("bob", "http://127.0.0.1:1/", (SECRET,))

    announce(shop, outbox)

    assert {found.endpoint: found.status for found in outbox.log.find()} == {"ann": "delivered", "bob": "retrying"}


def test_a_product_may_have_another_schedule(shop: Bookshop, outbox: Deliverer, hooks: Receiver) -> None:
    outbox.schedule = (0, 10)
    hooks.status = 500

    announce(shop, outbox)
    shop.clock.advance(10)
    shop.thread.run(outbox.settle(), 60)

    assert [(found.status, len(found.attempts)) for found in outbox.log.find()] == [("dead", 2)]


def test_an_address_that_changed_is_used_for_what_is_still_to_come(
    shop: Bookshop, outbox: Deliverer, readers: Readers, hooks: Receiver
) -> None:
    readers.endpoints["ann"] = Endpoint("ann", "http://127.0.0.1:1/", (SECRET,))
    announce(shop, outbox)
    readers.endpoints["ann"] = Endpoint("ann", hooks.url, (SECRET,))

    shop.clock.advance(30)
    shop.thread.run(outbox.settle(), 60)

    assert [found.status for found in outbox.log.find()] == ["delivered"]


def test_the_log_forgets_what_is_oldest(
    shop: Bookshop, outbox: Deliverer, hooks: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tandem.sandbox._deliveries._MOST", 3)
    monkeypatch.setattr("tandem.sandbox._deliveries._SWEEP", 5)

    for number in range(10):
        announce(shop, outbox, str(number))

    assert [event["data"]["title"] for event in outbox.log.events()] == ["7", "8", "9"]
    assert [found.body["book"]["title"] for found in outbox.log.find()] == ["6", "7", "8", "9"]


def test_a_delivery_that_is_sent_again_and_again_remembers_its_last_attempts(
    shop: Bookshop, outbox: Deliverer, hooks: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tandem.sandbox._deliveries._MOST_ATTEMPTS", 2)
    announce(shop, outbox)

    async def resend() -> None:
        async with shop.transaction():
            outbox.resend(outbox.log.find()[0].id)

    for _ in range(3):
        shop.thread.run(resend())
        shop.thread.run(outbox.settle(), 60)

    assert [attempt.number for attempt in outbox.log.find()[0].attempts] == [3, 4]


def test_a_reset_ends_what_is_on_its_way(shop: Bookshop, outbox: Deliverer, hooks: Receiver) -> None:
    hooks.status = 500
    announce(shop, outbox)

    shop.reset()
    shop.clock.advance(hours=3)
    shop.thread.run(outbox.settle(), 60)

    assert len(hooks.received) == 1
    assert outbox.log.find() == []
