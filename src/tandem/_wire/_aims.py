"""Requests as the connections take them: below the library's own, which parses its URL anew each time."""

from __future__ import annotations

import re
from typing import Any, Self

import httpcore

from tandem._transport import Body, Request

_LONGEST = 60_000  # characters; the library has a word to say about longer ones
_MOST_ORIGINS = 100  # redirects may lead to any number
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})  # these say so when they have none
_FRAMING = frozenset({"content-length", "transfer-encoding"})
_PORTS = {b"http": 80, b"https": 443}
# What the library would leave as it is: no segment begins with a dot, and nothing needs a percent sign.
_PLAIN = re.compile(
    r"(?:/(?!\.)|[A-Za-z0-9_~!$&()*+,;=:@.-]++|%[0-9A-Fa-f]{2})*+(?:\?[A-Za-z0-9_~!$&()*+,;=:@./-]*+)?+"
)
_PLAIN_ORIGIN = re.compile(r"(https?)://((?:[a-z0-9-]++\.)*+[a-z][a-z0-9-]*+|127\.0\.0\.1)(?::([1-9][0-9]{0,4}))?+")

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

    def __init__(self, scheme: bytes, host: bytes, port: int | None, netloc: bytes) -> None:
        usual = _PORTS.get(scheme, 0)
        self.core = httpcore.Origin(scheme, host, port or usual)
        self.port = port
        self.host_header = (b"Host", netloc)

    @classmethod
    def of(cls, url: Any) -> Origin:
        """That of a URL which the library has parsed."""
        return cls(url.raw_scheme, url.raw_host, url.port, url.netloc)


class Aim(httpcore.URL):
    """A URL whose origin is known already."""

    def __init__(self, origin: Origin, target: bytes) -> None:
        core = origin.core
        self.scheme, self.host, self.port, self.target = core.scheme, core.host, origin.port, target
        self._origin = core

    @property
    def origin(self) -> httpcore.Origin:
        return self._origin


class Checked(httpcore.Request):
    """A request of which each part is as it should be: the library would look at every header again."""

    def __init__(
        self, method: bytes, url: Aim, headers: list[tuple[bytes, bytes]], stream: Any, extensions: dict[str, Any]
    ) -> None:
        self.method, self.url, self.headers = method, url, headers
        self.stream, self.extensions = stream, extensions


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
        headers += framing(request.method, request.content)
    to = Aim(origin, target)
    if request.content:
        return httpcore.Request(request.method, to, headers=headers, content=content, extensions=extensions)
    return Checked(request.method.encode("ascii"), to, headers, content, extensions)


def framing(method: str, content: bytes | Body | None) -> list[tuple[bytes, bytes]]:
    """What tells the server where the body ends."""
    if not content:
        return [(b"Content-Length", b"0")] if method in _WITH_BODY else []
    length = len(content) if isinstance(content, bytes) else content.length
    return [(b"Transfer-Encoding", b"chunked")] if length is None else [(b"Content-Length", b"%d" % length)]


def aim(url: str) -> tuple[Origin, bytes]:
    """The server that a URL names, and what it is asked for."""
    start = url.find("/", url.find("://") + 3)
    if start > 3 and len(url) < _LONGEST and _PLAIN.fullmatch(url, start):
        origin = _origins.get(url[:start]) or _origin(url[:start])
        if origin is not None:
            return origin, url[start:].encode("ascii")
    import httpx

    parsed = httpx.URL(url)
    return Origin.of(parsed), parsed.raw_path


def _origin(prefix: str) -> Origin | None:
    origin = _plain_origin(prefix) or _parsed_origin(prefix)
    if origin is None:
        return None
    if len(_origins) >= _MOST_ORIGINS:
        _origins.clear()
    _origins[prefix] = origin
    return origin


def _plain_origin(prefix: str) -> Origin | None:
    """That of a URL of the usual form: the library, which knows every form, is slow to load."""
    found = _PLAIN_ORIGIN.fullmatch(prefix)
    if found is None:
        return None
    scheme, host, port = found[1].encode(), found[2].encode(), int(found[3] or 0)
    if not port or port == _PORTS[scheme]:
        return Origin(scheme, host, None, host)
    return Origin(scheme, host, port, b"%b:%d" % (host, port))


def _parsed_origin(prefix: str) -> Origin | None:
    import httpx

    parsed = httpx.URL(prefix)
    if "?" in prefix or "#" in prefix or not parsed.raw_host:  # its `host` may refuse what it could not decode
        return None
    return Origin.of(parsed)
