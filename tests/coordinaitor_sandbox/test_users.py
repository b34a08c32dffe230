"""People: the list, one's own profile and picture, and what they are told."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from coordinaitor.sandbox import Account, Sandbox

from .calling import Caller, error_of

PICTURE = b"\x89PNG\r\n\x1a\n--picture\r\n--"


def of(sandbox: Sandbox, http: httpx.Client, email: str) -> Caller:
    return Caller(sandbox, http, {"X-API-Key": sandbox.api_key(email=email)})


@pytest.fixture
def john(sandbox: Sandbox, http: httpx.Client) -> Caller:
    return of(sandbox, http, "john@example.com")


def test_administrators_see_everybody(api: Caller) -> None:
    users = api.fetched("/users")

    assert [user["role"] for user in users] == ["admin", "developer"]
    assert not any({"password", "plan", "preferences", "stats"} & user.keys() for user in users)


def test_others_do_not(john: Caller) -> None:
    assert error_of(john.get("/users")) == (403, "AUTHORIZATION_ERROR")


@pytest.mark.parametrize(("search", "found"), [("JOHN", 1), ("example.com", 1), ("o", 2), ("nobody", 0)])
def test_people_are_found_by_name_or_address(api: Caller, search: str, found: int) -> None:
    assert len(api.fetched("/users", search=search)) == found


def test_a_profile_counts_what_its_owner_did(john: Caller, api: Caller) -> None:
    john.made("/tasks", {"title": "A"})
    api.made("/tasks", {"title": "B"})
    me = john.fetched("/users/me")
    api.made("/projects", {"name": "Shop", "teamMembers": [{"userId": me["id"], "role": "developer"}]})

    assert john.fetched("/users/me")["stats"] == {"tasksCreated": 1, "tasksCompleted": 0, "projectsActive": 1}


def test_replacing_a_profile_sets_what_is_given_and_defaults_for_the_rest(john: Caller) -> None:
    john.put("/users/me", {"name": "Jack", "email": "jack@example.com", "preferences": {"theme": "dark"}})

    replaced: dict[str, Any] = john.put("/users/me", {"name": "Jim"}).json()["data"]

    assert (replaced["name"], replaced["email"]) == ("Jim", "jack@example.com")
    assert replaced["preferences"]["theme"] == "light"
    assert john.fetched("/users/me") == replaced


def test_an_address_belongs_to_one_user(john: Caller) -> None:
    reply = john.put("/users/me", {"name": "John", "email": "ADMIN@orchestrator.com"})

    assert error_of(reply) == (409, "CONFLICT_ERROR")


def test_each_preference_that_is_left_out_has_its_default(john: Caller) -> None:
    john.put("/users/me", {"name": "John", "preferences": {"notifications": {"email": False}}})

    told = john.fetched("/users/me")["preferences"]["notifications"]

    assert told == {"email": False, "push": True, "desktop": False}


def test_settings_that_nobody_described_are_kept(john: Caller) -> None:
    john.put("/users/me", {"name": "John", "preferences": {"density": "compact"}})

    assert john.fetched("/users/me")["preferences"]["density"] == "compact"


def test_a_picture_is_where_the_profile_says(john: Caller, http: httpx.Client) -> None:
    profile = john.upload("/users/me/avatar", ("me.png", PICTURE, "image/png")).json()["data"]

    served = http.get(profile["avatar"])

    assert (served.content, served.headers["content-type"]) == (PICTURE, "image/png")
    assert john.fetched("/users/me")["avatar"] == profile["avatar"]


def test_a_new_picture_has_a_new_address(john: Caller, http: httpx.Client) -> None:
    first = john.upload("/users/me/avatar", ("me.png", PICTURE, "image/png")).json()["data"]["avatar"]
    second = john.upload("/users/me/avatar", ("me.gif", b"GIF89a", "image/gif")).json()["data"]["avatar"]

    assert first != second
    assert http.get(second).content == b"GIF89a"


@pytest.mark.parametrize("file", [("me.txt", b"text", "text/plain"), ("me.png", b"", "image/png")])
def test_what_is_no_picture_is_refused(john: Caller, file: tuple[str, bytes, str]) -> None:
    reply = john.upload("/users/me/avatar", file)

    assert error_of(reply) == (422, "VALIDATION_ERROR")
    assert list(reply.json()["error"]["details"]) == ["file"]


def test_a_picture_that_nobody_uploaded_is_not_there(api: Caller, http: httpx.Client) -> None:
    me = api.fetched("/users/me")

    assert http.get(f"{api.sandbox.url}/avatars/{me['id']}").status_code == 404


def test_whoever_is_added_to_a_project_is_told_and_marks_it_as_read(john: Caller, api: Caller) -> None:
    user_id = john.fetched("/users/me")["id"]
    api.made("/projects", {"name": "Shop", "teamMembers": [{"userId": user_id, "role": "developer"}]})

    (told,) = john.fetched("/users/me/notifications")
    path = f"/users/me/notifications/{told['id']}/read"
    first = john.send("PUT", path).json()["data"]
    john.sandbox.clock.advance(60)
    second = john.send("PUT", path).json()["data"]

    assert (told["type"], told["read"], told["readAt"]) == ("project.member_added", False, None)
    assert first["read"]
    assert second == first  # one that is read already stays so


def test_nobody_reads_what_somebody_else_is_told(john: Caller, api: Caller) -> None:
    user_id = john.fetched("/users/me")["id"]
    api.made("/projects", {"name": "Shop", "teamMembers": [{"userId": user_id, "role": "developer"}]})
    (told,) = john.fetched("/users/me/notifications")

    assert api.fetched("/users/me/notifications") == []
    assert error_of(api.send("PUT", f"/users/me/notifications/{told['id']}/read")) == (404, "NOT_FOUND")


def test_whoever_joins_is_announced_and_can_log_in(sandbox: Sandbox, http: httpx.Client, api: Caller) -> None:
    user_id = sandbox.add_user(Account("ada@example.com", "secret-1", "Ada", role="viewer"))

    ada = of(sandbox, http, "ada@example.com")
    (event,) = [each for each in sandbox.platform.deliverer.log.events() if each["type"] == "user.registered"]

    assert event["data"] == {"id": user_id, "email": "ada@example.com", "name": "Ada"}
    assert error_of(ada.post("/tasks", {"title": "A"})) == (403, "AUTHORIZATION_ERROR")
    assert len(api.fetched("/users")) == 3


def test_a_sandbox_has_the_users_that_it_is_given() -> None:
    with Sandbox(users=[Account("boss@example.com", "pw", role="admin")]) as sandbox, sandbox.client() as client:
        assert [user.email for user in client.users.list()] == ["boss@example.com"]


@pytest.mark.parametrize("wrong", [{"email": "none"}, {"password": ""}, {"plan": "gold"}])
def test_an_account_that_cannot_be_is_told(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"account|plan"):
        Account(**{"email": "a@example.com", "password": "pw", **wrong})


def test_a_password_is_shown_by_no_repr() -> None:
    assert "hunter2" not in repr(Account("a@example.com", "hunter2"))
