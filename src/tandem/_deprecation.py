"""Operations that the platform is about to take away say so in their replies: one warning each."""

from __future__ import annotations

import datetime
import inspect
import re
import warnings
from collections.abc import Set as AbstractSet
from email.utils import parsedate_to_datetime
from typing import Any

from ._calls import Operation
from ._headers import Headers

NAMES = frozenset({"deprecation", "sunset", "link"})
"""The headers that may say so (RFC 9745, RFC 8594)."""
_LINK = re.compile(r"<\s*([!-;=?-~]{1,500})\s*>([^<]{0,500})")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)
_MOST = 1000  # operations that are remembered: calls by URL have a path of their own each

_told: set[tuple[str, str, str]] = set()


def heed(headers: Headers, operation: Operation[Any], packages: AbstractSet[str]) -> None:
    """Warn, the first time in this process that this operation's reply says that it is deprecated."""
    key = (min(packages, default=""), operation.method, operation.path)
    if key in _told or len(_told) >= _MOST:
        return
    notice = read_notice(headers)
    if notice is None:
        return
    _told.add(key)
    message = f"{operation.method} {operation.path} ({operation.name}) {notice}"
    warnings.warn(message, DeprecationWarning, stacklevel=_users_level(packages))


def read_notice(headers: Headers) -> str | None:
    """What the headers say, as the second half of a sentence; None when they say nothing of the kind."""
    links = _links(headers.get("link", ""))
    since, until = headers.get("deprecation"), headers.get("sunset")
    if since is None and until is None and "deprecation" not in links:
        return None
    began, ends = _date(since), _date(until)
    text = "is deprecated"
    if began is not None:
        text += f" since {began}"
    if until is not None:
        text += f" and goes away on {ends}" if ends is not None else " and goes away"
    link = links.get("deprecation") or links.get("sunset")
    return f"{text}. See {link}." if link else f"{text}."


def _date(value: str | None) -> str | None:
    if value is None:
        return None
    text = value.strip()
    try:
        if text.startswith("@"):
            return datetime.datetime.fromtimestamp(int(text[1:20]), datetime.UTC).date().isoformat()
        return parsedate_to_datetime(text[:100]).date().isoformat()
    except (ValueError, TypeError, OverflowError, OSError, IndexError):
        return None  # "true", or nothing that is a date


def _links(value: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for target, parameters in _LINK.findall(value[:4000]):
        for quoted, bare in _REL.findall(parameters):
            for relation in (quoted or bare).lower().split():
                found.setdefault(relation, target)
    return found


def _users_level(packages: AbstractSet[str]) -> int:
    """How many frames above `heed` the user's own line stands."""
    frame, level = inspect.currentframe(), 0
    while frame is not None and str(frame.f_globals.get("__name__")).partition(".")[0] in packages:
        frame, level = frame.f_back, level + 1
    return max(level, 1)
