"""Grants whose replies bring refresh tokens: what is kept, who may use it, and when a first token is the last one."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import tandem
from tandem import Call, Granted, Secret
from tandem._lending import ELSEWHERE, Elsewhere, Lending
from tandem._sessions import SessionGrant
from tandem._tokens import granted

from .acme import REVOKE, TOKEN, get
from .conftest import MakeWorld
from .fakes import Clock, answer

OK = answer({"data": {}})


class Session(SessionGrant):
    """Reads short replies."""

    __slots__ = ()

    def read(self, result: Any) -> Granted:
        return Granted(result["t"], 60, result.get("r"))


def session(used_up: str | None = None) -> Any:
    return Session(
        "acme",
        lambda: Call(TOKEN, body={"by": "password"}),
        lambda refresh_token: Call(TOKEN, body={"by": refresh_token}),
        lambda token, refresh_token: Call(REVOKE, body={"token": token, "refresh_token": refresh_token}),
        used_up,
    )


def test_a_refresh_token_is_for_one_caller_at_a_time() -> None:
    lending = Lending(lambda: 0.0)
    lending.put(Secret("r1"))
    taken: list[Secret | Elsewhere | None] = []

    threads = [threading.Thread(target=lambda: taken.append(lending.take())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [each.reveal() for each in taken if isinstance(each, Secret)] == ["r1"]
    assert sum(each is ELSEWHERE for each in taken) == 7
    assert lending.has_one


def test_a_newer_refresh_token_is_not_replaced_by_one_that_is_given_back() -> None:
    lending = Lending(lambda: 0.0)
    lending.put(Secret("r1"))
    old = lending.take()
    lending.put(Secret("r2"))
    newer = lending.take()

    assert isinstance(old, Secret)
    lending.give_back(old)

    assert newer == Secret("r2")
    assert lending.take() is ELSEWHERE, "the first one is not there again"


def test_a_refresh_token_that_is_used_up_is_gone() -> None:
    lending = Lending(lambda: 0.0)
    lending.put(Secret("r1"))
    taken = lending.take()

    assert isinstance(taken, Secret)
    lending.give_back(taken, used_up=True)

    assert lending.take() is None
    assert not lending.has_one


def test_a_refresh_token_whose_borrower_ended_without_a_word_is_waited_for_no_longer() -> None:
    clock = Clock()
    lending = Lending(clock.monotonic)
    lending.put(Secret("r1"))
    lending.take()

    clock.advance(60)
    assert lending.take() is ELSEWHERE
    clock.advance(6)

    assert lending.take() is None


def test_a_child_process_never_has_its_parents_refresh_token(monkeypatch: pytest.MonkeyPatch) -> None:
    here, other = Lending(lambda: 0.0), Lending(lambda: 0.0)
    for lending in (here, other):
        lending.put(Secret("r1"))
    here.take()

    monkeypatch.setattr("tandem._lending.process", lambda: "child")

    assert (here.take(), other.take()) == (None, None)
    assert not other.has_one
    other.put(Secret("r2"))
    assert other.take() == Secret("r2")


def test_a_first_token_that_cannot_be_had_twice_is_not_asked_for_twice(make: MakeWorld) -> None:
    world = make(OK, grant=session("Begin anew."))
    world.server.token_steps = [answer({"t": "token-1"})]
    world.client.call(get())
    world.clock.advance(61)

    with pytest.raises(tandem.AuthenticationError, match=r"401: Begin anew\."):
        world.client.call(get())

    assert len(world.server.token_requests) == 1


def test_giving_back_ends_the_session_with_both_tokens(make: MakeWorld) -> None:
    world = make(answer(None), grant=session())
    world.server.token_steps = [answer({"t": "token-1", "r": "refresh-1"})]
    world.client.auth.token()

    world.client.auth.revoke()

    assert [each.content for each in world.server.requests] == [b'{"token":"token-1","refresh_token":"refresh-1"}']


@pytest.mark.parametrize("value", ["", None, 7, "r\r\n", "r\x7f", "\ud800", "é"])
def test_only_text_that_may_be_a_refresh_token_is_one(value: object) -> None:
    reply = type("Reply", (), {"access_token": "t", "expires_in": 60, "refresh_token": value})()

    assert granted(reply) == Granted("t", 60.0, None)


def test_no_part_of_a_session_shows_in_a_repr() -> None:
    assert repr(session()) == "Session(key='acme', used_up=None)"
