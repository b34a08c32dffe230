"""`interactor webhooks trigger`: have an event happen in a sandbox, and see who took it."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any, cast

from ._controls import Controls
from ._listen import line
from ._problem import CommandError


def trigger(arguments: argparse.Namespace) -> int:
    """Returns 0 when every endpoint that wanted the event took it, else 1."""
    controls = Controls(arguments.url)
    event = controls.post("/events", event=arguments.event, **settings(arguments.set, arguments.namespace))
    print(f"{event['type']} {event['id']} in {event['namespace']}")
    controls.post("/settle")
    deliveries: list[dict[str, Any]] = controls.get("/deliveries", event_id=event["id"])["deliveries"]
    if not deliveries:
        print(f"Nobody listens for {event['type']} in {event['namespace']}: create a webhook first.", file=sys.stderr)
    for delivery in deliveries:
        print(line(delivery, delivery["attempts"][-1] if delivery["attempts"] else None), f" {delivery['url']}")
    return 0 if all(delivery["status"] == "delivered" for delivery in deliveries) else 1


def settings(pairs: list[str], namespace: str | None) -> dict[str, Any]:
    """What `--set data.room_id=room_1` and its like ask for. Values are JSON where they can be, else text.

    >>> settings(["data.room_id=room_1", "data.arguments.days=3"], None)
    {'data': {'room_id': 'room_1', 'arguments': {'days': 3}}}
    """
    given: dict[str, Any] = {"namespace": namespace} if namespace else {}
    for pair in pairs:
        path, equals, text = pair.partition("=")
        names = path.split(".")
        if not equals or not all(names) or not (path == "namespace" or (names[0] == "data" and len(names) > 1)):
            raise CommandError(f"--set takes data.FIELD=VALUE or namespace=NAME, not {pair!r}.", 2)
        inner = given
        for name in names[:-1]:
            below: Any = inner.setdefault(name, {})
            if not isinstance(below, dict):
                raise CommandError(f"--set gives {path!r} twice, once as a value and once as an object.", 2)
            inner = cast("dict[str, Any]", below)
        inner[names[-1]] = text if path == "namespace" else _value(text)
    return given


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
