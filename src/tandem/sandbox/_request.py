"""One HTTP request, as it came in."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from tandem._headers import Headers

if TYPE_CHECKING:
    from ._api import ApiOperation

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_HOST = re.compile(r"[A-Za-z0-9.\-_]+(:\d{1,5})?|\[[0-9a-fA-F:.]+\](:\d{1,5})?")


# What a hook is not handed: every request is served in a task of its own, whose context it stays in.
_current: ContextVar[Request | None] = ContextVar("request", default=None)


class BodyTooLargeError(Exception):
    """The body is larger than the platform reads."""


class ClientGoneError(Exception):
    """The caller left before its request was complete."""


@dataclass(eq=False, repr=False, match_args=False)
class Request:
    """What came in, before anything was made of it. Hooks of a platform see this; handlers see a `Context`."""

    method: str
    path: str  # still percent-encoded
    query_string: str
    headers: Headers
    client: str | None = None
    scheme: str = "http"
    server: str = "127.0.0.1"
    body: bytes = b""
    request_id: str = ""
    operation: ApiOperation | None = None

    @classmethod
    def from_scope(cls, scope: Scope) -> Request:
        """The request of an ASGI scope, without its body."""
        raw_path: bytes = scope.get("raw_path") or str(scope["path"]).encode()
        client: tuple[str, int] | None = scope.get("client")
        server: tuple[str, int | None] | None = scope.get("server")
        return cls(
            method=str(scope["method"]).upper(),
            path=raw_path.decode("latin-1"),
            query_string=bytes(scope.get("query_string", b"")).decode("latin-1"),
            headers=Headers(scope["headers"]),
            client=client[0] if client else None,
            scheme=str(scope.get("scheme", "http")),
            server=_address(server),
        )

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.path}>"

    @property
    def base_url(self) -> str:
        """`scheme://host:port` as the caller used it."""
        host = self.headers.get("host", "")
        return f"{self.scheme}://{host if _HOST.fullmatch(host) else self.server}"

    @cached_property
    def query_pairs(self) -> list[tuple[str, str]]:
        """The query, decoded, in the order it was sent."""
        try:
            return parse_qsl(self.query_string, keep_blank_values=True, max_num_fields=1000)
        except ValueError:
            return []  # a thousand parameters mean nothing to anybody

    @cached_property
    def query(self) -> dict[str, str]:
        """The query by name; of a name that was sent twice, the last."""
        return dict(self.query_pairs)

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case; "" when none was sent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def begin(request: Request) -> None:
    """From now on, this is the request that the running task is about."""
    _current.set(request)


def current_request() -> Request | None:
    """The request that is being answered; None outside of one."""
    return _current.get()


async def read_body(receive: Receive, limit: int) -> bytes:
    """The whole body. Raises BodyTooLargeError or ClientGoneError."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGoneError
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise BodyTooLargeError
        if not message.get("more_body", False):
            return b"".join(parts)


def _address(server: tuple[str, int | None] | None) -> str:
    if not server:
        return "127.0.0.1"
    return server[0] if server[1] is None else f"{server[0]}:{server[1]}"
