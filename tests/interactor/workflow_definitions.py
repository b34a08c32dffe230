"""The purchase approval that tests deploy and run."""

from __future__ import annotations

from typing import Any


def purchase(name: str = "purchase") -> dict[str, Any]:
    """Small amounts pass by themselves, others wait for a person."""
    return {
        "name": name,
        "initial_state": "submit",
        "states": {
            "submit": {
                "type": "action",
                "logic": {"type": "script", "code": "return {amount: input.amount};"},
                "transitions": [
                    {"target": "approved", "condition": {"field": "amount", "operator": "lte", "value": 1000}},
                    {"target": "review"},
                ],
            },
            "review": {
                "type": "halting",
                "presentation": {
                    "type": "form",
                    "title": "Approve?",
                    "fields": [
                        {"name": "approved", "type": "boolean", "label": "Approve?", "required": True},
                        {"name": "limit", "type": "number", "label": "Up to", "min": 1, "max": 10_000},
                    ],
                },
                "transitions": [
                    {"target": "approved", "condition": {"field": "approved", "equals": True}},
                    {"target": "rejected"},
                ],
            },
            "approved": {"type": "terminal"},
            "rejected": {"type": "terminal"},
        },
    }


def side_by_side() -> dict[str, Any]:
    """Finance and legal are asked at the same time; finance with a form."""
    agreed = {"name": "agreed", "type": "boolean", "label": "Agreed?", "required": True}
    ask = {"type": "halting", "transitions": [{"target": "heard"}]}
    return {
        "name": "side_by_side",
        "initial_state": "review",
        "states": {
            "review": {
                "type": "action",
                "threads": {"finance": "ask_finance", "legal": "ask_legal"},
                "transitions": [{"target": "end"}],
            },
            "ask_finance": {**ask, "presentation": {"type": "form", "fields": [agreed]}},
            "ask_legal": ask,
            "heard": {"type": "terminal"},
            "end": {"type": "terminal"},
        },
    }
