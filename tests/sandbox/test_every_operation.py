"""One walk through each document: every operation answers with its documented success, and a valid reply."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

import coordinaitor.sandbox
import interactor.sandbox
from tests.coordinaitor_sandbox import walking

from .calling import Caller, data_of, token_of
from .definitions import publish
from .test_assistants import WEATHER
from .test_oauth_flow import REQUEST, connected

BOT = {"name": "Support", "model": "gpt-4", "system_prompt": "Be brief."}
HOOK = {"url": "https://app.example.com/hooks", "events": ["workflow.instance.halted"]}


def walk(sandbox: interactor.sandbox.Sandbox, http: httpx.Client) -> None:
    """Through all of Interactor."""
    api = Caller(sandbox, http, token_of(sandbox, http)["access_token"], "user_1")
    tool, source = tools_and_sources(api)
    rooms(api, tool, source)
    workflows(api)
    webhooks(api)
    credentials(api)
    tokens(api)


@pytest.mark.parametrize(
    ("make", "walk", "count"),
    [(interactor.sandbox.Sandbox, walk, 71), (coordinaitor.sandbox.Sandbox, walking.walk, 41)],
    ids=["interactor", "coordinaitor"],
)
def test_every_operation_of_the_document_is_answered(
    make: Callable[[], Any],
    walk: Callable[[Any, httpx.Client], None],
    count: int,
    http: httpx.Client,
) -> None:
    with make() as sandbox:
        walk(sandbox, http)
        entries = sandbox.journal.entries()
        operations = {operation.name: operation for operation in sandbox.platform.api.operations}

    succeeded = {
        entry.operation
        for entry in entries
        if entry.operation in operations and entry.status == operations[entry.operation].success_status
    }
    assert succeeded == set(operations)
    assert len(operations) == count
    assert not [entry.violations for entry in entries if entry.violations]


def tools_and_sources(api: Caller) -> tuple[str, str]:
    tool = api.made("/tools", WEATHER)["id"]
    api.patch(f"/tools/{tool}", {"description": "Weather, now."})
    api.fetched(f"/tools/{tool}")
    api.fetched("/tools")
    api.delete(f"/tools/{api.made('/tools', WEATHER)['id']}")
    source = api.made("/data-sources", {"name": "Help", "type": "url", "config": {}})["id"]
    api.made(f"/data-sources/{source}/sync")
    api.patch(f"/data-sources/{source}", {"name": "Help pages"})
    api.fetched(f"/data-sources/{source}")
    api.fetched("/data-sources")
    spare = api.made("/data-sources", {"name": "Shop", "type": "file", "config": {}})["id"]
    api.delete(f"/data-sources/{spare}")
    return tool, source


def rooms(api: Caller, tool: str, source: str) -> None:
    bot = api.made("/assistants", {**BOT, "tools": [tool], "data_sources": [source]})["id"]
    api.patch(f"/assistants/{bot}", {"temperature": 0})
    api.fetched(f"/assistants/{bot}")
    api.fetched("/assistants")
    room = api.made("/rooms", {"assistant_id": bot})["id"]
    api.patch(f"/rooms/{room}", {"metadata": {"topic": "Order"}})
    api.fetched(f"/rooms/{room}")
    api.fetched("/rooms")
    call = api.made(f"/rooms/{room}/messages", {"content": "get_weather"})["tool_calls"][0]
    api.made(f"/rooms/{room}/tool-results", {"tool_call_id": call["id"], "result": [1]})
    api.fetched(f"/rooms/{room}/messages")
    with api.stream(f"/rooms/{room}/stream", last_event_id="0") as events:
        events.until("message.complete")
    api.delete(f"/rooms/{room}")
    api.delete(f"/assistants/{bot}")


def workflows(api: Caller) -> None:
    workflow = publish(api)
    name = workflow["name"]
    api.made("/workflows/validate", {"name": name})
    for path in ("/workflows", f"/workflows/{name}/versions", "/workflows/errors"):
        api.fetched(path)
    first, second = (api.made(f"/workflows/{name}/instances", {"input": {"amount": 500}})["id"] for _ in range(2))
    below = f"/workflows/instances/{first}"
    event = api.fetched(f"{below}/history")["events"][0]["id"]
    for path in ("/workflows/instances", below, f"{below}/threads", f"{below}/events/{event}"):
        api.fetched(path)
    api.made(f"{below}/resume", {"input": {"approved": "by the chief"}})
    api.made(f"{below}/threads/thread_main/resume", {"input": {"choice": "yes"}})
    api.made(f"/workflows/instances/{second}/cancel")
    flat_instances(api, workflow["id"])
    api.delete(f"/workflows/{name}")


def flat_instances(api: Caller, workflow_id: str) -> None:
    ids = [api.made("/workflow-instances", {"workflow_id": workflow_id})["id"] for _ in range(3)]
    below = [f"/workflow-instances/{instance_id}" for instance_id in ids]
    for path in ("/workflow-instances", below[0], f"{below[0]}/thread"):
        api.fetched(path)
    api.made(f"{below[0]}/thread/messages", {"content": "Who asked?"})
    with api.stream(f"{below[0]}/stream", last_event_id="0") as events:
        events.until("workflow.halted")
    api.made(f"{below[0]}/input", {"approved": True})
    api.made(f"{below[1]}/events", {"event": "paid"})
    api.made(f"{below[2]}/cancel")


def webhooks(api: Caller) -> None:
    webhook = api.made("/webhooks", HOOK)["id"]
    api.patch(f"/webhooks/{webhook}", {"active": False})
    api.made(f"/webhooks/{webhook}/rotate-secret")
    api.fetched(f"/webhooks/{webhook}")
    api.fetched("/webhooks")
    api.delete(f"/webhooks/{webhook}")
    subscription = api.made("/webhooks/subscriptions", HOOK)["id"]
    api.fetched("/webhooks/subscriptions")
    api.delete(f"/webhooks/subscriptions/{subscription}")


def credentials(api: Caller) -> None:
    flow = api.made("/oauth/initiate", REQUEST)
    credential = connected(api, flow)["id"]
    api.fetched(f"/oauth/status/{flow['flow_id']}")
    api.fetched("/credentials")
    api.fetched(f"/credentials/{credential}")
    api.fetched(f"/credentials/{credential}/token")
    api.made(f"/credentials/{credential}/refresh")
    api.delete(f"/credentials/{credential}")


def tokens(api: Caller) -> None:
    proof = {"client_id": api.sandbox.client_id, "client_secret": api.sandbox.client_secret}
    account = api.sandbox.account_url
    token = data_of(api.http.post(f"{account}/oauth/token", json={"grant_type": "client_credentials", **proof}))
    api.http.get(f"{account}/oauth/jwks")
    api.http.post(f"{account}/oauth/revoke", json={"token": token["access_token"], **proof})
