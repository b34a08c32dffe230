"""What a client is told of servers and credentials: whether it can be used, and what is missing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast
from urllib.parse import urlsplit


def refuse_missing(names: Iterable[str], found: Mapping[str, str], variables: Mapping[str, str]) -> str | None:
    """Which of these settings have no value, each with its remedies, or None. `variables` are of the environment."""
    told: list[str] = []
    for name in names:
        if not found.get(name):
            remedy = f"Pass {name}=…" + (f" or set {variables[name]}" if name in variables else "")
            told.append(f"No {name.replace('_', ' ')}. {remedy}.")
    return " ".join(told) or None


def refuse_texts(found: Mapping[str, object]) -> str | None:
    """Which of these settings are no texts, or None. Shows no value: it may be a secret."""
    told = [f"{name} is a text, not {type(value).__name__}." for name, value in found.items() if _is_odd(value)]
    return " ".join(told) or None


def words_of(value: object) -> tuple[str, ...] | None:
    """The words of one text, with spaces between, or of several texts. None where it is neither."""
    if isinstance(value, str):
        return tuple(value.split())
    found = list(cast("Iterable[object]", value)) if isinstance(value, Iterable) else [value]
    texts = tuple(word for word in found if isinstance(word, str))
    return texts if len(texts) == len(found) else None


def _is_odd(value: object) -> bool:
    return value is not None and not isinstance(value, str)


def refuse_server(name: str, url: object, remedy: str, *, allow_insecure: bool) -> str | None:
    """Why this server cannot, or must not, be called, or None when it can. `remedy` says how to give a better URL."""
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        if "@" in parts.netloc:  # the URL stays out of the message: it has a password
            return f"The URL of the {name} has a user name or a password in it, which no call would carry. {remedy}"
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query and not parts.fragment
        good = good and str(url).isascii() and str(url).isprintable() and parts.port != 0
        exposed = good and parts.scheme == "http" and not _is_loopback((parts.hostname or "").lower())
    except ValueError:
        good = exposed = False
    if exposed and not allow_insecure:
        return f"The {name} would get credentials over plain http://. Use https://, or pass allow_insecure=True."
    return None if good else f"The URL of the {name} is not a URL that can be called. {remedy}"


def _is_loopback(name: str) -> bool:
    from ipaddress import ip_address

    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
