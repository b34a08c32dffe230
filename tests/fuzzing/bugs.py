"""Bugs for a sandbox, to see whether they are found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interactor.sandbox import Sandbox
from tandem.sandbox import Context, RawReply, Registry

Handler = Callable[[Context], Any]


def plant(sandbox: Sandbox, bugs: dict[str, Handler]) -> None:
    """Let these handlers answer instead of the right ones. Before the sandbox starts."""
    sound = sandbox.platform.registry
    registry = Registry()
    for operation in sandbox.platform.api.operations:
        registry.handles(operation.name)(bugs.get(operation.name) or sound.handler(operation.name))
    for page in sound.pages:
        registry.page(page.method, page.path)(page.handler)
    sandbox.platform.registry = registry


def open_to_anybody(sandbox: Sandbox, name: str) -> None:
    """Let an operation ask for no token."""
    for operation in sandbox.platform.api.operations:
        if operation.name == name:
            operation.scopes = ()


def crash_for_callbacks(sandbox: Sandbox) -> Handler:
    """`tools.create` that cannot cope with a URL for callbacks."""
    create = sandbox.platform.registry.handler("tools.create")

    def crash(ctx: Context) -> Any:
        if ctx.body.get("callback_url"):
            raise ZeroDivisionError
        return create(ctx)

    return crash


def lie(ctx: Context) -> RawReply:
    """`tools.get` with a reply that the sandbox itself does not look at."""
    return RawReply(b'{"data": {"id": 7}}', "application/json")


def babble(ctx: Context) -> RawReply:
    """`rooms.stream` with an event that nobody knows."""
    return RawReply(b'id: 1\nevent: weather\ndata: {"type": "weather"}\n\n', "text/event-stream")


def keep(ctx: Context) -> None:
    """`tools.delete` that deletes nothing."""


def forget(ctx: Context) -> dict[str, Any]:
    """`data_sources.create` that keeps nothing."""
    made = {name: ctx.body[name] for name in ("name", "type", "config")}
    return {"id": ctx.ids.new("ds"), "semantic_mappings": [], **made}
