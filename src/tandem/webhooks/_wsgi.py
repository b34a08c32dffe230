"""The router as a WSGI application."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ._replies import NOT_A_POST, TOO_LARGE, WebhookReply

if TYPE_CHECKING:
    from ._router import Router

Environ = dict[str, Any]
_PIECE = 65536


class WsgiApp:
    """Answers every path: mount it where deliveries shall arrive."""

    def __init__(self, router: Router) -> None:
        self._router = router

    def __call__(self, environ: Environ, start_response: Callable[..., object]) -> Iterable[bytes]:
        reply = self._answer(environ)
        start_response(f"{reply.status} {HTTPStatus(reply.status).phrase}", _hop_by_hop_removed(reply.headers))
        return [reply.body]

    def _answer(self, environ: Environ) -> WebhookReply:
        if environ.get("REQUEST_METHOD") != "POST":
            return NOT_A_POST
        body = read_body(environ, self._router.verifier.max_body)
        return TOO_LARGE if body is None else self._router.handle(body, headers_of(environ))


def read_body(environ: Environ, limit: int) -> bytes | None:
    """The raw body; None when it is longer than the limit."""
    length = declared(environ)
    if length is not None and length > limit:
        return None
    # Without a length there is no body, unless the server marks where it ends (chunked transfer).
    rest = (limit + 1 if environ.get("wsgi.input_terminated") else 0) if length is None else length
    body = bytearray()
    while rest and (piece := environ["wsgi.input"].read(min(rest, _PIECE))):
        body += piece
        rest -= len(piece)
    return None if len(body) > limit else bytes(body)


def declared(environ: Environ) -> int | None:
    """The length that the request declares; a huge one reads as 18 digits."""
    text = str(environ.get("CONTENT_LENGTH") or "")
    return int(text[:18]) if text.isascii() and text.isdigit() else None


def headers_of(environ: Environ) -> list[tuple[str, str]]:
    """The request's headers."""
    return [(name[5:].replace("_", "-"), value) for name, value in environ.items() if name.startswith("HTTP_")]


def _hop_by_hop_removed(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    # PEP 3333: the connection is the server's business.
    return [(name, value) for name, value in headers if name != "connection"]
