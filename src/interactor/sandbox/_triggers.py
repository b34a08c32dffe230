"""Events on demand: announced as if they had happened, with what the document has for an example."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Mapping
from typing import Any

from interactor._platform import CONVENTIONS
from tandem import _json
from tandem._conventions import shorten
from tandem.sandbox import Platform, Scene

from ._announcements import announce

DEFAULT_NAMESPACE = "default"


def event_names(platform: Platform) -> list[str]:
    """Every event that the document describes."""
    return list(platform.api.document["webhooks"])


def example_of(platform: Platform, event: str) -> dict[str, Any]:
    """The document's example of an event. Raises ValueError, which names the nearest, when there is no such event."""
    described = platform.api.document["webhooks"].get(event)
    if described is None:
        near = difflib.get_close_matches(event, event_names(platform), n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(event_names(platform))}."
        raise ValueError(f"There is no event {event!r}. {hint}")
    example: dict[str, Any] = described["post"]["requestBody"]["content"]["application/json"]["example"]
    return copy.deepcopy(example)


def trigger(
    platform: Platform, event: str, data: Mapping[str, Any] | None = None, namespace: str | None = None
) -> dict[str, Any]:
    """Announce an event; what `data` leaves out comes from the document's example. Returns the event.

    Without a namespace it happens where somebody waits for it: in that of the first webhook that named the event.
    Raises ValueError for what no event can have. Call it in a transaction.
    """
    if namespace and (problem := CONVENTIONS.refuse_namespace(namespace)):
        raise ValueError(problem)
    filled = {**example_of(platform, event)["data"], **_plain(data or {})}
    return announce(Scene(platform, namespace or _home_of(platform, event)), event, filled)


def _plain(data: object) -> dict[str, Any]:
    """What JSON makes of an event's data: models and times are written as the platform writes them."""
    try:
        found: Any = _json.loads(_json.dumps(data))
    except (TypeError, ValueError, RecursionError):
        found = None
    if not _json.is_object(found):
        raise ValueError(f"data is a dict of what JSON can say, not {shorten(data)}.")
    return found


def _home_of(platform: Platform, event: str) -> str:
    for webhook in platform.store.list("webhook", namespace=None, where={"active": True}):
        if event in webhook["events"]:
            return str(webhook["namespace"])
    for subscription in platform.store.list("subscription", namespace=None):
        if event in subscription["events"] and subscription["namespace_filter"]:
            return str(subscription["namespace_filter"])
    return DEFAULT_NAMESPACE
