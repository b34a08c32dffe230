"""A server on a real socket that answers from a table and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class LibraryServer:
    """Answers by method and path; `asked` are the requests in order."""

    url: str
    replies: dict[tuple[str, str], list[tuple[int, str, bytes]]] = field(default_factory=dict[Any, Any])
    asked: list[Asked] = field(default_factory=list[Asked])

    def answer(
        self, method: str, path: str, content: Any, *, status: int = 200, kind: str = "application/json"
    ) -> None:
        """Add a reply. The last one of a place is given again and again."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.replies.setdefault((method, path), []).append((status, kind, body))

    def reply(self, asked: Asked) -> tuple[int, str, bytes]:
        self.asked.append(asked)
        waiting = self.replies.get((asked.method, asked.path))
        if not waiting:
            return 404, "application/json", b'{"error": "no such place"}'
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]


@contextmanager
def library_server() -> Generator[LibraryServer]:
    """The server, for as long as the block lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    library = LibraryServer(f"http://127.0.0.1:{server.server_address[1]}")
    _Handler.libraries[server.server_address[1]] = library
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield library
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    libraries: dict[int, LibraryServer] = {}  # noqa: RUF012  # the handler class is all that the server knows

    def answer(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("content-length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, parts.path, parse_qsl(parts.query), headers, self.rfile.read(length))
        status, kind, body = self.libraries[self.connection.getsockname()[1]].reply(asked)
        self.send_response(status)
        if status != 204:
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if status == 204 else body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
