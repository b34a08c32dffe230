"""The `Sandbox` class: its clients, its controls, its state."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from coordinaitor import AsyncOrchestratorClient, AuthenticationError, InvalidRequestError, RetryPolicy, ServerError
from coordinaitor.sandbox import Account, Fault, Sandbox

from .calling import Caller


def test_a_client_is_ready_and_closes_with_its_sandbox() -> None:
    with Sandbox() as sandbox:
        client = sandbox.client()
        assert client.users.me.get().email == sandbox.email

    with pytest.raises(InvalidRequestError):
        client.users.me.get()


def test_asynchronous_clients_are_ready_too() -> None:
    async def use() -> str:
        async with Sandbox() as sandbox:
            client = sandbox.async_client()
            assert isinstance(client, AsyncOrchestratorClient)
            return (await client.users.me.get()).email

    assert asyncio.run(use()) == "admin@orchestrator.com"


def test_in_process_clients_need_no_server() -> None:
    sandbox = Sandbox()
    task = sandbox.client(in_process=True).tasks.create(title="A")

    async def read() -> str:
        return (await sandbox.async_client(in_process=True).tasks.get(task.id)).title

    assert asyncio.run(read()) == "A"
    assert repr(sandbox) == "<Sandbox not started>"
    sandbox.close()


def test_a_way_in_of_ones_own_takes_the_place_of_the_address_and_password(sandbox: Sandbox) -> None:
    with sandbox.client(email="john@example.com", password="password123") as john:
        assert john.users.me.get().name == "John Doe"
    with sandbox.client(api_key="ak_wrong") as stranger, pytest.raises(AuthenticationError):
        stranger.users.me.get()


def test_what_goes_wrong_on_purpose_is_said_in_the_words_of_the_platform(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(operation="users.me.get", status=500))
    with sandbox.client(retry=RetryPolicy(max_attempts=1)) as client, pytest.raises(ServerError) as caught:
        client.users.me.get()

    assert caught.value.code == "INTERNAL_ERROR"


def test_the_same_seed_makes_the_same_ids() -> None:
    ids: list[str] = []
    for _ in range(2):
        with Sandbox() as sandbox, sandbox.client() as client:
            ids.append(client.tasks.create(title="A").id)

    assert ids[0] == ids[1]
    assert ids[0].startswith("task-")


def test_state_survives_in_a_file(tmp_path: Path) -> None:
    db = tmp_path / "state.db"
    with Sandbox(db=db) as sandbox, sandbox.client() as client:
        key = sandbox.api_key()
        client.users.me.upload_avatar(file=("me.png", b"picture", "image/png"))
        project = client.projects.create(name="Shop")

    with Sandbox(db=db) as sandbox, sandbox.client(api_key=key) as client:
        assert client.projects.get(project.id).name == "Shop"
        path = str(client.users.me.get().avatar).partition("/avatars/")[2]
        assert httpx.get(f"{sandbox.url}/avatars/{path}").content == b"picture"


def test_a_file_lets_in_whoever_is_to_have_an_account_now(tmp_path: Path) -> None:
    with Sandbox(db=tmp_path / "state.db"):
        pass

    boss = Account("boss@example.com", "pw", role="admin")
    with Sandbox(db=tmp_path / "state.db", users=[boss]) as sandbox, sandbox.client() as client:
        names = sorted(user.name for user in client.users.list())

    assert names == ["Administrator", "John Doe", "boss"]


def test_a_snapshot_is_gone_back_to_with_all_that_there_was(api: Caller) -> None:
    sandbox = api.sandbox
    user = api.upload("/users/me/avatar", ("me.png", b"one", "image/png")).json()["data"]
    sandbox.snapshot("before")
    api.upload("/users/me/avatar", ("me.png", b"two", "image/png"))
    api.made("/projects", {"name": "Shop"})

    sandbox.restore("before")

    assert api.fetched("/projects") == []
    assert api.fetched("/users/me")["avatar"] == user["avatar"]
    assert api.http.get(user["avatar"]).content == b"one"


def test_a_reset_brings_back_the_users_and_nothing_else(sandbox: Sandbox, api: Caller) -> None:
    api.made("/projects", {"name": "Shop"})
    api.upload("/users/me/avatar", ("me.png", b"one", "image/png"))
    user_id = api.fetched("/users/me")["id"]

    sandbox.reset()
    fresh = api.with_headers(**{"X-API-Key": sandbox.api_key()})

    assert fresh.fetched("/projects") == []
    assert len(fresh.fetched("/users")) == 2
    assert api.http.get(f"{sandbox.url}/avatars/{user_id}").status_code == 404


def test_an_event_is_triggered_and_shown_by_the_controls(sandbox: Sandbox, http: httpx.Client) -> None:
    event_id = sandbox.trigger("task.completed", data={"title": "Mine"})

    shown = http.get(f"{sandbox.url}/_sandbox/events").json()

    assert len(shown["names"]) == 10
    assert (shown["events"][-1]["id"], shown["events"][-1]["data"]["title"]) == (event_id, "Mine")
    with pytest.raises(ValueError, match=r"Did you mean task.completed"):
        sandbox.trigger("task.complete")


def test_endpoints_are_made_without_a_token(sandbox: Sandbox, http: httpx.Client) -> None:
    controls = f"{sandbox.url}/_sandbox"
    url = "http://127.0.0.1:9/hooks"

    made = http.post(f"{controls}/endpoints", json={"url": url, "events": ["task.created"]}).json()
    named = http.post(f"{controls}/events", json={"event": "task.created", "namespace": "user_1"})
    removed = http.delete(f"{controls}/endpoints", params={"id": made["id"]})
    again = http.delete(f"{controls}/endpoints", params={"id": made["id"]})

    assert made["url"] == url
    assert made["secret"]
    assert (named.status_code, "no namespaces" in named.json()["error"]) == (400, True)
    assert (removed.status_code, again.status_code) == (200, 400)


@pytest.mark.parametrize("wrong", [{"users": []}, {"allow_hosts": "example.com"}, {"steps": 0}])
def test_a_setting_that_makes_no_sense_is_told(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"user|brackets|step"):
        Sandbox(**wrong)  # type: ignore[arg-type]  # as somebody without a type checker writes it


def test_health_of_the_controls_says_where_the_api_is(sandbox: Sandbox, http: httpx.Client) -> None:
    health = http.get(f"{sandbox.url}/_sandbox/health").json()

    assert (health["operations"], health["base_urls"]) == (41, {"api": sandbox.url})
