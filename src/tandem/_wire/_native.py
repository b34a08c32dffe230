"""What requests and replies of pyreqwest have in common for threads and for tasks: nothing here waits.

Its limits decide which requests are not for it (`detour`): those go over httpx.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from tandem._headers import Headers
from tandem._transport import Meter, Request, Response, TransportError

from ._arriving import NO_CONNECTION, SILENCE
from ._encodings import Unpacker
from ._proxies import Proxies, Proxy

_LARGE = 256 * 1024  # bytes of a request; how long it may be silent while it takes them cannot be told
_MOST_CLIENTS = 8  # each has connections of its own
_LONGEST = 10_000_000.0  # seconds; a longer time is no time that the library could count
_CONNECTING_FIRST = 0.05  # seconds; of two timers that are due together, the one that proves the most has to ring
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})  # these say so when they have none
_READS = frozenset({"GET", "HEAD"})
_AT_ONCE = 64 * 1024  # bytes; most replies are shorter
_NO_CONNECTION = "client error (Connect)"
_NO_BODY = "error decoding response body"
# What the library leaves as it is: no user before the host, no segment that begins with a dot, nothing to encode.
_PLAIN = re.compile(
    r"https?://[A-Za-z0-9.:\[\]-]++"
    r"(?:/(?!\.|%2[eE])|[A-Za-z0-9_~!$&()*+,;=:@.-]++|%[0-9A-Fa-f]{2})*+(?:\?[A-Za-z0-9_~!$&()*+,;=:@./%-]*+)?+"
)


def detour(request: Request) -> str | None:
    """Why this request is not for pyreqwest, or None."""
    content = request.content
    if request.stream:
        return "an event stream"  # a thread that waits for the next event could not be woken
    if content is not None and (not isinstance(content, bytes) or len(content) > _LARGE):
        return "a large body"
    if request.timeout is None and request.deadline.at is None:
        return "a call without any limit of time"  # nothing would end it once its caller has gone
    if not _PLAIN.fullmatch(request.url):
        return "an unusual URL"
    if not all(value.isascii() for _, value in request.headers):
        return "a header that is not ASCII"
    return None


class Clients:
    """Clients of pyreqwest, one for each proxy and timeout: it has no timeout for silence that a request could set."""

    def __init__(self, builder: Any, proxies: Proxies, max_connections: int) -> None:
        self._builder = builder
        self._proxies = proxies
        self._max_connections = max_connections
        self._made: dict[tuple[Proxy | None, float | None], Any] = {}

    def of(self, request: Request) -> Any:
        """The client for a request, or the reason why there is none."""
        key = self._proxies.for_url(request.url) if self._proxies.by_scheme else None, request.timeout
        found = self._made.get(key)
        if found is None:
            if len(self._made) >= _MOST_CLIENTS:
                return "one timeout too many"
            try:
                # Two threads may both make one: the second is dropped again, with its connections.
                found = self._made.setdefault(key, self._make(*key))
            except Exception as problem:  # whatever it says, httpx may well find certificates or threads
                return f"pyreqwest cannot be used: {type(problem).__name__}"
        return found

    def take(self) -> list[Any]:
        """All of them, to be closed."""
        made, self._made = self._made, {}
        return list(made.values())

    def _make(self, proxy: Proxy | None, timeout: float | None) -> Any:
        builder = (
            self._builder()
            .http2(True)
            .http2_adaptive_window(True)
            .follow_redirects(False)
            .referer(False)
            .gzip(False)
            .deflate(False)
            .brotli(False)
            .zstd(False)
            .http1_lower_case_headers()
            .no_proxy()
            .pool_max_idle_per_host(self._max_connections)
            .pool_idle_timeout(timedelta(seconds=30))
        )
        if timeout is not None:
            builder.connect_timeout(_seconds(timeout)).read_timeout(_seconds(timeout + _CONNECTING_FIRST))
        return builder.proxy(_way(proxy)).build() if proxy else builder.build()


def _way(proxy: Proxy) -> Any:
    from pyreqwest.proxy import ProxyBuilder

    way = ProxyBuilder.all(proxy.url)
    return way if proxy.auth is None else way.basic_auth(*proxy.auth)


def _seconds(seconds: float) -> timedelta:
    return timedelta(seconds=min(seconds, _LONGEST))


def built(client: Any, request: Request) -> Any:
    """The request as the library takes it. Raises `TransportError`."""
    content, headers = request.content, request.headers
    if not content and request.method in _WITH_BODY:
        headers = [*headers, ("content-length", "0")]
    try:
        builder = (
            client.request(request.method, request.url).headers(headers).streamed_read_buffer_limit(_ahead(request))
        )
        if content:
            builder.body_bytes(content)
        left = request.deadline.remaining()
        if left is not None:
            builder.timeout(_seconds(left))
        return builder.build_streamed()
    except (ValueError, TypeError):  # what the library says of a header quotes it: that may be the token
        raise TransportError("the request cannot be written", stage="connect") from None


def _ahead(request: Request) -> int:
    """Bytes of the body to wait for together with the head: two waits in one, but where they fail the head is lost.

    Whoever reads asks again. Whoever wrote has to know what it began with.
    """
    if request.method not in _READS:
        return 0
    most = request.max_response_bytes
    return _AT_ONCE if most is None else min(_AT_ONCE, most)


def head(reply: Any) -> Response:
    """What is known before the body."""
    return Response(reply.status, _headers(reply.headers), b"")


def _headers(raw: Any) -> Headers:
    try:
        return Headers.lower_case([*raw.items()])
    except ValueError:  # one of them is not ASCII, which the library gives nobody: the others are still good
        return Headers([(name, value) for name in dict.fromkeys(raw.keys()) for value in _values(raw, name)])


def _values(raw: Any, name: str) -> list[str]:
    try:
        found: list[str] = raw.getall(name)
    except ValueError:
        return []
    return found


def comes_in_one(response: Response, request: Request) -> bool:
    """Whether the body is what it says, and no larger than it may be."""
    if "content-encoding" in response.headers:
        return False
    limit, length = request.max_response_bytes, response.headers.get("content-length", "")
    return limit is None or (length.isdecimal() and len(length) < 16 and int(length) <= limit)


class Collecting:
    """A body that arrives in pieces, unpacked and measured."""

    def __init__(self, response: Response, request: Request) -> None:
        self._unpacker = Unpacker(response.headers)
        self._meter = Meter(request)
        self._pieces: list[bytes] = []

    def add(self, chunk: Any) -> None:
        """The next bytes as they were sent. Raises `TransportError`."""
        self._unpacker.feed(bytes(chunk))
        while piece := self._unpacker.take():
            self._pieces.append(self._meter.check(piece))

    def finish(self) -> bytes:
        """The whole. Raises `TransportError`."""
        self._unpacker.finish()
        return b"".join(self._pieces)


def failure(problem: Exception, *, reading: bool = False) -> TransportError:
    """An exception of the library as ours.

    Its class does not tell: a server that hangs up on a request is a "ConnectError" too. What it names as causes does.
    """
    details: dict[str, Any] = getattr(problem, "details", None) or {}
    causes = [str(cause.get("message")) for cause in details.get("causes") or ()]
    reading = reading or _NO_BODY in causes
    unseen = _NO_CONNECTION in causes and not reading
    timed_out = isinstance(problem, TimeoutError)
    # The first cause quotes the URL.
    text = causes[-1] if len(causes) > 1 else getattr(problem, "message", type(problem).__name__)
    if timed_out:
        text = NO_CONNECTION if unseen else SILENCE
    _scrub(problem)
    return TransportError(
        text[:300],
        stage="reply" if reading else "connect" if unseen else "exchange",
        timed_out=timed_out,
    )


def _scrub(problem: Exception) -> None:
    """It quotes the URL, whose query may be secret: not even as the context of an error may it be found."""
    problem.args = ()
    vars(problem).clear()
