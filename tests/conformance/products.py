"""The platforms that the rules hold for, and what each does not have: rules about that are not asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import coordinaitor
import interactor
from tandem import TandemError


@dataclass(frozen=True, eq=False)
class Product:
    """One platform as the rules see it: a kind of object that can be read, created and updated by its id."""

    package: ModuleType
    client: type[Any]
    async_client: type[Any]
    credentials: Mapping[str, Any]
    servers: tuple[str, ...]
    """The settings that take URLs."""
    resource: str
    token_path: str
    collection: str
    """Where the objects are."""
    template: str
    """The path of one, as errors and log lines have it."""
    fields: Mapping[str, Any]
    """What one is created with: both the keywords and the body."""
    new: Mapping[str, Any]
    """What one is updated with."""
    root: type[TandemError]
    number: str
    """A field of an object that holds any number."""
    stateful: str
    """The resource whose objects have a status."""
    refusals: frozenset[int]
    """The statuses after which a write without a key is sent again."""
    lacks: Mapping[str, str]
    """What it does not have, and why."""

    def __str__(self) -> str:
        return self.package.__name__

    def settings(self, url: str) -> dict[str, Any]:
        """What a client of a server at this URL is made with."""
        return {**self.credentials, **self.at(url)}

    def at(self, url: str) -> dict[str, Any]:
        """The settings that name the servers."""
        return dict.fromkeys(self.servers, url)

    def objects(self, client: Any) -> Any:
        """The resource."""
        return getattr(client, self.resource)

    def read(self, client: Any, thing: Any = "asst_1", **options: Any) -> Any:
        """A safe call."""
        return self.objects(client).get(thing, **options)

    def create(self, client: Any, **options: Any) -> Any:
        """A write, with a key where the platform has keys."""
        return self.objects(client).create(**{**self.fields, **options})

    def update(self, client: Any, thing: Any = "asst_1", **options: Any) -> Any:
        """A write without a key."""
        return self.objects(client).update(thing, **self.new, **options)

    def name_of(self, found: Any) -> Any:
        """What an object is called."""
        return getattr(found, min(self.new))


INTERACTOR = Product(
    package=interactor,
    client=interactor.InteractorClient,
    async_client=interactor.AsyncInteractorClient,
    credentials={"client_id": "client_1", "client_secret": "canary-secret", "namespace": "user_1", "scopes": ()},
    servers=("account_server_url", "core_api_url"),
    resource="assistants",
    token_path="/oauth/token",
    collection="/assistants",
    template="/assistants/{assistant_id}",
    fields={"name": "Support", "model": "gpt-4", "system_prompt": "Be brief."},
    new={"name": "New"},
    root=interactor.InteractorError,
    number="temperature",
    stateful="credentials",
    refusals=frozenset({429}),
    lacks={"api key": "It knows access tokens alone."},
)
COORDINAITOR = Product(
    package=coordinaitor,
    client=coordinaitor.OrchestratorClient,
    async_client=coordinaitor.AsyncOrchestratorClient,
    credentials={"email": "john@example.com", "password": "canary-secret"},
    servers=("base_url",),
    resource="tasks",
    token_path="/api/v1/auth/login",
    collection="/api/v1/tasks",
    template="/api/v1/tasks/{taskId}",
    fields={"title": "Build it", "description": "From scratch."},
    new={"title": "New"},
    root=coordinaitor.OrchestratorError,
    number="progress",
    stateful="tasks",
    refusals=frozenset({429, 503}),
    lacks={
        "keys": "It has no idempotency keys: whether a write is sent again is for `refusals` to say.",
        "namespaces": "Whoever calls belongs to one organization; nothing in a call names it.",
        "event streams": "Its live updates are messages of a WebSocket: tests/live.",
        "unions": "No reply to a call is one of several kinds of objects.",
        "two servers": "Tokens and objects come from one server.",
        "one token": "It gives refresh tokens, which are good for one use: tests/coordinaitor/test_sessions.",
    },
)
PRODUCTS = (INTERACTOR, COORDINAITOR)


def having(*needs: str) -> list[Product]:
    """The platforms that have all of this."""
    return [each for each in PRODUCTS if each.lacks.keys().isdisjoint(needs)]


SLOW: Mapping[str, str] = {
    "test_time": "It waits for time to pass, and clocks know no platform.",
    "test_ceiling": "It fills the memory, and so much of a machine is not there twice.",
    "test_life": "It makes thousands of connections, which know no platform.",
}
"""Modules that run for the first platform alone unless everything is to be proven, and why."""
