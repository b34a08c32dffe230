"""The API in parts that are fuzzed together: what one of them makes, the others work with."""

from __future__ import annotations

from tandem.sandbox import ApiOperation

# By the first word of a resource.
CONVERSATIONS = ("oauth", "credentials", "assistants", "rooms", "tools", "data_sources")
AUTOMATION = ("workflows", "workflow_instances", "webhooks")

# Resources by journey.
JOURNEYS = {
    "credentials": {"oauth", "credentials"},
    "rooms": {"assistants", "rooms", "rooms.messages"},
    "tools": {"tools"},
    "data_sources": {"data_sources"},
    "workflows": {"workflows", "workflows.versions"},
    "instances": {"workflows.instances", "workflows.instances.threads"},
    "workflow_instances": {"workflow_instances"},
    "webhooks": {"webhooks"},
    "subscriptions": {"webhooks.subscriptions"},
}

# The same for the second platform: what its document's links lead to.
ORCHESTRATOR_JOURNEYS = {
    "tasks": {"tasks"},
    "agents": {"agents", "agents.tasks"},
    "projects": {"projects", "projects.tasks", "projects.members"},
}


def resource_of(operation: ApiOperation) -> str:
    """`rooms.messages` of `rooms.messages.list`."""
    return operation.name.rpartition(".")[0]


def is_in(operation: ApiOperation, words: tuple[str, ...]) -> bool:
    """Whether an operation of the core API, but for streams, is about one of these."""
    return operation.host == "core" and not operation.stream and operation.name.split(".")[0] in words


def is_on(operation: ApiOperation, journey: str) -> bool:
    """Whether a journey comes by an operation."""
    return operation.host == "core" and not operation.stream and resource_of(operation) in JOURNEYS[journey]
