"""A receiver of webhooks on a real socket of this machine, which answers as it is told and remembers what came."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

EVENT = "room.message.created"


@dataclass(frozen=True)
class Received:
    """One POST."""

    path: str
    headers: Message
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.body)
        return value

    @property
    def signatures(self) -> list[str]:
        return self.headers["X-Interactor-Signature"].split(", ")

    def signature_with(self, secret: str) -> str:
        """The signature that a receiver who knows this secret expects."""
        signed = self.headers["X-Interactor-Timestamp"].encode() + b"." + self.body
        return f"sha256={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


class Receiver:
    """`answers` are statuses for the next requests; after them, `status`. `on_request` runs before an answer."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.status = 200
        self.reply = b'{"received": true}'
        self.reply_headers: dict[str, str] = {}
        self.answers: deque[int] = deque()
        self.received: list[Received] = []
        self.on_request: Callable[[Received], object] | None = None
        self.changed = threading.Condition()

    @property
    def events(self) -> list[str]:
        return [received.json["event"] for received in self.received]

    def wait_for(self, event: str, timeout: float = 60.0) -> None:
        """Until this event has come."""
        with self.changed:
            assert self.changed.wait_for(lambda: event in self.events, timeout), f"{event} has not come"

    def take(self, received: Received) -> int:
        with self.changed:
            self.received.append(received)
            status = self.answers.popleft() if self.answers else self.status
            self.changed.notify_all()
        if self.on_request is not None:
            self.on_request(received)
        return status


@contextmanager
def receiver() -> Generator[Receiver]:
    """A receiver that is up."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = made.take(Received(self.path, self.headers, body))
            try:
                self.send_response(status)
                for name, value in made.reply_headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(made.reply)))
                self.end_headers()
                self.wfile.write(made.reply)
            except ConnectionError:
                pass  # a sender that has waited for too long has gone

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128  # with the usual five, a burst waits for packets to be sent again

    server = Server(("127.0.0.1", 0), Handler)
    made = Receiver(f"http://127.0.0.1:{server.server_port}/hooks")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def slow(hooks: Receiver) -> tuple[threading.Event, threading.Event]:
    """Make a receiver wait: the first event says that a delivery came, the second lets it be answered."""
    came, answer = threading.Event(), threading.Event()

    def wait(_: Received) -> None:
        came.set()
        answer.wait(60)

    hooks.on_request = wait
    return came, answer
