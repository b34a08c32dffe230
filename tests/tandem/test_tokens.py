"""The access token of a client: fetched once, renewed in time, dropped when it was refused."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import anyio
import pytest

import tandem
from tandem import Granted, Secret, Token, TokenStore
from tandem._hooks import Hooks

from .acme import AcmeDeadlineError, AcmeDecodeError, AcmeGrant, get
from .conftest import MakeWorld, PlainAsyncClient, PlainClient, world_of
from .fakes import SharedStore, answer, refused, silence

OK = answer({"data": {}})


def test_the_token_is_fetched_at_the_first_call_and_kept(make: MakeWorld) -> None:
    world = make(OK)
    assert not world.client.auth.is_authenticated

    world.client.call(get())
    world.client.for_namespace("other").call(get())

    assert world.server.sent("authorization") == ["Bearer token-1"] * 2
    assert len(world.server.token_requests) == 1
    assert world.client.auth.is_authenticated


def test_the_token_prints_as_a_mask(make: MakeWorld) -> None:
    world = make(OK)

    token = world.client.auth.token()

    assert (str(token), token.reveal()) == ("***", "token-1")
    assert "token-1" not in f"{world.client.auth!r} {world.core.tokens.valid!r} {world.core!r}"


def test_a_token_is_renewed_within_the_buffer_before_it_expires(make: MakeWorld) -> None:
    world = make(OK)
    world.client.call(get())

    world.clock.advance(3600 - 61)
    world.client.call(get())
    world.clock.advance(2)
    world.client.call(get())

    assert world.server.sent("authorization") == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]


def test_a_token_that_lives_shorter_than_the_buffer_is_renewed_at_half_time(make: MakeWorld) -> None:
    world = make(OK)
    world.server.token_steps = [answer({"access_token": "short", "expires_in": 40})]
    world.client.call(get())

    world.clock.advance(19)
    world.client.call(get())
    world.clock.advance(2)
    world.client.call(get())

    assert world.server.sent("authorization") == ["Bearer short", "Bearer short", "Bearer token-2"]


def test_a_renewal_that_fails_within_the_buffer_goes_on_with_the_old_token(make: MakeWorld) -> None:
    world = make(OK)
    world.client.call(get())
    world.clock.advance(3600 - 30)
    world.server.token_steps = [answer(b"", 503), answer(b"", 503)]

    world.client.call(get())
    world.client.call(get())

    assert world.server.sent("authorization") == ["Bearer token-1"] * 3
    assert len(world.server.token_requests) == 2, "the next try is some seconds off"

    world.clock.advance(6)
    world.client.call(get())
    assert len(world.server.token_requests) == 3


def test_a_renewal_tries_once_and_leaves_time_for_the_call(make: MakeWorld) -> None:
    world = make(OK)
    world.client.call(get())
    world.clock.advance(3600 - 30)
    world.server.token_steps = [refused(), refused(), refused(), refused()]

    world.client.call(get(deadline=8))

    assert world.clock.pauses == []
    deadline = world.server.token_requests[1].deadline
    assert deadline.remaining() == 4


def test_an_expired_token_that_cannot_be_renewed_fails_the_call(make: MakeWorld) -> None:
    world = make(OK)
    world.client.call(get())
    world.clock.advance(3601)
    world.server.token_steps = [answer({"error": {"code": "invalid_client", "message": "Bad client"}}, 401)]

    with pytest.raises(tandem.AuthenticationError, match=r"invalid_client: Bad client \(POST /oauth/token\)"):
        world.client.call(get())

    assert not world.client.auth.is_authenticated
    world.client.call(get())
    assert world.server.sent("authorization")[-1] == "Bearer token-3"


def test_a_refused_token_is_dropped_and_the_call_sent_once_more(make: MakeWorld) -> None:
    world = make(answer(b"", 401), OK)

    assert world.client.call(get()).response_meta.attempts == 2

    assert world.server.sent("authorization") == ["Bearer token-1", "Bearer token-2"]
    assert world.clock.pauses == [0.0]


def test_a_second_refusal_is_told(make: MakeWorld) -> None:
    world = make(answer({"error": "expired"}, 401))

    with pytest.raises(tandem.AuthenticationError) as caught:
        world.client.call(get())

    assert (caught.value.attempts, len(world.server.token_requests)) == (2, 2)


def test_only_the_token_that_was_refused_is_dropped(make: MakeWorld) -> None:
    world = make(OK)
    newer = Token(Secret("newer"), world.clock.time() + 3600)

    def overtaken(request: object) -> Any:
        world.core.tokens.accept(newer, 3600)
        return answer(b"", 401)

    world.server.steps.insert(0, overtaken)
    world.client.call(get())

    assert world.server.sent("authorization") == ["Bearer token-1", "Bearer newer"]
    assert len(world.server.token_requests) == 1


def test_a_token_that_takes_longer_than_the_deadline_ends_the_call(make: MakeWorld) -> None:
    world = make(OK)

    def slow(request: object) -> Any:
        world.clock.advance(6)
        raise silence()

    world.server.token_steps = [slow]

    with pytest.raises(AcmeDeadlineError, match="No access token within the deadline"):
        world.client.call(get(deadline=5))

    assert world.server.requests == []


def test_revoking_gives_the_token_back_and_forgets_it(make: MakeWorld) -> None:
    world = make(answer(None), answer(None), OK)
    world.client.auth.token()

    world.client.auth.revoke()
    world.client.auth.revoke()

    assert [request.content for request in world.server.requests] == [b'{"token":"token-1"}']
    assert not world.client.auth.is_authenticated


@pytest.mark.parametrize(
    "reply",
    [
        {},
        [],
        None,
        "text",
        {"access_token": "t"},
        {"expires_in": 60},
        {"access_token": "", "expires_in": 60},
        {"access_token": 7, "expires_in": 60},
        {"access_token": ["t"], "expires_in": 60},
        {"access_token": "evil\r\nX-Admin: 1", "expires_in": 60},
        {"access_token": "ünïcode", "expires_in": 60},
        {"access_token": "two words", "expires_in": 60},
        {"access_token": "t\x00", "expires_in": 60},
        {"access_token": "\ud800", "expires_in": 60},
        {"access_token": "t", "expires_in": "soon"},
        {"access_token": "t", "expires_in": None},
        {"access_token": "t", "expires_in": True},
        {"access_token": "t", "expires_in": 0},
        {"access_token": "t", "expires_in": -5},
        {"access_token": "t", "expires_in": float("nan")},
        {"access_token": "t", "expires_in": float("inf")},
        {"access_token": "t", "expires_in": 10**400},
    ],
)
def test_a_token_reply_that_cannot_be_used_is_an_error_of_ours(make: MakeWorld, reply: Any) -> None:
    world = make(OK)
    world.server.token_steps = [answer(reply if reply is not None else b"null")]

    with pytest.raises(AcmeDecodeError, match="token reply cannot be used") as caught:
        world.client.call(get())

    assert "evil" not in str(caught.value)
    assert world.server.requests == []


def test_whatever_a_grant_meets_in_a_reply_is_an_error_of_ours(make: MakeWorld) -> None:
    class Clumsy(AcmeGrant):
        def read(self, result: Any) -> Granted:
            raise LookupError(f"canary-secret in {result}")

    world = make(OK, grant=Clumsy())

    with pytest.raises(AcmeDecodeError) as caught:
        world.client.call(get())

    assert str(caught.value) == "The token reply cannot be used: LookupError."


def test_a_store_is_asked_first_and_told_of_a_new_token(make: MakeWorld) -> None:
    store = SharedStore()

    make(OK, store=store).client.call(get())
    second = make(OK, store=store)
    second.client.call(get())

    assert store.log == ["load", "save", "load"]
    assert second.server.token_requests == []
    assert second.server.sent("authorization") == ["Bearer token-1"]


def test_a_token_of_the_store_that_is_about_to_expire_is_not_taken(make: MakeWorld) -> None:
    store = SharedStore()
    make(OK, store=store).client.call(get())
    second = make(OK, store=store)
    second.clock.advance(3600 - 30)

    second.client.call(get())

    assert len(second.server.token_requests) == 1


def test_a_refused_token_is_taken_out_of_the_store(make: MakeWorld) -> None:
    store = SharedStore()
    world = make(answer(b"", 401), answer(b"", 503), OK, store=store)

    world.client.call(get())

    assert store.log == ["load", "save", "discard", "load", "save"]
    assert store.tokens["acme client_1"].value.reveal() == "token-2"


def test_a_store_that_keeps_a_refused_token_does_not_bring_it_back(make: MakeWorld) -> None:
    class Stubborn(SharedStore):
        def discard(self, key: str, token: Token) -> None: ...

    world = make(answer(b"", 401), OK, store=Stubborn())

    world.client.call(get())

    assert world.server.sent("authorization") == ["Bearer token-1", "Bearer token-2"]


@pytest.mark.parametrize("found", ["text", 7, object(), Token(Secret("a\nb"), 9e9), Token(Secret("t"), float("nan"))])
def test_nonsense_in_a_store_costs_a_token_request_only(make: MakeWorld, found: Any) -> None:
    store = SharedStore()
    store.tokens["acme client_1"] = found
    world = make(OK, store=store)

    world.client.call(get())

    assert world.server.sent("authorization") == ["Bearer token-1"]


def test_a_store_that_fails_costs_a_token_request_only(make: MakeWorld, caplog: pytest.LogCaptureFixture) -> None:
    store = SharedStore()
    store.failing = True
    world = make(answer(b"", 401), OK, store=store)

    with caplog.at_level(logging.WARNING, "tandem"):
        world.client.call(get())

    assert len(world.server.token_requests) == 2
    assert "The token store failed (ConnectionError)" in caplog.text
    assert "canary" not in caplog.text


def test_a_store_that_never_answers_costs_some_seconds_only(caplog: pytest.LogCaptureFixture) -> None:
    class Mute(SharedStore):
        async def load(self, key: str) -> Token | None:  # type: ignore[override]
            await anyio.sleep(60)
            return None

        async def save(self, key: str, token: Token) -> None:  # type: ignore[override]
            await anyio.sleep(60)

    async def main() -> float:
        client, _, _, core = world_of("async", OK)
        core.store = Mute()
        started = time.monotonic()
        await client.call(get())
        return time.monotonic() - started

    with pytest.MonkeyPatch.context() as patch, caplog.at_level(logging.WARNING, "tandem"):
        patch.setattr("tandem._token_rules._GLIMPSE", 0.1)
        took = asyncio.run(main())

    assert took < 5
    assert caplog.text.count("The token store failed (no answer in time)") == 2


def test_a_hook_that_needs_the_token_that_is_being_fetched_does_not_wait_for_itself(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def ask(record: tandem.AttemptRecord) -> None:
        if record.operation == "oauth.token":
            client.call(get())

    client, server, _, core = world_of("sync", OK)
    core.hooks = Hooks(on_attempt=ask)

    with caplog.at_level(logging.WARNING, "tandem"):
        client.call(get())

    assert "The hook on_attempt failed (AcmeInvalidRequestError)" in caplog.text
    assert len(server.requests) == 1


def test_a_memory_store_forgets_exactly_the_token_that_it_is_told_to() -> None:
    store = tandem.MemoryTokenStore()
    protocol: TokenStore = store
    old, new = Token(Secret("old"), 1.0), Token(Secret("new"), 2.0)

    protocol.save("k", new)
    protocol.discard("k", old)
    assert protocol.load("k") is new

    protocol.discard("k", new)
    assert protocol.load("k") is None
    assert "new" not in repr(store)


def test_a_client_without_credentials_says_so(make: MakeWorld) -> None:
    world = make(OK)
    world.core.grant = None

    with pytest.raises(tandem.ConfigurationError, match="without credentials"):
        world.client.call(get())


def test_a_product_may_have_a_resource_called_auth(make: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    for cls in (PlainClient, PlainAsyncClient):
        monkeypatch.setattr(cls, "auth", "a resource of its own")
    world = make(answer(status=401), OK)

    world.client.call(get())

    assert world.server.sent("authorization") == ["Bearer token-1", "Bearer token-2"]


def test_a_refresh_token_that_nobody_asked_for_is_left_alone(make: MakeWorld) -> None:
    class Generous(AcmeGrant):
        def read(self, result: Any) -> Granted:
            return Granted(result["access_token"], result["expires_in"], "refresh-1")

    world = make(OK, grant=Generous())
    world.client.call(get())
    world.clock.advance(3600)
    world.client.call(get())

    assert world.server.sent("authorization") == ["Bearer token-1", "Bearer token-2"]
