"""Requests as the connections take them: below the library's own, which parses its URL anew each time."""

from __future__ import annotations

import re
from typing import Any, Self

import httpcore

from tandem._transport import Request

_LONGEST = 60_000  # characters; the library has a word to say about longer ones
_MOST_ORIGINS = 100  # redirects may lead to any number
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})  # these say so when they have none
_FRAMING = frozenset({"content-length", "transfer-encoding"})
_PORTS = {b"http": 80, b"https": 443}
# What the library would leave as it is: no segment begins with a dot, and nothing needs a percent sign.
_PLAIN = re.compile(
    r"(?:/(?!\.)|[A-Za-z0-9_~!$&()*+,;=:@.-]++|%[0-9A-Fa-f]{2})*+(?:\?[A-Za-z0-9_~!$&()*+,;=:@./-]*+)?+"
)

_origins: dict[str, Origin] = {}


class Nothing:
    """A body without a single piece, for threads."""

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        raise StopIteration


class AsyncNothing:
    """A body without a single piece, for tasks."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        raise StopAsyncIteration


class Origin:
    """A server, from the beginning of a URL: parsed once."""

    __slots__ = ("core", "host_header", "port")

    def __init__(self, url: Any) -> None:
        self.core = httpcore.Origin(url.raw_scheme, url.raw_host, url.port or _PORTS.get(url.raw_scheme, 0))
        self.port = url.port
        self.host_header = (b"Host", url.netloc)


class Aim(httpcore.URL):
    """A URL whose origin is known already."""

    def __init__(self, origin: Origin, target: bytes) -> None:
        core = origin.core
        self.scheme, self.host, self.port, self.target = core.scheme, core.host, origin.port, target
        self._origin = core

    @property
    def origin(self) -> httpcore.Origin:
        return self._origin


def aimed(request: Request, extensions: dict[str, Any], nothing: Any = ()) -> httpcore.Request:
    """The request with what its framing needs. Raises an error of the library on a URL that is none.

    `nothing` is the body of a request that has none.
    """
    origin, target = aim(request.url)
    content: Any = request.content or nothing
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in request.headers]
    given = {name.lower() for name, _ in request.headers}
    if "host" not in given:
        headers.insert(0, origin.host_header)
    if given.isdisjoint(_FRAMING):
        headers += _framing(request.method, request.content or None)
    return httpcore.Request(
        request.method, Aim(origin, target), headers=headers, content=content, extensions=extensions
    )


def _framing(method: str, content: Any) -> list[tuple[bytes, bytes]]:
    if isinstance(content, bytes):
        return [(b"Content-Length", b"%d" % len(content))]
    if content is not None:
        return [(b"Transfer-Encoding", b"chunked")]
    return [(b"Content-Length", b"0")] if method in _WITH_BODY else []


def aim(url: str) -> tuple[Origin, bytes]:
    """The server that a URL names, and what it is asked for."""
    start = url.find("/", url.find("://") + 3)
    if start > 3 and len(url) < _LONGEST and _PLAIN.fullmatch(url, start):
        origin = _origins.get(url[:start]) or _origin(url[:start])
        if origin is not None:
            return origin, url[start:].encode("ascii")
    import httpx

    parsed = httpx.URL(url)
    return Origin(parsed), parsed.raw_path


def _origin(prefix: str) -> Origin | None:
    import httpx

    parsed = httpx.URL(prefix)
    if "?" in prefix or "#" in prefix or not parsed.host:
        return None
    if len(_origins) >= _MOST_ORIGINS:
        _origins.clear()
    origin = _origins[prefix] = Origin(parsed)
    return origin
