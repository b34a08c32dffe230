"""Events on demand: what the document has for an example of each."""

from __future__ import annotations

import copy
import difflib
from typing import TYPE_CHECKING, Any

from tandem import _json
from tandem._conventions import shorten

if TYPE_CHECKING:
    from ._platform import Platform


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


def event_data(platform: Platform, event: str, given: object) -> dict[str, Any]:
    """An event's data: what is given, and the rest from the document's example. Raises ValueError.

    Models and times are written as the platform writes them.
    """
    try:
        found: Any = _json.loads(_json.dumps({} if given is None else given))
    except (TypeError, ValueError, RecursionError):
        found = None
    if not _json.is_object(found):
        raise ValueError(f"data is a dict of what JSON can say, not {shorten(given)}.")
    return {**example_of(platform, event)["data"], **found}
