"""What is said to hear of a channel, checked as far as it can be without the platform. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tandem._conventions import Conventions, shorten
from tandem._errors import InvalidRequestError

_NEXT_WORD = re.compile(r"(?<=[a-z0-9])_([a-z0-9])")


def subscription(conventions: Conventions, channel: object, filters: object = None) -> dict[str, Any]:
    """The message. Raises InvalidRequestError on what is no channel, or are no filters."""
    if not isinstance(channel, str) or not channel.strip():
        raise _refused(conventions, f"A channel is named by a text that is not empty, not by {shorten(channel)}.")
    said: dict[str, Any] = {"type": "subscribe", "channel": channel}
    if filters is None:
        return said
    fields = _fields(filters)
    if fields is None:
        what = "Filters map the names of fields to the values that they must have"
        raise _refused(conventions, f"{what}: give a dict, not {shorten(filters)}.")
    wanted = {_on_the_wire(name, conventions): value for name, value in fields.items()}
    return {**said, "filters": wanted} if wanted else said


def _fields(filters: object) -> dict[str, Any] | None:
    """The values by the names of fields; None where these are no such names."""
    given: dict[Any, Any] = {**filters} if isinstance(filters, Mapping) else {None: None}
    return given if all(isinstance(name, str) for name in given) else None


def _on_the_wire(name: str, conventions: Conventions) -> str:
    """A field's name as messages have it, also where it is given as Python has it."""
    return _NEXT_WORD.sub(lambda found: found[1].upper(), name) if conventions.camel_case else name


def _refused(conventions: Conventions, message: str) -> InvalidRequestError:
    return conventions.errors[InvalidRequestError](message)
