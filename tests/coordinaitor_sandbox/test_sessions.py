"""Sessions: in, on, and out again."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from coordinaitor.sandbox import Sandbox
from tests.sandbox.calling import data_of

from .calling import Caller, error_of, login

ADMIN = {"email": "admin@orchestrator.com", "password": "admin123"}
REFUSED = (401, "AUTHENTICATION_ERROR")


class Session:
    """What a program does with its tokens."""

    def __init__(self, sandbox: Sandbox, http: httpx.Client) -> None:
        self.sandbox = sandbox
        self.http = http
        self.tokens = login(sandbox, http, **ADMIN)

    def as_caller(self, token: str | None = None) -> Caller:
        return Caller(self.sandbox, self.http, {"Authorization": f"Bearer {token or self.tokens['accessToken']}"})

    def refresh(self, token: str) -> httpx.Response:
        return self.http.post(f"{self.sandbox.url}/api/v1/auth/refresh", json={"refreshToken": token})

    def status(self, token: str | None = None) -> int:
        return self.as_caller(token).get("/users/me").status_code


@pytest.fixture
def session(sandbox: Sandbox, http: httpx.Client) -> Session:
    return Session(sandbox, http)


def test_a_login_tells_who_came_in(session: Session) -> None:
    user = session.tokens["user"]

    assert (user["email"], user["organizationId"]) == ("admin@orchestrator.com", "org-1")
    assert session.tokens["expiresIn"] == 3600
    assert session.as_caller().fetched("/users/me")["lastLoginAt"] is not None


def test_the_address_may_be_written_in_any_case(sandbox: Sandbox, http: httpx.Client) -> None:
    assert login(sandbox, http, "Admin@Orchestrator.com", "admin123")["user"]["name"] == "Administrator"


@pytest.mark.parametrize("change", [{"password": "wrong"}, {"email": "nobody@example.com"}])
def test_a_wrong_login_tells_nobody_which_half_was_wrong(
    sandbox: Sandbox, http: httpx.Client, change: dict[str, str]
) -> None:
    reply = http.post(f"{sandbox.url}/api/v1/auth/login", json={**ADMIN, **change})

    assert error_of(reply) == REFUSED
    assert reply.json()["error"]["message"] == "Address or password is wrong"


def test_the_unversioned_spelling_is_the_same_endpoint(sandbox: Sandbox, http: httpx.Client) -> None:
    reply = http.post(f"{sandbox.url}/api/auth/login", json=ADMIN)

    assert reply.status_code == 200
    assert sandbox.journal.entries(operation="auth.login", status=200)


def test_an_access_token_is_good_for_an_hour_of_the_platform(session: Session) -> None:
    session.sandbox.clock.advance(3599)
    before = session.status()
    session.sandbox.clock.advance(1)

    assert (before, session.status()) == (200, 401)


def test_a_refresh_goes_on_with_the_session_and_brings_a_new_refresh_token(session: Session) -> None:
    session.sandbox.clock.advance(3600)

    renewed = data_of(session.refresh(session.tokens["refreshToken"]))

    assert session.status(renewed["accessToken"]) == 200
    assert renewed["refreshToken"] != session.tokens["refreshToken"]


def test_a_refresh_token_that_comes_back_after_its_use_ends_the_session(session: Session) -> None:
    renewed = data_of(session.refresh(session.tokens["refreshToken"]))

    assert error_of(session.refresh(session.tokens["refreshToken"])) == REFUSED
    assert error_of(session.refresh(renewed["refreshToken"])) == REFUSED
    assert session.status(renewed["accessToken"]) == 401


def test_a_refresh_token_lives_for_thirty_days(session: Session) -> None:
    session.sandbox.clock.advance(days=30)

    assert error_of(session.refresh(session.tokens["refreshToken"])) == REFUSED


def test_a_made_up_refresh_token_is_refused(session: Session) -> None:
    assert error_of(session.refresh("rt-made-up")) == REFUSED
    assert error_of(session.refresh(session.tokens["accessToken"])) == REFUSED


def test_after_a_logout_both_tokens_are_useless(session: Session) -> None:
    reply = session.as_caller().post("/auth/logout", {"refreshToken": session.tokens["refreshToken"]})

    assert (reply.status_code, reply.content) == (204, b"")
    assert session.status() == 401
    assert error_of(session.refresh(session.tokens["refreshToken"])) == REFUSED


def test_another_session_of_the_user_outlives_a_logout(session: Session, sandbox: Sandbox, http: httpx.Client) -> None:
    other = Session(sandbox, http)

    session.as_caller().post("/auth/logout", {"refreshToken": session.tokens["refreshToken"]})

    assert other.status() == 200


def test_nobody_ends_the_session_of_somebody_else(session: Session, sandbox: Sandbox, http: httpx.Client) -> None:
    john = login(sandbox, http, "john@example.com", "password123")

    reply = session.as_caller().post("/auth/logout", {"refreshToken": john["refreshToken"]})

    assert error_of(reply) == (403, "AUTHORIZATION_ERROR")
    assert session.status(john["accessToken"]) == 200


def test_only_a_token_of_this_platform_is_one(session: Session) -> None:
    with Sandbox(seed=1) as other:
        foreign: dict[str, Any] = login(other, session.http, **ADMIN)

    assert session.status(foreign["accessToken"]) == 401
    assert session.status("none.at.all") == 401


def test_refused_logins_and_returning_tokens_are_noted_without_secrets(session: Session) -> None:
    session.http.post(f"{session.sandbox.url}/api/v1/auth/login", json={**ADMIN, "password": "guess-1"})
    session.refresh(session.tokens["refreshToken"])
    session.refresh(session.tokens["refreshToken"])

    renewed = Session(session.sandbox, session.http)
    noted = renewed.as_caller().fetched("/system/logs", service="auth", level="warn")

    assert ["came back" in entry["message"] for entry in noted] == [True, False]
    assert "guess-1" not in str(noted)
    assert session.tokens["refreshToken"] not in str(noted)
