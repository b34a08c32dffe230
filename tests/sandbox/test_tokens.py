"""Tokens: who gets one, what it says, how long it is good for."""

from __future__ import annotations

import json
from typing import Any

import httpx
import jwt
import pytest

from interactor.sandbox import Sandbox

from .calling import Caller, data_of, error_of, token_of


def ask(sandbox: Sandbox, http: httpx.Client, **fields: Any) -> httpx.Response:
    return http.post(f"{sandbox.account_url}/oauth/token", json=fields)


def revoke(sandbox: Sandbox, http: httpx.Client, token: str) -> httpx.Response:
    proof = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
    return http.post(f"{sandbox.account_url}/oauth/revoke", json={"token": token, **proof})


def keys(sandbox: Sandbox, http: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = http.get(f"{sandbox.account_url}/oauth/jwks").json()["keys"]
    return found


def test_a_token_verifies_against_the_published_key(sandbox: Sandbox, http: httpx.Client) -> None:
    token = token_of(sandbox, http)["access_token"]

    key = jwt.PyJWK(keys(sandbox, http)[0])
    claims = jwt.decode(token, key, algorithms=["RS256"])

    assert jwt.get_unverified_header(token)["kid"] == key.key_id
    assert claims["sub"] == sandbox.client_id
    assert claims["exp"] - claims["iat"] == 3600


def test_no_private_number_of_the_key_is_published(sandbox: Sandbox, http: httpx.Client) -> None:
    assert set(keys(sandbox, http)[0]) == {"kty", "kid", "use", "alg", "n", "e"}


def test_a_token_tells_its_lifetime_and_scopes(sandbox: Sandbox, http: httpx.Client) -> None:
    token = token_of(sandbox, http, scope="rooms:read rooms:write")

    assert (token["token_type"], token["expires_in"]) == ("Bearer", 3600)
    assert token["scope"].split() == ["rooms:read", "rooms:write"]


def test_without_a_scope_a_client_gets_all_of_its_own(sandbox: Sandbox, http: httpx.Client) -> None:
    reader = sandbox.add_client("reader", scopes=["rooms:read", "tools:read"])

    token = token_of(sandbox, http, client_id=reader.client_id, client_secret=reader.client_secret)

    assert token["scope"].split() == ["rooms:read", "tools:read"]


def test_a_client_gets_of_the_scopes_it_asks_for_those_it_may_have(sandbox: Sandbox, http: httpx.Client) -> None:
    reader = sandbox.add_client("reader", scopes=["rooms:read", "tools:read"])
    proof = {"client_id": reader.client_id, "client_secret": reader.client_secret}

    token = token_of(sandbox, http, **proof, scope="rooms:read rooms:write")
    none = ask(sandbox, http, grant_type="client_credentials", **proof, scope="rooms:write admin")

    assert token["scope"] == "rooms:read"
    assert error_of(none) == (400, "invalid_scope")


@pytest.mark.parametrize(
    ("client_id", "client_secret"),
    [("sandbox_client", "wrong"), ("nobody", "secret"), ("sandbox_client", "ß")],
)
def test_a_wrong_client_gets_no_token(sandbox: Sandbox, http: httpx.Client, client_id: str, client_secret: str) -> None:
    reply = ask(sandbox, http, grant_type="client_credentials", client_id=client_id, client_secret=client_secret)

    assert error_of(reply) == (401, "AUTH_ERROR")


def test_a_missing_secret_is_a_wrong_one(sandbox: Sandbox, http: httpx.Client) -> None:
    reply = ask(sandbox, http, grant_type="client_credentials", client_id=sandbox.client_id)

    assert error_of(reply) == (401, "AUTH_ERROR")


def test_an_unknown_grant_is_refused_in_the_words_of_oauth(sandbox: Sandbox, http: httpx.Client) -> None:
    reply = ask(sandbox, http, grant_type="password", client_id=sandbox.client_id)

    assert error_of(reply) == (400, "unsupported_grant_type")


def test_a_token_request_without_a_client_is_not_valid(sandbox: Sandbox, http: httpx.Client) -> None:
    reply = ask(sandbox, http, grant_type="client_credentials")

    assert error_of(reply) == (422, "VALIDATION_ERROR")
    assert reply.json()["error"]["details"] == [{"field": "client_id", "message": "is required"}]


def test_a_refresh_token_is_good_for_a_new_token_without_a_secret(sandbox: Sandbox, http: httpx.Client) -> None:
    first = token_of(sandbox, http, scope="rooms:read tools:read")

    second = data_of(
        ask(
            sandbox,
            http,
            grant_type="refresh_token",
            client_id=sandbox.client_id,
            refresh_token=first["refresh_token"],
            scope="rooms:read",
        )
    )

    assert second["access_token"] != first["access_token"]
    assert second["scope"] == "rooms:read"


def test_a_refresh_token_belongs_to_its_client_and_ends(sandbox: Sandbox, http: httpx.Client) -> None:
    token = token_of(sandbox, http)["refresh_token"]
    other = sandbox.add_client("other")

    stolen = ask(sandbox, http, grant_type="refresh_token", client_id=other.client_id, refresh_token=token)
    sandbox.clock.advance(31 * 24 * 3600)
    late = ask(sandbox, http, grant_type="refresh_token", client_id=sandbox.client_id, refresh_token=token)

    assert error_of(stolen) == error_of(late) == (400, "invalid_grant")


def test_a_token_expires_after_an_hour_of_the_platforms_time(api: Caller) -> None:
    api.sandbox.clock.advance(3590)
    good = api.get("/rooms")
    api.sandbox.clock.advance(20)
    late = api.get("/rooms")

    assert good.status_code == 200
    assert error_of(late) == (401, "AUTH_ERROR")
    assert late.json()["error"]["message"] == "The token has expired"


def test_a_revoked_token_is_refused_at_once(api: Caller) -> None:
    assert api.get("/rooms").status_code == 200

    reply = revoke(api.sandbox, api.http, api.token)

    assert reply.status_code == 204
    assert error_of(api.get("/rooms")) == (401, "AUTH_ERROR")


def test_revoking_a_refresh_token_ends_the_tokens_that_came_of_it(sandbox: Sandbox, http: httpx.Client) -> None:
    token = token_of(sandbox, http)
    api = Caller(sandbox, http, token["access_token"], "user_1")
    assert api.get("/rooms").status_code == 200

    revoke(sandbox, http, token["refresh_token"])
    again = ask(
        sandbox,
        http,
        grant_type="refresh_token",
        client_id=sandbox.client_id,
        refresh_token=token["refresh_token"],
    )

    assert error_of(api.get("/rooms")) == (401, "AUTH_ERROR")
    assert error_of(again) == (400, "invalid_grant")


def test_revoking_what_is_no_token_succeeds(sandbox: Sandbox, http: httpx.Client) -> None:
    assert revoke(sandbox, http, "nonsense").status_code == 204


def test_a_client_cannot_revoke_the_tokens_of_another(api: Caller) -> None:
    other = api.sandbox.add_client("other")
    body = {"token": api.token, "client_id": other.client_id, "client_secret": other.client_secret}

    api.http.post(f"{api.sandbox.account_url}/oauth/revoke", json=body)

    assert api.get("/rooms").status_code == 200


def test_only_who_proves_itself_may_revoke(api: Caller) -> None:
    reply = api.http.post(f"{api.sandbox.account_url}/oauth/revoke", json={"token": api.token})

    assert error_of(reply) == (401, "AUTH_ERROR")
    assert api.get("/rooms").status_code == 200


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_token_opens_nothing(api: Caller, token: str) -> None:
    reply = api.with_token(token).get("/rooms")

    assert error_of(reply) == (401, "AUTH_ERROR")
    assert reply.headers["www-authenticate"] == "Bearer"


def test_a_token_of_another_sandbox_is_refused(api: Caller, http: httpx.Client) -> None:
    with Sandbox() as other:
        foreign = token_of(other, http)["access_token"]

    assert error_of(api.with_token(foreign).get("/rooms")) == (401, "AUTH_ERROR")


def test_tokens_survive_a_reset(api: Caller) -> None:
    api.sandbox.reset()

    assert api.get("/rooms").status_code == 200


def test_no_secret_reaches_the_journal(api: Caller, http: httpx.Client) -> None:
    token = token_of(api.sandbox, http)
    api.get("/rooms")
    revoke(api.sandbox, http, token["refresh_token"])

    written = json.dumps([entry.to_dict() for entry in api.sandbox.journal.entries()])

    for secret in (api.sandbox.client_secret, token["access_token"], token["refresh_token"], api.token):
        assert secret not in written
