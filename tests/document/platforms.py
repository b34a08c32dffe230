"""What each platform's document has to say: the facts that the tests hold it to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import yaml

from .walking import Json

FOLDER = Path(__file__).parents[2] / "openapi"
CRUD = ("create", "list", "get", "update", "delete")


@dataclass(frozen=True, kw_only=True)
class Platform:
    """One document with what is known of it from elsewhere."""

    name: str
    count: int
    """How many operations it has."""
    methods: Mapping[str, tuple[str, ...]]
    root: Json
    hosts: Mapping[str, tuple[str, ...]]
    """The servers by host; those of the root come first."""
    without_token: frozenset[str]
    by_page: frozenset[str]
    by_cursor: frozenset[str] = frozenset()
    page_parameters: frozenset[str]
    page_info: Mapping[str, str]
    """What a page of a list has beside its items: the field and its schema."""
    empty: frozenset[str]
    """Operations that answer without a body."""
    arrays: frozenset[str] = frozenset()
    """Operations whose result is an array that has no pages."""
    statuses: Mapping[str, str]
    """Replies other than 200 and 204, beside the 201 of every `create`."""
    results: Mapping[str, str]
    """Where the result does not stand under the envelope."""
    bodies: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: frozenset[str]
    secrets: frozenset[str]
    events: int
    """How many webhook events it announces."""

    @property
    def names(self) -> frozenset[str]:
        """Every operation: `tasks.list`."""
        return frozenset(f"{resource}.{method}" for resource, methods in self.methods.items() for method in methods)

    @cached_property
    def source(self) -> str:
        """The document as it is written."""
        return (FOLDER / f"{self.name}.yaml").read_text(encoding="utf-8")

    @cached_property
    def document(self) -> Json:
        """The document as it is read."""
        parsed: Json = yaml.load(self.source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return parsed


_INTERACTOR: dict[str, tuple[str, ...]] = {
    "oauth": ("token", "revoke", "jwks", "initiate", "callback", "status"),
    "credentials": ("list", "get", "token", "delete", "refresh"),
    "assistants": CRUD,
    "rooms": (*CRUD, "stream", "submit_tool_result"),
    "rooms.messages": ("send", "list"),
    "tools": CRUD,
    "data_sources": (*CRUD, "sync"),
    "workflows": ("create", "validate", "list", "get", "delete", "errors"),
    "workflows.versions": ("list", "publish"),
    "workflows.instances": ("create", "list", "get", "resume", "cancel", "history", "event"),
    "workflows.instances.threads": ("list", "resume"),
    "workflow_instances": (
        "start",
        "list",
        "get",
        "input",
        "trigger_event",
        "cancel",
        "thread",
        "send_message",
        "stream",
    ),
    "webhooks": (*CRUD, "rotate_secret"),
    "webhooks.subscriptions": ("create", "list", "delete"),
}
_COORDINAITOR: dict[str, tuple[str, ...]] = {
    "auth": ("login", "refresh", "logout", "create_api_key", "oauth_token"),
    "tasks": ("list", "create", "get", "replace", "update", "delete", "assign", "comment", "upload_file"),
    "agents": ("list", "create", "get", "replace", "enable", "disable", "metrics"),
    "agents.tasks": ("list",),
    "projects": ("list", "create", "get", "replace", "delete"),
    "projects.tasks": ("list",),
    "projects.members": ("add", "remove"),
    "users": ("list",),
    "users.me": ("get", "replace", "upload_avatar"),
    "users.me.notifications": ("list", "mark_read"),
    "system": ("health", "metrics", "logs", "status"),
    "webhooks": ("create",),
}


def ending(methods: Mapping[str, tuple[str, ...]], method: str) -> frozenset[str]:
    """The operations of this name, such as every `list`."""
    return frozenset(f"{resource}.{method}" for resource, given in methods.items() if method in given)


INTERACTOR = Platform(
    name="interactor",
    count=71,
    methods=_INTERACTOR,
    root={"package": "interactor_api", "title": "Interactor", "error": "InteractorError", "envelope": "data"},
    hosts={
        "core": ("https://core.interactor.com/api/v1", "https://sandbox-core.interactor.com/api/v1"),
        "account": ("https://auth.interactor.com/api/v1", "https://sandbox-auth.interactor.com/api/v1"),
    },
    without_token=frozenset({"oauth.token", "oauth.revoke", "oauth.jwks"}),
    by_page=ending(_INTERACTOR, "list"),
    by_cursor=frozenset({"workflows.errors", "workflows.instances.history"}),
    page_parameters=frozenset({"page", "per_page"}),
    page_info={"meta": "PageMeta"},
    empty=ending(_INTERACTOR, "delete") | {"oauth.revoke"},
    statuses={
        "rooms.messages.send": "201",
        "rooms.submit_tool_result": "201",
        "workflow_instances.start": "201",
        "workflow_instances.send_message": "201",
        "data_sources.sync": "202",
    },
    results={"oauth.jwks": ""},
    bodies={"workflow_instances.input": "input"},
    headers=frozenset(
        {
            "X-Request-Id",
            "X-RateLimit-Limit",
            "X-RateLimit-Remaining",
            "X-RateLimit-Reset",
            "X-RateLimit-Scope",
            "Deprecation",
            "Sunset",
            "Link",
            "Retry-After",
        }
    ),
    secrets=frozenset({"access_token", "refresh_token", "client_secret", "secret"}),
    events=17,
)
COORDINAITOR = Platform(
    name="coordinaitor",
    count=41,
    methods=_COORDINAITOR,
    root={"package": "coordinaitor_api", "title": "CoordinAItor", "error": "OrchestratorError", "envelope": "data"},
    hosts={"api": ("http://localhost:3000", "https://api.orchestrator.com")},
    without_token=frozenset({"auth.login", "auth.refresh", "auth.oauth_token"}),
    by_page=ending(_COORDINAITOR, "list"),
    page_parameters=frozenset({"page", "limit"}),
    page_info={"pagination": "Pagination", "links": "PageLinks", "meta": "ReplyMeta"},
    empty=ending(_COORDINAITOR, "delete") | {"projects.members.remove", "auth.logout"},
    arrays=frozenset({"system.logs"}),
    statuses=dict.fromkeys(
        ("auth.create_api_key", "tasks.comment", "tasks.upload_file", "projects.members.add"), "201"
    ),
    results={"auth.oauth_token": ""},
    headers=frozenset(
        {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-RateLimit-Window", "Retry-After"}
    ),
    secrets=frozenset(
        {
            "accessToken",
            "refreshToken",
            "password",
            "key",
            "secret",
            "code",
            "access_token",
            "refresh_token",
            "client_secret",
        }
    ),
    events=10,
)
PLATFORMS = (INTERACTOR, COORDINAITOR)
