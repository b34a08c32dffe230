"""The `Sandbox` class: where it is, its clients, its controls."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from interactor import InvalidRequestError, MessageComplete, MessageDelta
from interactor.sandbox import Fault, Sandbox
from tandem.sandbox import SandboxError, UnknownSnapshotError

from .calling import Caller, token_of

BOT: dict[str, Any] = {"name": "Support", "model": "gpt-4", "system_prompt": "Be brief."}


def test_a_sandbox_is_up_inside_of_its_block_and_gone_afterwards() -> None:
    with Sandbox() as sandbox:
        health = httpx.get(f"{sandbox.url}/_sandbox/health").json()

    assert health["operations"] == 71
    assert health["base_urls"] == {"account": sandbox_url(health, "account"), "core": sandbox_url(health, "core")}
    with pytest.raises(httpx.ConnectError):
        httpx.get(health["base_urls"]["core"])


def sandbox_url(health: dict[str, Any], host: str) -> str:
    return f"{health['base_urls'][host].partition(f'/{host}/')[0]}/{host}/api/v1"


def test_a_closed_sandbox_says_so() -> None:
    with Sandbox() as sandbox:
        pass

    assert repr(sandbox) == "<Sandbox closed>"
    with pytest.raises(SandboxError, match="Make another one"):
        _ = sandbox.url


def test_clients_close_with_their_sandbox() -> None:
    with Sandbox() as sandbox:
        client = sandbox.client(namespace="user_1")
        client.assistants.create(**BOT)

    with pytest.raises(InvalidRequestError):
        client.assistants.create(**BOT)


def test_asynchronous_clients_close_with_their_sandbox() -> None:
    async def use() -> None:
        async with Sandbox() as sandbox:
            client = sandbox.async_client(namespace="user_1")
            await client.assistants.create(**BOT)
        with pytest.raises(InvalidRequestError):
            await client.assistants.create(**BOT)

    asyncio.run(use())


def test_in_process_clients_need_no_server() -> None:
    sandbox = Sandbox()
    bot = sandbox.client(namespace="user_1", in_process=True).assistants.create(**BOT)

    async def read() -> str:
        client = sandbox.async_client(namespace="user_1", in_process=True)
        return (await client.assistants.get(bot.id)).name

    assert asyncio.run(read()) == "Support"
    assert repr(sandbox) == "<Sandbox not started>"
    sandbox.close()


def test_streams_work_in_process() -> None:
    sandbox = Sandbox()
    client = sandbox.client(namespace="user_1", in_process=True)
    room = client.rooms.create(assistant_id=client.assistants.create(**BOT).id)

    with client.rooms.stream(room.id) as events:
        answer = client.rooms.messages.send(room.id, content="Hello")
        heard: list[str] = []
        for event in events:
            if isinstance(event, MessageComplete):
                break
            assert isinstance(event, MessageDelta)
            heard.append(event.content)

    sandbox.close()
    assert "".join(heard) == answer.content


def test_a_client_takes_the_settings_of_the_real_one(sandbox: Sandbox) -> None:
    client = sandbox.client(namespace="user_1", scopes=["rooms:read"], timeout=5)

    assert client.namespace == "user_1"
    assert client.rooms.list().first_page().items == []


def test_the_same_seed_makes_the_same_sandbox() -> None:
    assert made_by(Sandbox(seed=7)) == made_by(Sandbox(seed=7)) != made_by(Sandbox(seed=8))


def test_without_a_seed_every_sandbox_is_another() -> None:
    assert made_by(Sandbox(seed=None)) != made_by(Sandbox(seed=None))


def made_by(sandbox: Sandbox) -> tuple[str, str, str]:
    """What a sandbox makes up: a secret, an id and an answer."""
    client = sandbox.client(namespace="user_1", in_process=True)
    bot = client.assistants.create(**BOT)
    room = client.rooms.create(assistant_id=bot.id)
    said = client.rooms.messages.send(room.id, content="Hello")
    secret = sandbox.client_secret
    sandbox.close()
    return secret, bot.id, f"{said.id} {said.content}"


def test_a_reset_forgets_the_data_and_keeps_the_client(api: Caller) -> None:
    api.made("/assistants", BOT)
    secret = api.sandbox.client_secret

    api.sandbox.reset()

    assert api.fetched("/assistants") == []
    assert api.sandbox.client_secret == secret


def test_a_random_secret_survives_a_reset_too() -> None:
    sandbox = Sandbox(seed=None)
    secret = sandbox.client_secret

    sandbox.reset()

    assert sandbox.client_secret == secret
    sandbox.close()


def test_a_snapshot_brings_data_and_time_back(api: Caller) -> None:
    bot = api.made("/assistants", BOT)
    before = api.sandbox.clock.now()
    api.sandbox.snapshot("with a bot")
    api.delete(f"/assistants/{bot['id']}")
    api.sandbox.clock.advance(1000)

    api.sandbox.restore("with a bot")

    assert api.fetched("/assistants") == [bot]
    assert api.sandbox.clock.now() - before < 500


def test_an_unknown_snapshot_is_named(sandbox: Sandbox) -> None:
    with pytest.raises(UnknownSnapshotError, match="never taken"):
        sandbox.restore("never taken")


def test_faults_go_wrong_as_told_and_as_often(api: Caller) -> None:
    api.sandbox.faults.add(Fault(path="/assistants*", status=503, times=2))

    replies = [api.get("/assistants") for _ in range(3)]

    assert [reply.status_code for reply in replies] == [503, 503, 200]
    assert replies[0].json()["error"]["code"] == "API_ERROR"
    assert replies[0].headers["retry-after"] == "1"


def test_the_journal_tells_what_was_asked(api: Caller) -> None:
    api.get("/rooms", page=2)

    entry = api.sandbox.journal.entries(operation="rooms.list")[-1]

    assert (entry.status, entry.namespace, entry.client_id) == (200, "user_1", "sandbox_client")
    assert entry.query == {"page": "2"}


def test_a_client_may_have_only_scopes_that_exist(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="rooms:fly"):
        sandbox.add_client("pilot", scopes=["rooms:fly"])


def test_data_and_tokens_outlive_a_sandbox_with_a_file(tmp_path: Path, http: httpx.Client) -> None:
    with Sandbox(db=tmp_path / "sandbox.db", seed=None) as first:
        caller = Caller(first, http, token_of(first, http)["access_token"], "user_1")
        bot, secret = caller.made("/assistants", BOT), first.client_secret
        first.clock.advance(60)

    with Sandbox(db=tmp_path / "sandbox.db", seed=None) as second:
        again = Caller(second, http, caller.token, "user_1")
        found = again.fetched("/assistants")
        another = again.made("/assistants", BOT)

        assert found == [bot]
        assert another["id"] != bot["id"]
        assert second.client_secret == secret
        assert second.clock.offset >= 60
