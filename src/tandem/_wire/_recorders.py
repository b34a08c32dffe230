"""Recorders and mocks of tests stand in for the transports of httpx: where one does, calls go its way."""

from __future__ import annotations

from typing import Any

import httpx

from tandem._transport import Request


def visible(request: Request, content: bytes | None, extensions: dict[str, Any]) -> httpx.Request:
    """The request as a recorder reads it: with the whole of its content."""
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in request.headers]
    return httpx.Request(request.method, request.url, headers=headers, content=content, extensions=extensions)


class Recorder:
    """Whoever wants to see what threads send."""

    _library = httpx.HTTPTransport.__init__.__code__.co_filename
    visible = staticmethod(visible)

    @classmethod
    def is_there(cls) -> bool:
        code = getattr(httpx.HTTPTransport.handle_request, "__code__", None)
        return code is None or code.co_filename != cls._library

    def transport(self, pool: Any) -> Any:
        """The pool in the place that is looked at."""
        transport = httpx.HTTPTransport.__new__(httpx.HTTPTransport)
        transport._pool = pool  # pyright: ignore[reportPrivateUsage]  # its constructor would make a second pool
        return transport


class AsyncRecorder:
    """Whoever wants to see what tasks send."""

    _library = httpx.AsyncHTTPTransport.__init__.__code__.co_filename
    visible = staticmethod(visible)

    @classmethod
    def is_there(cls) -> bool:
        code = getattr(httpx.AsyncHTTPTransport.handle_async_request, "__code__", None)
        return code is None or code.co_filename != cls._library

    def transport(self, pool: Any) -> Any:
        """The pool in the place that is looked at."""
        transport = httpx.AsyncHTTPTransport.__new__(httpx.AsyncHTTPTransport)
        transport._pool = pool  # pyright: ignore[reportPrivateUsage]  # its constructor would make a second pool
        return transport
