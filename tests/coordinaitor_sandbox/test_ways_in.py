"""Three ways in, the same doors behind them: held against the document, operation by operation."""

from __future__ import annotations

import httpx
import pytest

from coordinaitor.sandbox import Sandbox
from tandem.sandbox import ApiOperation, Principal

from .calling import Caller, error_of, login

ALL = frozenset({"bearer", "apiKey", "oauth"})


def guarded(sandbox: Sandbox) -> list[ApiOperation]:
    return [operation for operation in sandbox.platform.api.operations if operation.scopes]


def ask(caller: Caller, operation: ApiOperation) -> httpx.Response:
    """A call of an operation, with nothing in its body: who is asking is looked at first."""
    path = operation.path.removeprefix("/api/v1").replace("{", "").replace("}", "")
    return caller.send(operation.method, path, {} if operation.body.required else None)


def test_38_operations_are_guarded_and_3_let_people_in(sandbox: Sandbox) -> None:
    public = {operation.name for operation in sandbox.platform.api.operations if not operation.scopes}

    assert len(guarded(sandbox)) == 38
    assert public == {"auth.login", "auth.refresh", "auth.oauth_token"}


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-API-Key": "ak_wrong"}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic YTpi"}],
    ids=["nobody", "a wrong key", "a wrong token", "another scheme"],
)
def test_without_proof_no_door_opens(sandbox: Sandbox, http: httpx.Client, headers: dict[str, str]) -> None:
    replies = {operation.name: ask(Caller(sandbox, http, headers), operation) for operation in guarded(sandbox)}

    assert {error_of(reply) for reply in replies.values()} == {(401, "AUTHENTICATION_ERROR")}
    assert all(reply.headers["www-authenticate"] == "Bearer" for reply in replies.values())


@pytest.mark.parametrize("permission", ["tasks:read", "users:write", "admin"])
def test_a_key_opens_exactly_the_doors_of_its_permission(sandbox: Sandbox, http: httpx.Client, permission: str) -> None:
    program, own = Caller(sandbox, http, {"X-API-Key": sandbox.api_key([permission])}), frozenset({permission})

    opened = {each.name for each in guarded(sandbox) if ask(program, each).status_code != 403}

    may = [
        each for each in guarded(sandbox) if any(sandbox.platform.grants(Principal("", own), w) for w in each.scopes)
    ]
    assert opened == {each.name for each in may if "apiKey" in each.schemes}


def test_all_three_ways_lead_to_the_same_doors(sandbox: Sandbox, http: httpx.Client) -> None:
    app = sandbox.add_application("my_app")
    code = sandbox.authorization_code("my_app")
    proof = {"client_id": app.client_id, "client_secret": app.client_secret}
    traded = http.post(f"{sandbox.url}/oauth/token", data={"grant_type": "authorization_code", "code": code, **proof})
    session = login(sandbox, http, sandbox.email, sandbox.password)
    ways = (
        Caller(sandbox, http, {"Authorization": f"Bearer {session['accessToken']}"}),
        Caller(sandbox, http, {"X-API-Key": sandbox.api_key()}),
        Caller(sandbox, http, {"Authorization": f"bearer {traded.json()['access_token']}"}),
    )

    reading = [each for each in guarded(sandbox) if each.method == "GET" and each.schemes == ALL]
    statuses = [[ask(way, operation).status_code for operation in reading] for way in ways]

    assert len(reading) == 16
    assert statuses[0] == statuses[1] == statuses[2]
    assert set(statuses[0]) == {200, 404}


def test_a_token_wins_over_a_key(api: Caller) -> None:
    both = api.with_headers(**api.headers, Authorization="Bearer wrong")

    assert error_of(both.get("/tasks")) == (401, "AUTHENTICATION_ERROR")


def test_paths_and_methods_that_there_are_not_are_told_in_the_envelope(api: Caller) -> None:
    nowhere, method = api.get("/nowhere"), api.send("DELETE", "/users/me")

    assert error_of(nowhere) == (404, "NOT_FOUND")
    assert error_of(method) == (405, "METHOD_NOT_ALLOWED")
    assert method.headers["allow"] == "GET, PUT"


def test_every_reply_names_its_request(api: Caller) -> None:
    replies = [api.get("/tasks"), api.get("/nowhere"), api.post("/tasks", {}), api.send("POST", "/tasks", content=b"{")]

    for reply in replies:
        meta = reply.json()["meta"]
        assert meta["requestId"] == reply.headers["x-request-id"]
        assert meta["requestId"].startswith("req-")
        assert {"timestamp", "version"} < meta.keys()


def test_a_body_that_cannot_be_read_is_no_validation_of_fields(api: Caller) -> None:
    broken = api.send("POST", "/tasks", content=b"{", headers={"Content-Type": "application/json"})
    typed = api.send("POST", "/tasks", content=b"a,b", headers={"Content-Type": "text/csv"})

    assert [error_of(reply) for reply in (broken, typed)] == [(400, "VALIDATION_ERROR")] * 2
    assert "details" not in broken.json()["error"]
