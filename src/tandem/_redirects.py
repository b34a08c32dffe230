"""The request that a redirect asks for, where following it is safe. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from urllib.parse import SplitResult, urljoin, urlsplit

from ._transport import Request, Response

MOST_REDIRECTS = 5
_PORTS = {"http": 80, "https": 443}
_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})
_OF_THE_BODY = frozenset({"content-type", "content-length", "content-encoding", "content-language"})


def redirect(
    request: Request, response: Response, followed: Sequence[str], *, private: Collection[str] = ()
) -> Request | None:
    """The next request; None when this reply is no redirect or one that is not followed: it then stands as it is.

    `followed` are the URLs of this call so far, that of `request` among them. Cookies, the authorization and the
    headers named in `private` do not go to another origin. A 307 or 308 repeats method and body, a 303 becomes a GET,
    and a 301 or 302 is followed by a GET or HEAD only: what becomes of a write after those is anybody's guess (RFC
    9110, section 15.4). Whether the call may be sent again at all is for the caller to say.
    """
    method = _next_method(response.status_code, request.method)
    if method is None or len(followed) > MOST_REDIRECTS:
        return None
    url = _next_url(request.url, response.headers.get("location"))
    if url is None or url in followed:
        return None
    headers = request.headers
    if _origin(urlsplit(url)) != _origin(urlsplit(request.url)):
        secret = _CREDENTIALS | {name.lower() for name in private}
        headers = [(name, value) for name, value in headers if name.lower() not in secret]
    if method == request.method:
        return replace(request, url=url, headers=headers)
    headers = [(name, value) for name, value in headers if name.lower() not in _OF_THE_BODY]
    return replace(request, method=method, url=url, headers=headers, content=None)


def _next_method(status: int, method: str) -> str | None:
    reads = method in {"GET", "HEAD"}
    match status:
        case 307 | 308:
            return method
        case 301 | 302:
            return method if reads else None
        case 303:
            return method if reads else "GET"
        case _:
            return None


def _next_url(base: str, location: str | None) -> str | None:
    """The absolute URL, without its fragment; None for one that no request should go to."""
    if not location or not location.isascii() or not location.isprintable() or set(location) & set(' "<>\\^`{|}'):
        return None
    try:
        parts = urlsplit(urljoin(base, location))
        origin = _origin(parts)
    except ValueError:
        return None
    leaves_tls = urlsplit(base).scheme == "https" and parts.scheme != "https"
    if origin[0] not in _PORTS or not origin[1] or "@" in parts.netloc or leaves_tls:
        return None
    return parts._replace(fragment="").geturl()


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)
