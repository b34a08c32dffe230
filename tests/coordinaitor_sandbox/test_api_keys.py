"""API keys: made by a session, for programs, with no more than they need."""

from __future__ import annotations

import httpx
import pytest

from coordinaitor.sandbox import Sandbox

from .calling import Caller, error_of, login

READER = {"name": "Nightly report", "permissions": ["tasks:read", "agents:read"]}
DENIED = (403, "AUTHORIZATION_ERROR")


def session_of(sandbox: Sandbox, http: httpx.Client, email: str, password: str) -> Caller:
    token = login(sandbox, http, email, password)["accessToken"]
    return Caller(sandbox, http, {"Authorization": f"Bearer {token}"})


@pytest.fixture
def admin(sandbox: Sandbox, http: httpx.Client) -> Caller:
    return session_of(sandbox, http, "admin@orchestrator.com", "admin123")


def test_a_key_opens_what_its_permissions_say(admin: Caller) -> None:
    made = admin.made("/auth/api-keys", READER)

    program = admin.with_headers(**{"X-API-Key": made["key"]})

    assert made["key"].startswith("ak_")
    assert program.get("/tasks").status_code == 200
    assert error_of(program.post("/tasks", {"title": "A"})) == DENIED
    assert error_of(program.get("/users")) == DENIED


def test_a_refusal_names_the_permission_that_is_missing(sandbox: Sandbox, http: httpx.Client) -> None:
    program = Caller(sandbox, http, {"X-API-Key": sandbox.api_key(["tasks:read"])})

    assert program.post("/tasks", {"title": "A"}).json()["error"]["message"] == "This takes the permission tasks:write"


def test_tasks_take_their_own_permission_wherever_they_are_shown(api: Caller, http: httpx.Client) -> None:
    agent = api.made("/agents", {"name": "Tester", "type": "qa", "model": "gpt-4", "provider": "openai"})
    project = api.made("/projects", {"name": "Web shop"})
    paths = [f"/agents/{agent['id']}/tasks", f"/agents/{agent['id']}?include=tasks", f"/projects/{project['id']}/tasks"]
    around = ["agents:read", "projects:read"]
    without = Caller(api.sandbox, http, {"X-API-Key": api.sandbox.api_key(around)})
    with_it = Caller(api.sandbox, http, {"X-API-Key": api.sandbox.api_key([*around, "tasks:read"])})

    refusals = [without.send("GET", path) for path in paths]

    assert [error_of(reply) for reply in refusals] == [DENIED] * 3
    assert all("tasks:read" in reply.json()["error"]["message"] for reply in refusals)
    assert [with_it.send("GET", path).status_code for path in paths] == [200] * 3
    assert without.get(f"/agents/{agent['id']}").status_code == 200


def test_the_permission_admin_opens_everything(sandbox: Sandbox, http: httpx.Client) -> None:
    program = Caller(sandbox, http, {"X-API-Key": sandbox.api_key(["admin"])})

    assert [program.get(path).status_code for path in ("/users", "/system/logs", "/tasks")] == [200, 200, 200]


def test_a_key_makes_no_further_keys_and_ends_no_session(admin: Caller) -> None:
    key = admin.made("/auth/api-keys", {**READER, "permissions": ["admin"]})["key"]
    program = admin.with_headers(**{"X-API-Key": key})

    assert error_of(program.post("/auth/api-keys", READER)) == DENIED
    assert error_of(program.post("/auth/logout", {"refreshToken": "rt"})) == DENIED


def test_nobody_gives_away_what_he_does_not_have(sandbox: Sandbox, http: httpx.Client) -> None:
    john = session_of(sandbox, http, "john@example.com", "password123")

    reply = john.post("/auth/api-keys", {"name": "Mine", "permissions": ["tasks:read", "admin"]})

    assert error_of(reply) == DENIED
    assert "admin" in reply.json()["error"]["message"]


def test_a_key_is_shown_once_and_kept_nowhere(admin: Caller, sandbox: Sandbox) -> None:
    key = admin.made("/auth/api-keys", READER)["key"]

    kept = sandbox.platform.store.list("api_key", namespace=None)
    entry = sandbox.journal.entries(operation="auth.create_api_key")[-1]

    assert key not in str(kept)
    assert key not in str(entry.to_dict())


def test_a_key_acts_for_whoever_made_it(admin: Caller) -> None:
    key = admin.made("/auth/api-keys", {"name": "Me", "permissions": ["users:read"]})["key"]

    me = admin.with_headers(**{"X-API-Key": key}).fetched("/users/me")

    assert me["email"] == "admin@orchestrator.com"


@pytest.mark.parametrize("key", ["ak_made_up", "", "rt-1"])
def test_an_unknown_key_is_no_key(sandbox: Sandbox, http: httpx.Client, key: str) -> None:
    assert error_of(Caller(sandbox, http, {"X-API-Key": key}).get("/tasks")) == (401, "AUTHENTICATION_ERROR")


def test_a_key_expires_on_the_clock_of_the_platform(sandbox: Sandbox, http: httpx.Client) -> None:
    program = Caller(sandbox, http, {"X-API-Key": sandbox.api_key(expires_in=60)})
    before = program.get("/tasks").status_code

    sandbox.clock.advance(60)

    assert (before, program.get("/tasks").status_code) == (200, 401)


def test_a_revoked_key_is_useless(sandbox: Sandbox, http: httpx.Client) -> None:
    key = sandbox.api_key()

    assert sandbox.revoke_api_key(key)
    assert not sandbox.revoke_api_key(key)
    assert Caller(sandbox, http, {"X-API-Key": key}).get("/tasks").status_code == 401


def test_a_key_may_do_no_more_than_its_user(sandbox: Sandbox, http: httpx.Client) -> None:
    program = Caller(sandbox, http, {"X-API-Key": sandbox.api_key(["admin", "tasks:read"], email="john@example.com")})

    assert program.get("/tasks").status_code == 200
    assert error_of(program.get("/users")) == DENIED


def test_a_permission_that_is_none_is_told(sandbox: Sandbox, admin: Caller) -> None:
    with pytest.raises(ValueError, match=r"tasks:eat.*tasks:read"):
        sandbox.api_key(["tasks:eat"])

    reply = admin.post("/auth/api-keys", {"name": "A", "permissions": ["tasks:eat"]})

    assert error_of(reply) == (422, "VALIDATION_ERROR")
    assert list(reply.json()["error"]["details"]) == ["permissions[0]"]


def test_a_sandbox_makes_a_key_for_a_client(sandbox: Sandbox) -> None:
    with sandbox.client(api_key=sandbox.api_key(["users:read"])) as client:
        assert client.users.me.get().name == "Administrator"
