"""What holds for the calls of one client or one view of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from ._calls import RequestOptions
from ._conventions import Conventions, shorten
from ._errors import InvalidRequestError
from ._retry import RetryPolicy

OPTION_NAMES = frozenset(RequestOptions.__annotations__)
_SETTINGS = frozenset({"timeout", "deadline", "namespace", "retry", "idle_timeout"})
_EXTRAS = ("extra_headers", "extra_query", "extra_body")
_LONGEST = 1e9  # seconds; what is beyond overflows the clocks of the operating system
_MOST_AHEAD = 100
_DEFAULT_RETRY = RetryPolicy()


@dataclass(frozen=True, slots=True)
class CallSettings:
    """Defaults of a call; each can be set anew for a view (`with_options`) or a single call (`options=`)."""

    timeout: float | None = 30.0
    deadline: float | None = None
    namespace: str | None = None
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    max_response_bytes: int | None = 64 * 1024 * 1024
    follow_redirects: bool = False
    idle_timeout: float | None = 60.0
    """Seconds without a byte after which an event stream counts as dead. Servers send a heartbeat every 15 or so."""


def apply_options(settings: CallSettings, options: RequestOptions | None, conventions: Conventions) -> CallSettings:
    """The settings of one call. Raises InvalidRequestError on an unknown option or a value of a wrong kind."""
    if options is None:
        return settings
    problem = _bad_options(options, conventions)
    if problem:
        raise conventions.errors[InvalidRequestError](problem)
    changes = {name: value for name, value in options.items() if name in _SETTINGS}
    return change_settings(settings, changes, conventions) if changes else settings


def change_settings(settings: CallSettings, changes: dict[str, Any], conventions: Conventions) -> CallSettings:
    """A copy with other values, each checked. Raises InvalidRequestError."""
    problem = refuse_settings(changes, conventions)
    if problem:
        raise conventions.errors[InvalidRequestError](problem)
    return replace(settings, **changes)


def offered(names: Iterable[str], conventions: Conventions) -> list[str]:
    """Which of these options a platform has, for a message: not each has namespaces."""
    return sorted(name for name in names if name != "namespace" or conventions.namespace_header is not None)


def _bad_options(options: object, conventions: Conventions) -> str | None:
    if not isinstance(options, Mapping):
        return f"options is a dict, not {shorten(options)}."
    given = cast("Mapping[object, object]", options)
    unknown = [name for name in given if name not in OPTION_NAMES]
    if unknown:
        return f"Unknown option {shorten(unknown[0])}. Options are: {', '.join(offered(OPTION_NAMES, conventions))}."
    ahead = given.get("prefetch", 0)
    if not isinstance(ahead, int) or isinstance(ahead, bool) or not 0 <= ahead <= _MOST_AHEAD:
        return f"prefetch is a number of pages from 0 to {_MOST_AHEAD}, not {shorten(ahead)}."
    if not callable(given.get("progress", print)):
        return f"progress is a function of the bytes that are sent and of all, not {shorten(given['progress'])}."
    for name in _EXTRAS:
        if not isinstance(given.get(name, {}), Mapping):
            return f"{name} is a dict, not {shorten(given[name])}."
    return None


def refuse_settings(changes: dict[str, Any], conventions: Conventions) -> str | None:
    """Why these values cannot be settings, or None when they can."""
    for name in ("timeout", "deadline", "idle_timeout"):
        seconds = changes.get(name)
        number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
        if seconds is not None and not (number and 0 < cast("float", seconds) <= _LONGEST):
            return f"{name} is a number of seconds above 0, or None for no limit, not {shorten(seconds)}."
    most = changes.get("max_response_bytes")
    if most is not None and not (isinstance(most, int) and not isinstance(most, bool) and most > 0):
        return f"max_response_bytes is a number above 0, or None for no limit, not {shorten(most)}."
    if not isinstance(changes.get("retry", _DEFAULT_RETRY), RetryPolicy):
        return f"retry is a RetryPolicy, not {shorten(changes['retry'])}."
    namespace = changes.get("namespace")
    return None if namespace is None else conventions.refuse_namespace(namespace)
