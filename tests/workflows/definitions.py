"""The definitions of the workflows guide, and one that holds a bit of everything.

Source: Interactor workflows guide, Create a Workflow Definition, Complete Example, Halting Instructions.
"""

from __future__ import annotations

import copy
from typing import Any

from tandem._json import is_array

Json = dict[str, Any]


def script(code: str = "return {...workflow_data}") -> Json:
    return {"type": "script", "code": code}


def notify(status: str) -> Json:
    return {
        "type": "http",
        "method": "POST",
        "url": "https://app.example.com/hooks/done",
        "body": {"id": "${workflow_data.id}", "status": status},
    }


APPROVAL: Json = {
    "name": "approval_workflow",
    "initial_state": "request",
    "ai_guidance": "Route by amount.",
    "states": {
        "request": {"type": "action", "logic": script(), "transitions": [{"target": "await_approval"}]},
        "await_approval": {
            "type": "halting",
            "presentation": {
                "type": "form",
                "title": "Approval required",
                "fields": [
                    {"name": "approved", "type": "boolean", "label": "Approve?"},
                    {"name": "comment", "type": "string", "label": "Comment", "multiline": True},
                ],
            },
            "transitions": [
                {"target": "approved", "condition": {"field": "approved", "equals": True}},
                {"target": "rejected"},
            ],
        },
        "approved": {"type": "terminal", "on_enter": notify("approved")},
        "rejected": {"type": "terminal", "on_enter": notify("rejected")},
    },
}

PURCHASE: Json = {
    "name": "purchase_approval",
    "initial_state": "submit",
    "ai_guidance": "Up to 1000 by itself, up to 10000 by a manager, above that by the vice president.",
    "states": {
        "submit": {
            "type": "action",
            "logic": script("return {...input, status: 'pending'}"),
            "transitions": [
                {"target": "auto_approved", "condition": {"field": "amount", "operator": "lte", "value": 1000}},
                {"target": "manager_approval", "condition": {"field": "amount", "operator": "lte", "value": 10000}},
                {"target": "manager_approval"},
            ],
        },
        "manager_approval": {
            "type": "halting",
            "presentation": {
                "type": "form",
                "title": "Manager approval required",
                "description": "Purchase of ${workflow_data.description} for $${workflow_data.amount}",
                "fields": [{"name": "approved", "type": "boolean", "label": "Approve?", "required": True}],
            },
            "transitions": [
                {
                    "target": "vp_approval",
                    "condition": {
                        "and": [
                            {"field": "approved", "equals": True},
                            {"field": "amount", "operator": "gt", "value": 10000},
                        ]
                    },
                },
                {"target": "approved", "condition": {"field": "approved", "equals": True}},
                {"target": "rejected"},
            ],
        },
        "vp_approval": {
            "type": "halting",
            "presentation": {
                "type": "form",
                "fields": [
                    {"name": "approved", "type": "boolean", "label": "Approve?", "required": True},
                    {"name": "budget_code", "type": "string", "label": "Budget code"},
                ],
            },
            "transitions": [
                {"target": "approved", "condition": {"field": "approved", "equals": True}},
                {"target": "rejected"},
            ],
        },
        "auto_approved": {"type": "action", "logic": script(), "transitions": [{"target": "notify_requester"}]},
        "approved": {"type": "action", "logic": script(), "transitions": [{"target": "notify_requester"}]},
        "rejected": {"type": "action", "logic": script(), "transitions": [{"target": "notify_requester"}]},
        "notify_requester": {"type": "action", "logic": notify("decided"), "transitions": [{"target": "complete"}]},
        "complete": {"type": "terminal"},
    },
}

SELECTION: Json = {
    "name": "order_review",
    "initial_state": "await_approval",
    "states": {
        "await_approval": {
            "type": "halting",
            "halting_instructions": {
                "type": "ai",
                "config": {
                    "prompt": "Sum up this order.",
                    "model": "claude-3-haiku-20240307",
                    "include_data_paths": ["order"],
                },
            },
            "transition_mode": "selection",
            "transitions": [
                {"key": "approve", "to": "approved", "description": "Approve the order"},
                {"key": "reject", "to": "rejected", "description": "Reject the order"},
            ],
        },
        "approved": {"type": "terminal"},
        "rejected": {"type": "terminal"},
    },
}

EVERYTHING: Json = {
    "name": "everything",
    "description": "A bit of everything.",
    "initial_state": "start",
    "states": {
        "start": {
            "type": "action",
            "description": "Where it begins.",
            "logic": {
                **notify("begun"),
                "headers": {"Authorization": "Bearer ${secrets.API_KEY}"},
                "timeout": 30000,
                "retry": {"attempts": 3, "backoff": "exponential"},
            },
            "threads": {"finance": "ask", "legal": "ask_again"},
            "transitions": [
                {
                    "target": "ask",
                    "condition": {"or": [{"field": "a.b", "not_equals": None}, {"field": "c", "equals": 1}]},
                },
                {"target": "ask_again", "condition": {"field": "tags", "operator": "in", "value": ["x", "y"]}},
                {"target": "wait"},
            ],
        },
        "ask": {
            "type": "halting",
            "presentation": {
                "type": "form",
                "title": "All fields",
                "description": "One of each.",
                "fields": [
                    {"name": "text", "type": "string", "placeholder": "Say it", "maxLength": 10, "default": "x"},
                    {
                        "name": "count",
                        "type": "number",
                        "min": 0,
                        "max": 10,
                        "step": 0.5,
                        "default": "${workflow_data.n}",
                    },
                    {"name": "sure", "type": "boolean", "default": False, "required": True},
                    {
                        "name": "size",
                        "type": "select",
                        "default": "s",
                        "options": [
                            {"value": "s", "label": "Small"},
                            {"value": "l", "label": "Large", "description": "!"},
                        ],
                    },
                    {"name": "day", "type": "date", "minDate": "2026-01-01", "maxDate": "2026-12-31"},
                    {"name": "proof", "type": "file", "accept": "image/*", "maxSize": 10485760},
                ],
            },
            "transitions": [{"target": "ask", "event": "again"}, {"target": "choose"}],
        },
        "ask_again": {
            "type": "halting",
            "presentation": {"type": "choice", "message": "Which?", "options": [{"value": "a", "label": "A"}]},
            "transitions": [{"target": "choose"}],
        },
        "wait": {
            "type": "halting",
            "presentation": {"type": "message", "title": "Wait", "message": "Please wait.", "show_progress": True},
            "transitions": [{"target": "start", "condition": {"field": "mail", "operator": "contains", "value": "@"}}],
        },
        "choose": {
            "type": "halting",
            "halting_instructions": {"type": "message", "config": {"title": "Choose", "message": "Choose one."}},
            "transition_mode": "selection",
            "transitions": [{"key": "back", "to": "start"}, {"key": "on", "to": "end", "description": "Go on"}],
        },
        "end": {"type": "terminal", "on_enter": script()},
    },
}

GOOD: tuple[Json, ...] = (APPROVAL, PURCHASE, SELECTION, EVERYTHING)


def changed(definition: Json, path: str, value: Any) -> Json:
    """A copy with one value changed or added: `states.start.transitions.0.target`. `...` takes it away."""
    copied = copy.deepcopy(definition)
    *steps, last = path.split(".")
    holder: Any = copied
    for step in steps:
        holder = holder[int(step) if is_array(holder) else step]
    key: Any = int(last) if is_array(holder) else last
    if value is ...:
        del holder[key]
    else:
        holder[key] = value
    return copied
