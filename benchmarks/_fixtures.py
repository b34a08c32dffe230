"""What the servers answer: the same object, in the shape that each contestant's platform would give it."""

from __future__ import annotations

import json
from typing import Any

PAGES = 100
DELAY = 0.05
EVENTS = 20_000

TOKEN = {"data": {"access_token": "tok", "token_type": "Bearer", "expires_in": 3600}}
ONE: dict[str, Any] = {
    "id": "asst_1",
    "name": "Support",
    "description": "Answers questions of customers",  # a field that the document does not name
    "model": "gpt-4",
    "system_prompt": "Be brief and kind. Say so when you do not know.",
    "temperature": 0.7,
    "tools": [],
    "data_sources": [],
    "created_at": "2026-01-20T12:00:00Z",
    "updated_at": "2026-01-21T12:00:00Z",
}
# The one whose models refuse what they do not expect.
ENDPOINT: dict[str, Any] = {
    "id": "ep_1",
    "uid": "support",
    "description": "Answers questions of customers",
    "url": "https://example.com/be/brief/and/kind/say/so/when/you/do/not/know",
    "version": 1,
    "disabled": False,
    "metadata": {},
    "channels": [],
    "createdAt": "2026-01-20T12:00:00Z",
    "updatedAt": "2026-01-21T12:00:00Z",
}


def page_of(number: int, pages: int, items: int = 1) -> dict[str, Any]:
    """A page as the platform gives it."""
    meta = {"page": number, "per_page": items, "total": pages * items, "total_pages": pages, "has_more": number < pages}
    return {"data": _numbered(ONE, items, first=number), "meta": meta}


def _numbered(one: dict[str, Any], items: int, first: int = 0) -> list[dict[str, Any]]:
    return [{**one, "id": f"{one['id'][:-1]}{first + number}"} for number in range(items)]


_LIST = {"object": "list", "data": _numbered(ONE, 100), "has_more": False}

FILES: dict[str, Any] = {
    "/core/assistants/asst_1": {"data": ONE},
    "/core/assistants": page_of(1, 1, items=100),
    "/openai/vector_stores/asst_1": ONE,
    "/openai/vector_stores": _LIST,
    "/v1/models/asst_1": ONE,
    "/v1/models": _LIST,
    "/v1/customers/asst_1": {**ONE, "object": "customer"},
    "/v1/customers": _LIST,
    "/api/v1/app/app_1/endpoint/ep_1": ENDPOINT,
    "/api/v1/app/app_1/endpoint": {"data": _numbered(ENDPOINT, 100), "done": True, "iterator": "i"},
}
"""Path → reply."""

_PIECE = {"type": "message.delta", "content": "word ", "message_id": "msg_ghi789", "in_reply_to": "msg_abc123"}
STREAM = b"".join(
    b"id: %d\nevent: message.delta\ndata: %s\n\n" % (number, json.dumps(_PIECE).encode())
    for number in range(1, EVENTS + 1)
)
"""`EVENTS` events as the platform writes them."""

MULTILINE = b"".join(
    b"data: " + json.dumps({**_PIECE, "number": number}, indent=1).encode().replace(b"\n", b"\ndata: ") + b"\n\n"
    for number in range(EVENTS)
)
"""The same with data of many lines."""
