"""A small server that speaks the OpenAI protocol: POST /v1/chat/completions, streamed."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Part = dict[str, Any] | str | bytes | threading.Event


@dataclass
class ModelServer:
    """Answers with what `replies` holds, one after the other, and keeps what it was asked."""

    url: str = ""
    replies: list[Reply] = field(default_factory=list["Reply"])
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    keys: list[str | None] = field(default_factory=list[str | None])

    def says(self, *parts: Part) -> None:
        """The next reply is a stream of these."""
        self.replies.append(Reply(parts))

    def answers(self, status: int, body: bytes, media_type: str = "application/json") -> None:
        """The next reply is whole."""
        self.replies.append(Reply((body,), status, media_type))


@dataclass(frozen=True)
class Reply:
    """Deltas, raw chunks, and events to wait for before the next part is sent. Bytes go out as they are."""

    parts: tuple[Part, ...]
    status: int = 200
    media_type: str = "text/event-stream"

    def chunks(self) -> Iterator[bytes]:
        for part in self.parts:
            if isinstance(part, threading.Event):
                part.wait(10)
            elif isinstance(part, bytes):
                yield part
            else:
                yield f"data: {part if isinstance(part, str) else json.dumps(chunk(part))}\n\n".encode()


def chunk(delta: dict[str, Any]) -> dict[str, Any]:
    """A chunk of a completion; `finish_reason` stands beside the delta."""
    said = {name: value for name, value in delta.items() if name != "finish_reason"}
    return {"choices": [{"index": 0, "delta": said, "finish_reason": delta.get("finish_reason")}]}


def fragment(index: int, **function: str) -> dict[str, Any]:
    """A part of a tool call."""
    return {"tool_calls": [{"index": index, "id": f"call_{index}", "type": "function", "function": function}]}


STOP: dict[str, Any] = {"finish_reason": "stop"}
DONE = "[DONE]"


@contextmanager
def model_server() -> Generator[ModelServer]:
    """One that runs inside of this block."""
    model = ModelServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            model.asked.append({"path": self.path, **json.loads(body)})
            model.keys.append(self.headers["Authorization"])
            reply = model.replies.pop(0)
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.media_type)
            self.send_header("Connection", "close")
            self.end_headers()
            with suppress(ConnectionError):  # nobody listens any more
                for each in reply.chunks():
                    self.wfile.write(each)
                    self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    model.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield model
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
