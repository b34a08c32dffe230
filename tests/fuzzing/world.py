"""A sandbox in which somebody has lived already: what the document's examples speak of is there to be met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from interactor import InteractorClient
from interactor.sandbox import Sandbox
from tandem.sandbox import Ids, LocalSandbox

from .examples import APPLICATION, DRAFT, EVENT, FIRST, HISTORY, NAMESPACE, TOOL, WORKFLOW

_SETTINGS = Path(__file__).with_name("interactor.toml")
_CREDENTIALS = 12
_INSTANCES = 30


@dataclass(frozen=True, slots=True)
class World:
    """A furnished sandbox, a token to act in it, and what is in it by the names of the settings' dictionaries.

    `settings` are those of this platform alone.
    """

    sandbox: LocalSandbox[Any]
    token: str = field(repr=False)
    words: Mapping[str, Sequence[str]]
    settings: Path

    def url(self, host: str) -> str:
        """Where the operations of a host live."""
        return f"{self.sandbox.url}{self.sandbox.platform.base_path(host)}"


class ExampleIds(Ids):
    """Gives the ids of examples first, each of them once."""

    def __init__(self, ids: Ids, examples: Mapping[str, str]) -> None:
        super().__init__()
        self._ids = ids
        self._examples = dict(examples)

    def new(self, prefix: str, size: int = 20) -> str:
        return self._examples.pop(prefix, None) or self._ids.new(prefix, size)


def furnish(sandbox: Sandbox) -> World:
    """Fill a sandbox. The token acts for one namespace, so that requests without one are about the same things."""
    sandbox.start()
    sandbox.platform.ids = ExampleIds(sandbox.platform.ids, FIRST)
    application = sandbox.add_client(APPLICATION, namespaces=[NAMESPACE])
    client = sandbox.client(client_id=application.client_id, client_secret=application.client_secret)
    _connect(client)
    _hook(client)
    rooms = [_room(client) for _ in range(2)]
    workflow = _workflow(client)
    sandbox.platform.ids = ExampleIds(sandbox.platform.ids, HISTORY)
    words = {
        "namespaces": [NAMESPACE],
        "rooms": rooms,
        "assistants": [client.rooms.get(room).assistant_id for room in rooms],
        "contents": [TOOL],
        "workflows": [workflow],
        "instances": [client.workflows.instances.create(workflow).id for _ in range(_INSTANCES)],
    }
    _draft(sandbox, client)
    return World(sandbox, client.auth.token().reveal(), words, _SETTINGS)


def _connect(client: InteractorClient) -> None:
    """Credentials, each of them with the consent flow that it came from."""
    for _ in range(_CREDENTIALS):
        flow = client.oauth.initiate(provider="google", redirect_uri="https://app.example.com/connected")
        httpx.post(flow.authorization_url, data={"decision": "approve"})


def _hook(client: InteractorClient) -> None:
    client.webhooks.create(url="https://app.example.com/hooks", events=["room.message.created"])
    client.webhooks.subscriptions.create(url="https://app.example.com/hooks", events=["workflow.instance.halted"])
    client.data_sources.create(name="Help", type="url", config={})


def _room(client: InteractorClient) -> str:
    """A room whose assistant asks for a tool whenever a message names it, and has done so."""
    tool = client.tools.create(name=TOOL, description="The weather in a city.", parameters={"type": "object"})
    bot = client.assistants.create(name="Weather", model="gpt-4", system_prompt="Be brief.", tools=[tool.id])
    room = client.rooms.create(assistant_id=bot.id)
    client.rooms.messages.send(room.id, content=TOOL)
    return room.id


def _workflow(client: InteractorClient) -> str:
    """A published workflow that waits, whatever it is told, for more."""
    wait = {"type": "halting", "transitions": [{"target": "wait"}, {"target": "wait", "event": EVENT}]}
    version = client.workflows.create(name=WORKFLOW, initial_state="wait", states={"wait": wait})
    client.workflows.versions.publish(WORKFLOW, version.version_id)
    return WORKFLOW


def _draft(sandbox: Sandbox, client: InteractorClient) -> None:
    """Its next version, to be published."""
    sandbox.platform.ids = ExampleIds(sandbox.platform.ids, DRAFT)
    client.workflows.create(name=WORKFLOW, initial_state="end", states={"end": {"type": "terminal"}})
