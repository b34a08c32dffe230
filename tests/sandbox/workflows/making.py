"""Definitions and services that tests of the engine need."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.sandbox.calling import Caller
from tests.sandbox.definitions import publish, started

END: dict[str, Any] = {"type": "terminal"}

PURCHASE: dict[str, Any] = {
    "name": "purchase_approval",
    "initial_state": "submit",
    "ai_guidance": "Up to 1,000 by itself, up to 10,000 by a manager, beyond that by a vice president too.",
    "states": {
        "submit": {
            "type": "action",
            "logic": {
                "type": "script",
                "code": "return { ...input, submitted_at: new Date().toISOString(), status: 'pending' }",
            },
            "transitions": [
                {"target": "auto_approved", "condition": {"field": "amount", "operator": "lte", "value": 1000}},
                {"target": "manager_approval"},
            ],
        },
        "manager_approval": {
            "type": "halting",
            "presentation": {
                "type": "form",
                "title": "Manager approval",
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
                "title": "VP approval",
                "fields": [{"name": "approved", "type": "boolean", "label": "Approve?", "required": True}],
            },
            "transitions": [
                {"target": "approved", "condition": {"field": "approved", "equals": True}},
                {"target": "rejected"},
            ],
        },
        **{
            name: {
                "type": "action",
                "logic": {
                    "type": "script",
                    "code": f"return {{ ...workflow_data, status: '{status}', decided_at: new Date().toISOString() }}",
                },
                "transitions": [{"target": "notify_requester"}],
            }
            for name, status in (("auto_approved", "approved"), ("approved", "approved"), ("rejected", "rejected"))
        },
        "notify_requester": {
            "type": "action",
            "logic": {
                "type": "http",
                "method": "POST",
                "url": "https://yourapp.com/api/notifications",
                "body": {"email": "${workflow_data.requester}", "status": "${workflow_data.status}"},
            },
            "transitions": [{"target": "complete"}],
        },
        "complete": END,
    },
}


def script(code: str, name: str = "scripted") -> dict[str, Any]:
    """A workflow that runs a script and ends."""
    return logic({"type": "script", "code": code}, name)


def logic(what: dict[str, Any], name: str = "logical") -> dict[str, Any]:
    """A workflow that does one thing and ends."""
    states = {"work": {"type": "action", "logic": what, "transitions": [{"target": "end"}]}, "end": END}
    return {"name": name, "initial_state": "work", "states": states}


def waiting(name: str = "waiting", **state: Any) -> dict[str, Any]:
    """A workflow that halts once and ends."""
    wait = {"type": "halting", "transitions": [{"target": "end"}], **state}
    return {"name": name, "initial_state": "wait", "states": {"wait": wait, "end": END}}


def ran(api: Caller, definition: dict[str, Any], **given: Any) -> dict[str, Any]:
    """An instance of a new workflow, as far as it comes."""
    publish(api, definition)
    return started(api, definition["name"], **given)


def only(api: Caller) -> dict[str, Any]:
    """The one instance that there is, whole."""
    [instance] = api.fetched("/workflows/instances")["instances"]
    whole: dict[str, Any] = api.fetched(f"/workflows/instances/{instance['id']}")
    return whole


class Service:
    """A service of the user's. `answers` are status codes, one for each request, the last one for all others."""

    def __init__(self) -> None:
        self.answers: list[int] = [200]
        self.reply: bytes = b'{"accepted": true}'
        self.requests: list[tuple[str, str, dict[str, str], Any]] = []
        self.hold = threading.Event()
        self.hold.set()
        self.came = threading.Event()

    @contextmanager
    def serving(self) -> Generator[str]:
        """Its address."""
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                service.requests.append((self.command, self.path, headers, json.loads(content) if content else None))
                service.came.set()
                service.hold.wait(10)
                status = service.answers.pop(0) if len(service.answers) > 1 else service.answers[0]
                self.send_response(status)
                self.send_header("Content-Length", str(len(service.reply)))
                self.end_headers()
                self.wfile.write(service.reply)

            do_GET = do_POST

            def log_message(self, format: str, *arguments: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            self.hold.set()
            server.shutdown()
            server.server_close()
            thread.join()
