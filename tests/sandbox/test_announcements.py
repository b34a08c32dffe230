"""Every event of both catalogues is announced when it happens, and is what the document says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import httpx
import pytest

from interactor.sandbox import Sandbox

from .calling import Caller, token_of
from .definitions import DEAD_END, halted, publish, started
from .receiving import Receiver, receiver

DOCUMENT: dict[str, Any] = json.loads(files("interactor_api").joinpath("_document.json").read_text(encoding="utf-8"))
EVENTS = list(DOCUMENT["webhooks"])


@pytest.fixture(scope="module")
def heard() -> Iterator[Receiver]:
    """All that is heard of a short and busy life in one namespace."""
    with receiver() as hooks, Sandbox() as sandbox, httpx.Client(timeout=20) as http:
        api = Caller(sandbox, http, token_of(sandbox, http)["access_token"], "user_1")
        api.made("/webhooks", {"url": hooks.url, "events": EVENTS})
        talk(api, hooks)
        work(api)
        connect(api, sandbox)
        sandbox.settle()
        yield hooks


def talk(api: Caller, hooks: Receiver) -> None:
    tool = api.made("/tools", {"name": "get_weather", "description": "Weather", "parameters": {"type": "object"}})
    bot = {"name": "Support", "model": "gpt-4", "system_prompt": "Be brief.", "tools": [tool["id"]]}
    room = api.made("/rooms", {"assistant_id": api.made("/assistants", bot)["id"]})
    api.made(f"/rooms/{room['id']}/messages", {"content": "Hello", "stream": True})
    hooks.wait_for("room.message.updated")
    asking = api.made(f"/rooms/{room['id']}/messages", {"content": "get_weather, please"})
    answer = {"tool_call_id": asking["tool_calls"][0]["id"], "result": {"celsius": 7}}
    api.made(f"/rooms/{room['id']}/tool-results", answer)


def work(api: Caller) -> None:
    api.made(f"/workflows/instances/{halted(api)['id']}/resume", {"input": {"approved": True}})
    api.made(f"/workflows/instances/{started(api, amount=900)['id']}/cancel")
    publish(api, DEAD_END)
    started(api, "dead_end")


def connect(api: Caller, sandbox: Sandbox) -> None:
    for refuses in ({}, {"refuse_refresh": "on"}):
        flow = api.made("/oauth/initiate", {"provider": "google", "redirect_uri": "http://localhost/x"})
        api.http.post(flow["authorization_url"], data={"decision": "approve", **refuses})
    kept = api.fetched("/credentials")[-1]
    api.made(f"/credentials/{kept['id']}/refresh")
    api.delete(f"/credentials/{kept['id']}")
    sandbox.clock.advance(hours=2)


@pytest.mark.parametrize("event", EVENTS)
def test_what_happens_is_announced(heard: Receiver, event: str) -> None:
    assert event in heard.events


@pytest.mark.parametrize("event", EVENTS)
def test_an_announcement_is_what_the_document_says(platform: Sandbox, heard: Receiver, event: str) -> None:
    pointer = f"/webhooks/{event}/post/requestBody/content/application~1json/schema"
    told = [got.json for got in heard.received if got.json["event"] == event]

    assert [platform.platform.schemas.check(pointer, body) for body in told] == [[] for _ in told]
    assert {body["namespace"] for body in told} == {"user_1"}


@pytest.mark.parametrize("event", EVENTS)
def test_a_triggered_event_is_what_the_document_says(platform: Sandbox, event: str) -> None:
    namespace = f"triggered_{event}"
    with receiver() as hooks:
        hook = platform.client(namespace).webhooks.create(url=hooks.url, events=[event])
        platform.trigger(event, namespace=namespace)  # other tests listen too, elsewhere
        platform.settle()
        platform.client(namespace).webhooks.delete(hook.id)

    (got,) = hooks.received
    pointer = f"/webhooks/{event}/post/requestBody/content/application~1json/schema"
    assert platform.platform.schemas.check(pointer, got.json) == []


def test_no_announcement_has_a_secret(heard: Receiver) -> None:
    everything = b"".join(got.body for got in heard.received)

    assert b"provider_token" not in everything
    assert b"provider_refresh" not in everything
