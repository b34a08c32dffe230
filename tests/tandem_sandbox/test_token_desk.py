"""Tokens: what is signed can be read, until it expires or what it was given for is over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tandem.sandbox import Clock, Ids, Store, TokenDesk


@pytest.fixture
def clock() -> Clock:
    return Clock(start=1000.0, frozen=True)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """One for all tests, because keys take time to make."""
    store = Store()
    yield store
    store.close()


@pytest.fixture
def desk(store: Store, clock: Clock) -> TokenDesk:
    return TokenDesk(store, clock, Ids())


def test_what_was_signed_is_read_again(desk: TokenDesk) -> None:
    token = desk.sign({"sub": "ada", "grant": "g-1"}, 60)

    assert desk.claims(token)["sub"] == "ada"


def test_a_token_expires_with_the_time_of_the_platform(desk: TokenDesk, clock: Clock) -> None:
    token = desk.sign({"grant": "g-2"}, 60)
    clock.advance(60)

    with pytest.raises(ValueError, match="expired"):
        desk.claims(token)


@pytest.mark.parametrize("token", ["", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_what_was_not_signed_here_is_no_token(desk: TokenDesk, token: str) -> None:
    with pytest.raises(ValueError, match="not one of this platform"):
        desk.claims(token)


def test_ending_a_grant_ends_its_tokens_and_no_others(desk: TokenDesk) -> None:
    mine, other = desk.sign({"grant": "g-3"}, 60), desk.sign({"grant": "g-4"}, 60)
    desk.claims(mine)

    desk.end("g-3")

    assert desk.is_over("g-3")
    assert desk.claims(other)["grant"] == "g-4"
    with pytest.raises(ValueError, match="revoked"):
        desk.claims(mine)


def test_one_token_can_be_ended_alone(desk: TokenDesk) -> None:
    one, other = (desk.sign({"grant": "g-5"}, 60) for _ in range(2))

    desk.end(desk.claims(one)["jti"])

    assert desk.claims(other)
    with pytest.raises(ValueError, match="revoked"):
        desk.claims(one)


def test_a_refresh_token_brings_back_what_was_kept_with_it(desk: TokenDesk, clock: Clock, store: Store) -> None:
    token = desk.refreshing({"user": "ada"}, 60)
    found = desk.kept(token) or {}

    assert found["user"] == "ada"
    assert token not in str(store.list("refresh_token", namespace=None))
    clock.advance(60)
    assert desk.kept(token) is None


def test_a_forgotten_refresh_token_is_unknown(desk: TokenDesk) -> None:
    token = desk.refreshing({}, 60)

    desk.forget(token)

    assert desk.kept(token) is None
