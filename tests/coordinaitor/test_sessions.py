"""A client's own session: begun at the first call, renewed in time, ended by a logout."""

from __future__ import annotations

from typing import Any

import pytest

from coordinaitor import AuthenticationError, ConfigurationError, OrchestratorError, RetryPolicy, ServerError
from tandem import Request, TransportError
from tests.tandem.fakes import Answer, SharedStore, answer, refused, reset, silence

from .conftest import EXCHANGE, KEY, LOGIN, Enter, Visit
from .doorkeeper import CODE, LIFETIME, PASSWORD, REFUSED

EITHER = pytest.mark.parametrize(("way", "begin", "renew"), [(LOGIN, "login", "refresh"), (EXCHANGE, "token", "token")])


def tokens(visit: Visit) -> list[str | None]:
    return visit.platform.sent("authorization")


@EITHER
def test_a_session_begins_at_the_first_call(enter: Enter, way: dict[str, Any], begin: str, renew: str) -> None:
    visit = enter(**way)
    assert not visit.client.auth.is_authenticated
    assert visit.platform.doors == []

    visit.client.tasks.get("task-1")
    visit.client.tasks.get("task-1")

    assert visit.platform.asked == [begin]
    assert tokens(visit) == ["Bearer token-1"] * 2
    assert visit.client.auth.is_authenticated


def test_a_login_sends_address_and_password(enter: Enter) -> None:
    visit = enter(**LOGIN)

    assert visit.client.auth.token().reveal() == "token-1"

    assert visit.platform.doors == [("login", {"email": "john@example.com", "password": PASSWORD})]


def test_a_code_is_exchanged_with_all_that_belongs_to_it(enter: Enter) -> None:
    visit = enter(**EXCHANGE)

    visit.client.auth.token()

    assert visit.platform.doors == [
        (
            "token",
            {
                "grant_type": "authorization_code",
                "client_id": "app_1",
                "client_secret": "canary-secret",
                "code": CODE,
                "redirect_uri": "https://app.test/back",
            },
        )
    ]


@EITHER
def test_a_token_is_renewed_before_it_expires_with_the_newest_refresh_token(
    enter: Enter, way: dict[str, Any], begin: str, renew: str
) -> None:
    visit = enter(**way)
    for _ in range(3):
        visit.client.tasks.get("task-1")
        visit.clock.advance(LIFETIME - 59)

    assert visit.platform.asked == [begin, renew, renew]
    sent = [body.get("refreshToken", body.get("refresh_token")) for _, body in visit.platform.doors]
    assert sent == [None, "refresh-1", "refresh-2"]
    assert tokens(visit) == ["Bearer token-1", "Bearer token-2", "Bearer token-3"]


def test_a_refresh_token_that_does_not_change_stays_good(enter: Enter) -> None:
    visit = enter(**LOGIN)
    visit.platform.rotates = False
    for _ in range(3):
        visit.client.tasks.get("task-1")
        visit.clock.advance(LIFETIME + 1)

    sent = [body.get("refreshToken") for name, body in visit.platform.doors if name == "refresh"]
    assert sent == ["refresh-1", "refresh-1"]


@EITHER
def test_a_refused_token_is_renewed_and_the_call_sent_again(
    enter: Enter, way: dict[str, Any], begin: str, renew: str
) -> None:
    visit = enter(**way)
    visit.client.tasks.get("task-1")
    visit.platform.spoil_tokens()

    task = visit.client.tasks.get("task-1")

    assert task.id == "task-1"
    assert visit.platform.asked == [begin, renew]


def test_where_the_refresh_token_is_refused_the_client_logs_in_again(enter: Enter) -> None:
    visit = enter(**LOGIN)
    visit.client.tasks.get("task-1")
    visit.platform.end_all_sessions()

    visit.client.tasks.get("task-1")
    visit.clock.advance(LIFETIME)
    visit.client.tasks.get("task-1")

    assert visit.platform.asked == ["login", "refresh", "login", "refresh"]
    assert visit.platform.doors[-1][1] == {"refreshToken": "refresh-2"}


def test_a_login_that_is_refused_too_is_told(enter: Enter) -> None:
    visit = enter(email="john@example.com", password="canary-wrong")

    with pytest.raises(AuthenticationError) as caught:
        visit.client.tasks.get("task-1")

    assert visit.platform.asked == ["login"]
    assert "canary" not in str(caught.value)
    assert visit.platform.requests == []


def test_a_code_is_never_sent_twice(enter: Enter) -> None:
    visit = enter(**EXCHANGE)
    visit.client.tasks.get("task-1")
    visit.platform.end_all_sessions()

    for _ in range(2):
        with pytest.raises(AuthenticationError, match=r"401: .* Send the user to the authorization page again") as told:
            visit.client.tasks.get("task-1")
        assert "()" not in str(told.value)

    assert [body["grant_type"] for _, body in visit.platform.doors] == ["authorization_code", "refresh_token"]


def test_a_refresh_is_not_repeated_once_it_may_have_arrived(enter: Enter) -> None:
    visit = enter(**LOGIN)
    visit.client.tasks.get("task-1")
    visit.clock.advance(LIFETIME)
    visit.platform.door_steps["refresh"] = [reset(), refused(), refused()]

    visit.client.tasks.get("task-1")

    assert visit.platform.asked == ["login", "refresh", "login"]


BROKEN = pytest.mark.parametrize(
    "steps", [[reset()], [refused()] * 3, [answer({}, 500)], [answer({}, 503)] * 3, [answer({}, 429)] * 3, [answer([])]]
)


@BROKEN
def test_where_renewing_fails_the_client_logs_in_again(enter: Enter, steps: list[Any]) -> None:
    visit = enter(retry=RetryPolicy(max_attempts=3), **LOGIN)
    visit.client.tasks.get("task-1")
    visit.clock.advance(LIFETIME)
    visit.platform.door_steps["refresh"] = [*steps]

    visit.client.tasks.get("task-1")
    visit.clock.advance(LIFETIME)
    visit.client.tasks.get("task-1")

    assert visit.platform.asked == ["login", *["refresh"] * len(steps), "login", "refresh"]
    assert visit.platform.doors[-1][1] == {"refreshToken": "refresh-2"}


@BROKEN
def test_where_renewing_fails_a_code_is_not_sent_again(enter: Enter, steps: list[Any]) -> None:
    visit = enter(retry=RetryPolicy(max_attempts=3), **EXCHANGE)
    visit.client.tasks.get("task-1")
    visit.clock.advance(LIFETIME)
    visit.platform.door_steps["token"] = [*steps]

    with pytest.raises(OrchestratorError):
        visit.client.tasks.get("task-1")

    assert {body["grant_type"] for _, body in visit.platform.doors[1:]} == {"refresh_token"}


def test_a_renewal_that_hangs_is_ended_by_its_own_limit_alone(enter: Enter) -> None:
    visit = enter(**LOGIN)
    visit.client.tasks.get("task-1")
    visit.clock.advance(LIFETIME)
    before = visit.clock.passed
    visit.platform.door_steps["refresh"] = [lambda request: late(visit, request)]

    visit.client.with_options(deadline=90.0).tasks.get("task-1")

    assert visit.clock.passed - before == 60
    assert visit.platform.asked == ["login", "refresh", "login"]


def late(visit: Visit, request: Request) -> Answer:
    """No reply, until the request's time is over."""
    assert request.deadline is not None
    visit.clock.advance(request.deadline.remaining() or 0.0)
    raise TransportError("no reply", stage="reply", timed_out=True)


def test_a_refresh_that_never_arrived_or_was_put_off_is_repeated(enter: Enter) -> None:
    visit = enter(**LOGIN)
    visit.client.tasks.get("task-1")
    visit.clock.advance(LIFETIME)
    visit.platform.door_steps["refresh"] = [refused(), answer({}, 503), answer({}, 429)]

    visit.client.tasks.get("task-1")

    assert visit.platform.asked == ["login", *["refresh"] * 4]


def test_a_login_may_be_repeated(enter: Enter) -> None:
    visit = enter(**LOGIN)
    visit.platform.door_steps["login"] = [reset(), answer({}, 502)]

    visit.client.tasks.get("task-1")

    assert visit.platform.asked == ["login"] * 3


def test_a_refresh_token_that_was_not_taken_is_kept_for_later(enter: Enter) -> None:
    for steps in ([refused()] * 3, [answer({}, 503)] * 3, [answer({}, 429)] * 3):
        visit = enter(retry=RetryPolicy(max_attempts=3), **EXCHANGE)
        visit.client.tasks.get("task-1")
        visit.clock.advance(LIFETIME)
        visit.platform.door_steps["token"] = [*steps]
        with pytest.raises(OrchestratorError):
            visit.client.tasks.get("task-1")

        visit.client.tasks.get("task-1")

        assert sent_to_renew(visit) == ["refresh-1"] * 4
        assert tokens(visit)[-1] == "Bearer token-2"


def test_a_refresh_token_that_may_have_been_taken_is_never_sent_again(enter: Enter) -> None:
    for step in (reset(), silence(), answer({}, 500), answer({}, 502), answer([]), answer(b"<html>")):
        visit = enter(**EXCHANGE)
        visit.client.tasks.get("task-1")
        visit.clock.advance(LIFETIME)
        visit.platform.door_steps["token"] = [step]
        with pytest.raises(OrchestratorError):
            visit.client.tasks.get("task-1")

        with pytest.raises(AuthenticationError, match="make a client with the new code"):
            visit.client.tasks.get("task-1")

        assert sent_to_renew(visit) == ["refresh-1"]


def sent_to_renew(visit: Visit) -> list[str]:
    """The refresh tokens that were sent for an application."""
    return [body["refresh_token"] for _, body in visit.platform.doors if "refresh_token" in body]


def test_while_the_token_is_good_a_failed_refresh_costs_no_call(enter: Enter) -> None:
    visit = enter(**LOGIN)
    visit.client.tasks.get("task-1")
    visit.clock.advance(LIFETIME - 30)
    visit.platform.door_steps["refresh"] = [answer({}, 500)]

    visit.client.tasks.get("task-1")

    assert tokens(visit) == ["Bearer token-1"] * 2


def test_a_logout_ends_the_session_and_forgets_it(enter: Enter) -> None:
    visit = enter(**LOGIN)
    visit.client.tasks.get("task-1")

    visit.client.auth.revoke()
    visit.client.auth.revoke()

    assert visit.platform.asked == ["login", "logout"]
    assert visit.platform.doors[-1][1] == {"refreshToken": "refresh-1"}
    assert not visit.client.auth.is_authenticated


@pytest.mark.parametrize("age", [0, LIFETIME + 1])
def test_what_came_for_a_code_is_forgotten_alone(enter: Enter, age: int) -> None:
    visit = enter(**EXCHANGE)
    visit.client.tasks.get("task-1")
    visit.clock.advance(age)

    visit.client.auth.revoke()

    assert visit.platform.asked == ["token"]
    with pytest.raises(AuthenticationError, match="make a client with the new code"):
        visit.client.tasks.get("task-1")


def test_the_next_call_after_a_logout_logs_in_again(enter: Enter) -> None:
    visit = enter(**LOGIN)
    visit.client.tasks.get("task-1")
    visit.client.auth.revoke()

    visit.client.tasks.get("task-1")

    assert visit.platform.asked == ["login", "logout", "login"]


def test_a_session_whose_token_has_expired_is_ended_too(enter: Enter) -> None:
    visit = enter(**LOGIN)
    visit.client.tasks.get("task-1")
    visit.clock.advance(LIFETIME + 1)

    visit.client.auth.revoke()

    assert visit.platform.asked == ["login", "refresh", "logout"]
    assert visit.platform.doors[-1][1] == {"refreshToken": "refresh-2"}


def test_a_logout_whose_token_is_refused_renews_once_and_ends_the_session(enter: Enter) -> None:
    visit = enter(**LOGIN)
    visit.client.tasks.get("task-1")
    visit.platform.spoil_tokens()

    visit.client.auth.revoke()

    assert visit.platform.asked == ["login", "logout", "refresh", "logout"]
    assert visit.platform.doors[-1][1] == {"refreshToken": "refresh-2"}
    assert visit.platform.sessions == 0
    assert not visit.client.auth.is_authenticated


def test_a_session_that_is_over_already_needs_no_logout(enter: Enter) -> None:
    visit = enter(**LOGIN)
    visit.client.tasks.get("task-1")
    visit.platform.end_all_sessions()

    visit.client.auth.revoke()

    assert visit.platform.asked == ["login", "logout", "refresh"]
    assert not visit.client.auth.is_authenticated


def test_a_logout_that_is_refused_with_a_new_token_too_is_told(enter: Enter) -> None:
    visit = enter(**LOGIN)
    visit.client.tasks.get("task-1")
    visit.platform.door_steps["logout"] = [REFUSED, REFUSED]

    with pytest.raises(AuthenticationError):
        visit.client.auth.revoke()

    assert visit.platform.asked == ["login", "logout", "refresh", "logout"]


def test_a_logout_that_failed_can_be_tried_again(enter: Enter) -> None:
    visit = enter(**LOGIN)
    visit.client.tasks.get("task-1")
    visit.platform.door_steps["logout"] = [answer({}, 500)]
    with pytest.raises(ServerError):
        visit.client.auth.revoke()

    visit.client.auth.revoke()

    assert visit.platform.asked == ["login", "logout", "logout"]
    assert visit.platform.sessions == 0
    assert not visit.client.auth.is_authenticated


def test_a_logout_before_any_call_sends_nothing(enter: Enter) -> None:
    visit = enter(**LOGIN)

    visit.client.auth.revoke()

    assert visit.platform.doors == []


def test_processes_share_the_token_and_never_the_refresh_token(enter: Enter) -> None:
    store = SharedStore()
    first = enter(store=store, **LOGIN)
    second = enter(first.platform, store=store, **LOGIN)
    first.client.tasks.get("task-1")

    second.client.tasks.get("task-1")
    second.clock.advance(LIFETIME - 30)
    first.clock.advance(LIFETIME - 30)
    second.client.tasks.get("task-1")
    first.client.tasks.get("task-1")

    assert first.platform.asked == ["login", "login"]
    assert "refresh" not in repr(vars(store)["tokens"])


def test_users_of_one_application_do_not_share_a_token(enter: Enter) -> None:
    one, other = (enter(**{**EXCHANGE, "code": code}) for code in ("one", "other"))
    assert one.core.grant is not None
    assert other.core.grant is not None

    assert one.core.grant.key != other.core.grant.key
    assert "one" not in one.core.grant.key.split(" ", 1)[1]


def test_an_api_key_has_no_token(enter: Enter) -> None:
    visit = enter(**KEY)

    visit.client.auth.revoke()

    assert visit.client.auth.is_authenticated
    with pytest.raises(ConfigurationError, match="with an API key: it has no token"):
        visit.client.auth.token()
    assert visit.platform.doors == []


@pytest.mark.parametrize("refresh_token", ["", None, 7, ["r"], "r\r\nX: 1", "\ud800", "réfresh"])
def test_a_refresh_token_that_is_none_is_not_used(enter: Enter, refresh_token: object) -> None:
    visit = enter(**LOGIN)
    told = {"accessToken": "token-1", "refreshToken": refresh_token, "expiresIn": LIFETIME}
    visit.platform.door_steps["login"] = [answer({"success": True, "data": told})]
    visit.client.auth.token()
    visit.clock.advance(LIFETIME + 1)

    visit.client.tasks.get("task-1")

    assert visit.platform.asked == ["login", "login"]


def test_the_reply_to_a_code_may_have_an_envelope(enter: Enter) -> None:
    visit = enter(**EXCHANGE)
    respond = visit.platform.respond

    def wrapped(request: Request) -> Answer:
        found = respond(request)
        if "/oauth/token" in request.url:
            (content,) = found.chunks
            assert isinstance(content, bytes)
            found.chunks = [b'{"success": true, "data": ' + content + b"}"]
        return found

    visit.platform.respond = wrapped  # type: ignore[method-assign]  # one answer is put into an envelope

    visit.client.tasks.get("task-1")
    visit.clock.advance(LIFETIME)
    visit.client.tasks.get("task-1")

    assert visit.platform.sent("authorization") == ["Bearer token-1", "Bearer token-2"]
    assert visit.platform.doors[1][1]["refresh_token"] == "refresh-1"
