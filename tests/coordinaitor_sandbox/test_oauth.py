"""OAuth 2.0: the user agrees on a page, the application trades the code."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from coordinaitor.sandbox import Sandbox

from .calling import Caller, error_of

BACK = "https://app.example.com/back?tab=1"
AGREED = {"email": "john@example.com", "password": "password123", "decision": "approve"}


class App:
    """An application with a secret."""

    def __init__(self, sandbox: Sandbox, http: httpx.Client) -> None:
        self.sandbox = sandbox
        self.http = http
        self.identity = sandbox.add_application("my_app", redirect_uris=[BACK])

    def page(self, **query: str) -> str:
        asked = {"client_id": "my_app", "response_type": "code", "scope": "tasks:read admin", "redirect_uri": BACK}
        return str(httpx.URL(f"{self.sandbox.url}/oauth/authorize", params={**asked, "state": "st-1", **query}))

    def answer(self, form: dict[str, str], **query: str) -> dict[str, str]:
        """What the browser brings back."""
        reply = self.http.post(self.page(**query), data=form)
        assert reply.status_code == 303, reply.text
        return {name: values[0] for name, values in parse_qs(urlsplit(reply.headers["location"]).query).items()}

    def trade(self, **fields: str) -> httpx.Response:
        proof = {"client_id": self.identity.client_id, "client_secret": self.identity.client_secret}
        given = {"grant_type": "authorization_code", "redirect_uri": BACK, **proof, **fields}
        return self.http.post(f"{self.sandbox.url}/oauth/token", data=given)

    def token(self, **options: Any) -> dict[str, Any]:
        code = self.sandbox.authorization_code("my_app", **options)
        found: dict[str, Any] = self.trade(code=code).json()
        return found


@pytest.fixture
def app(sandbox: Sandbox, http: httpx.Client) -> App:
    return App(sandbox, http)


def as_caller(app: App, token: dict[str, Any]) -> Caller:
    return Caller(app.sandbox, app.http, {"Authorization": f"{token['token_type']} {token['access_token']}"})


def test_a_user_agrees_and_the_application_acts_for_him(app: App) -> None:
    answer = app.answer(AGREED)
    token = app.trade(code=answer["code"]).json()

    assert (answer["state"], answer["tab"]) == ("st-1", "1")
    assert token["expires_in"] == 3600
    assert as_caller(app, token).get("/tasks").status_code == 200


def test_the_reply_has_no_envelope_and_grants_only_what_the_user_has(app: App) -> None:
    token = app.trade(code=app.answer(AGREED)["code"]).json()

    assert set(token) == {"access_token", "token_type", "expires_in", "refresh_token", "scope"}
    assert token["scope"] == "tasks:read"  # john is no administrator
    assert error_of(as_caller(app, token).post("/tasks", {"title": "A"})) == (403, "AUTHORIZATION_ERROR")


def test_the_page_says_who_asks_for_what(app: App) -> None:
    page = app.http.get(app.page(client_id="my_app"))

    assert page.status_code == 200
    assert "my_app" in page.text
    assert "<li>tasks:read</li>" in page.text


def test_a_user_may_say_no(app: App) -> None:
    assert app.answer({"decision": "deny"}) == {"tab": "1", "error": "access_denied", "state": "st-1"}


def test_a_wrong_password_brings_the_page_again(app: App) -> None:
    reply = app.http.post(app.page(), data={**AGREED, "password": "wrong"})

    assert (reply.status_code, "is wrong" in reply.text) == (401, True)


@pytest.mark.parametrize(
    "query", [{"client_id": "<script>"}, {"redirect_uri": "https://evil.example.com/"}, {"client_id": ""}]
)
def test_nobody_is_sent_where_no_application_is_known_to_be(app: App, query: dict[str, str]) -> None:
    reply = app.http.post(app.page(**query), data=AGREED)

    assert reply.status_code == 400
    assert "location" not in reply.headers
    assert "<script>" not in reply.text


def test_only_codes_are_given_out(app: App) -> None:
    assert app.answer(AGREED, response_type="token")["error"] == "unsupported_response_type"


def test_without_an_address_the_code_stands_on_the_page(app: App) -> None:
    app.sandbox.add_application("printer")
    url = httpx.URL(app.page(client_id="printer")).copy_remove_param("redirect_uri")

    assert "code=code_" in app.http.post(url, data=AGREED).text


@pytest.mark.parametrize("back", ["javascript:alert(1)", "/relative", "http://[::1"])
def test_nobody_is_sent_to_what_is_no_place(app: App, back: str) -> None:
    app.sandbox.add_application("anywhere")

    reply = app.http.post(app.page(client_id="anywhere", redirect_uri=back), data=AGREED)

    assert (reply.status_code, "location" in reply.headers) == (400, False)


def test_a_code_works_once_and_its_return_ends_what_it_began(app: App) -> None:
    code = app.sandbox.authorization_code("my_app")
    token = app.trade(code=code).json()

    again = app.trade(code=code)

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert as_caller(app, token).get("/tasks").status_code == 401


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"code": "code_made_up"}, (400, "invalid_grant")),
        ({"redirect_uri": "https://other.example.com"}, (400, "invalid_grant")),
        ({"client_secret": "wrong"}, (401, "invalid_client")),
        ({"client_id": "nobody"}, (401, "invalid_client")),
        ({"grant_type": "password"}, (400, "unsupported_grant_type")),
        ({"grant_type": "refresh_token"}, (400, "invalid_request")),
    ],
)
def test_a_refusal_says_what_the_standard_says(app: App, change: dict[str, str], refusal: tuple[int, str]) -> None:
    code = app.sandbox.authorization_code("my_app", redirect_uri=BACK)

    reply = app.trade(**{"code": code, **change})

    assert (reply.status_code, reply.json()["error"]) == refusal
    assert "error_description" in reply.json()


def test_a_code_is_good_for_ten_minutes(app: App) -> None:
    code = app.sandbox.authorization_code("my_app")

    app.sandbox.clock.advance(600)

    assert app.trade(code=code).json()["error"] == "invalid_grant"


def test_a_code_of_another_application_is_none(app: App) -> None:
    app.sandbox.add_application("other")

    assert app.trade(code=app.sandbox.authorization_code("other")).json()["error"] == "invalid_grant"


def test_a_refresh_token_is_used_up_by_its_use(app: App) -> None:
    token = app.token(scopes=["tasks:read"])
    renewed = app.trade(grant_type="refresh_token", refresh_token=token["refresh_token"]).json()
    worked = as_caller(app, renewed).get("/tasks").status_code

    again = app.trade(grant_type="refresh_token", refresh_token=token["refresh_token"]).json()

    assert worked == 200
    assert renewed["scope"] == "tasks:read"
    assert again["error"] == "invalid_grant"
    assert as_caller(app, renewed).get("/tasks").status_code == 401


def test_refresh_tokens_of_sessions_and_of_applications_are_no_use_to_each_other(app: App) -> None:
    token = app.token()

    reply = app.http.post(f"{app.sandbox.url}/api/v1/auth/refresh", json={"refreshToken": token["refresh_token"]})

    assert error_of(reply) == (401, "AUTHENTICATION_ERROR")


def test_an_application_makes_no_keys(app: App) -> None:
    reply = as_caller(app, app.token()).post("/auth/api-keys", {"name": "A", "permissions": ["tasks:read"]})

    assert error_of(reply) == (403, "AUTHORIZATION_ERROR")


def test_a_client_trades_its_code_by_itself(app: App) -> None:
    code = app.sandbox.authorization_code("my_app", email="john@example.com", scopes=["users:read"])
    proof: dict[str, Any] = {"client_id": app.identity.client_id, "client_secret": app.identity.client_secret}

    with app.sandbox.client(code=code, **proof) as client:
        assert client.users.me.get().name == "John Doe"
