"""Servers to measure against: nginx with fixed JSON, one that takes its time over pages, one of event streams."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ._fixtures import DELAY, FILES, PAGES, STREAM, TOKEN, page_of

_SPACES = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"


@contextmanager
def nginx() -> Iterator[str]:
    """The URL of a server that answers the paths of `FILES`."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise SystemExit("nginx is not installed; Debian's package `nginx-light` has it.")
    port = _free_port()
    with tempfile.TemporaryDirectory() as folder:
        for number, content in enumerate([TOKEN, *FILES.values()]):
            Path(folder, f"{number}.json").write_text(json.dumps(content, separators=(",", ":")))
        config = Path(folder, "nginx.conf")
        config.write_text(_config(folder, port))
        server = subprocess.Popen([program, "-c", str(config), "-e", f"{folder}/error.log"])
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


def _config(folder: str, port: int) -> str:
    spaces = "".join(f"{name}_temp_path {folder}/{name};" for name in _SPACES)
    places = "\n".join(
        f" location = {path} {{ try_files /{number}.json =404; }}" for number, path in enumerate(FILES, start=1)
    )
    return f"""
worker_processes 1; daemon off; master_process off; pid {folder}/pid;
events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 100000000; default_type application/json; {spaces}
server {{ listen 127.0.0.1:{port} backlog=4096; root {folder};
 location = /account/oauth/token {{ error_page 405 =200 /0.json; try_files /0.json =404; }}
{places}
}} }}"""


@contextmanager
def slow_pages() -> Iterator[str]:
    """The URL of a server with `PAGES` pages of one assistant, each of which takes `DELAY` seconds."""

    async def reply(target: str) -> bytes:
        if "token" in target:
            return _json(TOKEN)
        await asyncio.sleep(DELAY)
        number = re.search(r"[?&]page=(\d+)", target)
        return _json(page_of(int(number[1]) if number else 1, PAGES))

    with _serving(reply) as url:
        yield url


@contextmanager
def event_streams() -> Iterator[str]:
    """The URL of a server that answers each GET with a stream of events, as fast as they are taken."""

    async def reply(target: str) -> bytes:
        return _json(TOKEN) if "token" in target else _HEAD % (b"text/event-stream", len(STREAM)) + STREAM

    with _serving(reply) as url:
        yield url


def _json(value: Any) -> bytes:
    content = json.dumps(value).encode()
    return _HEAD % (b"application/json", len(content)) + content


@contextmanager
def _serving(reply: Callable[[str], Awaitable[bytes]]) -> Iterator[str]:
    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):  # a reader of streams leaves in their midst
            while head := await _head(reader):
                writer.write(await reply(head.split(" ", 2)[1]))
                await writer.drain()
        writer.close()

    async def end() -> None:
        server.close()
        answering = asyncio.all_tasks() - {asyncio.current_task()}
        for task in answering:
            task.cancel()
        await asyncio.gather(*answering, return_exceptions=True)

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(asyncio.start_server(converse, "127.0.0.1", 0), loop).result()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _head(reader: asyncio.StreamReader) -> str:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
        return ""
    lengths = [line for line in head.lower().split("\r\n") if line.startswith("content-length:")]
    if lengths:
        await reader.readexactly(int(lengths[0].partition(":")[2]))
    return head


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.02)
    raise SystemExit("nginx did not start.")
