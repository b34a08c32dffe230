"""A server of event streams that cuts its connections: run as a process of its own, it prints its URL and serves.

What a room streams depends on its name: `cut-N` N events over connections that break at random, `first` one piece of
text at once and the rest later, `idle` nothing.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress

SPACING = 50  # events between two cuts, on average
REST_AFTER = 0.05  # seconds
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
_NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
_RESET = struct.pack("ii", 1, 0)


@contextmanager
def event_server() -> Generator[str]:
    """The URL of a server in another process."""
    command = [sys.executable, "-m", "tests.interactor.event_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def more_files() -> None:
    """Let this process have as many connections as the system permits."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65_536), most))


def event(number: int, **more: object) -> bytes:
    data = json.dumps({"type": "message.delta", "content": str(number), **more})
    return f"id: {number}\nevent: message.delta\ndata: {data}\n\n".encode()


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(content), content)


class Serving:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def serve(self) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while await self.answer():
                pass
        self.writer.close()

    async def answer(self) -> bool:
        """One request; whether there may be another."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        path = head.split(" ", 2)[1]
        headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
        await self.reader.readexactly(int(headers.get("content-length", 0)))
        if path.endswith("/token"):
            body = b'{"data": {"access_token": "token-1", "expires_in": 3600}}'
            self.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            return True
        kind, _, count = path.split("/")[-2].partition("-")
        after = int(headers.get("last-event-id", 0))
        return await getattr(self, kind)(after, int(count.partition("-")[0] or 0))  # type: ignore[no-any-return]  # one of those below

    async def cut(self, after: int, count: int) -> bool:
        if after >= count:
            self.writer.write(_NO_CONTENT)
            return True
        # Some servers repeat a little, to be on the safe side.
        first = max(1, after + 1 - random.choice([0, 0, 3]))
        last = min(count, after + random.randint(1, 2 * SPACING - 1))
        frames = b"".join(chunk(event(number)) for number in range(first, last + 1))
        self.writer.write(_HEAD + chunk(b"retry: 1\n\n") + frames)
        await self.writer.drain()
        match random.randrange(4):
            case 0:
                self.writer.write(b"0\r\n\r\n")
                return True
            case 1:
                half = event(last + 1)
                self.writer.write(chunk(half[: random.randrange(len(half))]))
            case 2:
                self.writer.write(b"ffff\r\nid: ")
            case _:
                await asyncio.sleep(0.01)  # a reset would take what is still on its way
                self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        return False

    async def first(self, after: int, count: int) -> bool:
        self.writer.write(_HEAD)
        await asyncio.sleep(REST_AFTER)
        self.writer.write(chunk(event(1, message_id=str(time.monotonic_ns()))))
        await asyncio.sleep(REST_AFTER)
        self.writer.write(chunk(event(2, message_id=str(time.monotonic_ns()))))
        await self.reader.read()
        return False

    async def idle(self, after: int, count: int) -> bool:
        self.writer.write(_HEAD + chunk(b"id: 0\n\n"))
        await self.reader.read()
        return False


async def main() -> None:
    more_files()
    random.seed(7)
    server = await asyncio.start_server(lambda r, w: Serving(r, w).serve(), "127.0.0.1", 0, backlog=4096)
    port = server.sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
