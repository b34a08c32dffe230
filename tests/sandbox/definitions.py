"""Workflow definitions that tests run."""

from __future__ import annotations

from typing import Any

from .calling import Caller

APPROVAL: dict[str, Any] = {
    "name": "approval_workflow",
    "initial_state": "request",
    "ai_guidance": "Asks a manager.",
    "states": {
        "request": {
            "type": "action",
            "logic": {"type": "script", "code": "console.log('asked for', input.amount); return {...input}"},
            "transitions": [
                {"target": "approved", "condition": {"field": "amount", "operator": "lte", "value": 100}},
                {"target": "await_approval"},
            ],
        },
        "await_approval": {
            "type": "halting",
            "presentation": {
                "type": "form",
                "title": "Approval of ${workflow_data.amount}",
                "fields": [
                    {"name": "approved", "type": "boolean", "label": "Approve?"},
                    {"name": "limit", "type": "number", "default": "${workflow_data.amount}"},
                ],
            },
            "transitions": [
                {"target": "await_chief", "condition": {"field": "approved", "equals": "by the chief"}},
                {"target": "approved", "condition": {"field": "approved", "equals": True}},
                {"target": "rejected", "condition": {"field": "approved", "equals": False}},
                {"target": "approved", "event": "paid"},
            ],
        },
        "await_chief": {
            "type": "halting",
            "halting_instructions": {"instruction": "Tell what is asked for.", "include_data": ["amount"]},
            "transition_mode": "selection",
            "transitions": [
                {"key": "yes", "to": "approved", "description": "Approve"},
                {"key": "no", "to": "rejected"},
            ],
        },
        "approved": {
            "type": "terminal",
            "on_enter": {"type": "http", "method": "POST", "url": "https://yourapp.com/approved"},
        },
        "rejected": {"type": "terminal"},
    },
}

DEAD_END: dict[str, Any] = {
    "name": "dead_end",
    "initial_state": "start",
    "states": {
        "start": {
            "type": "action",
            "transitions": [{"target": "end", "condition": {"field": "ready", "equals": True}}],
        },
        "end": {"type": "terminal"},
    },
}

CIRCLE: dict[str, Any] = {
    "name": "circle",
    "initial_state": "round",
    "states": {"round": {"type": "action", "transitions": [{"target": "round"}]}},
}


def publish(api: Caller, definition: dict[str, Any] | None = None) -> dict[str, Any]:
    """A workflow whose first version is published; the workflow as `workflows.get` has it."""
    version = api.made("/workflows", APPROVAL if definition is None else definition)
    api.made(f"/workflows/{version['name']}/versions/{version['version_id']}/publish")
    workflow: dict[str, Any] = api.fetched(f"/workflows/{version['name']}")
    return workflow


def started(api: Caller, name: str = "approval_workflow", **given: Any) -> dict[str, Any]:
    """An instance of a published workflow."""
    instance: dict[str, Any] = api.made(f"/workflows/{name}/instances", {"input": given})
    return instance


def halted(api: Caller) -> dict[str, Any]:
    """An instance of the approval workflow that waits for an approval."""
    publish(api)
    return started(api, amount=5000)
